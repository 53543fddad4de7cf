import { Readable } from 'node:stream';
import { AppError } from '../lib/index.ts';
import { jsonReply } from './chart-error.ts';
import { createChartIndexes, fileNameOf, presentChartVersion } from './chart-index.ts';
import type {
  ChartFileName,
  ChartMuseum,
  ChartParts,
  ChartRead,
  ChartReply,
  ChartWrite,
} from './chart-museum.ts';
import type {
  ChartActor,
  ChartFile,
  ChartListing,
  ChartStore,
  ChartVersion,
} from './chart-store.ts';

/** ChartMuseum's API over a store; it remembers indexes, so one is made for a store. */
export function createChartMuseum(store: ChartStore): ChartMuseum {
  return new Museum(store);
}

const PROVENANCE = '.prov';
const ARCHIVE = '.tgz';
const TYPES = {
  archive: 'application/x-tar',
  provenance: 'application/pgp-signature',
} as const;

class Museum implements ChartMuseum {
  readonly #store: ChartStore;
  readonly #indexes = createChartIndexes();

  constructor(store: ChartStore) {
    this.#store = store;
  }

  async serveIndex(
    project: string,
    { contextPath, ...read }: ChartRead & { readonly contextPath?: string | undefined },
  ): Promise<ChartReply> {
    const listing = await this.#store.list(project);
    const { etag, size, pieces } = await this.#indexes.render(project, listing, contextPath);
    // Whoever may not see it any more must not be shown what a cache holds.
    const headers = { etag, 'cache-control': 'private, no-cache' };
    if (matches(read, etag)) return { status: 304, headers };
    return {
      status: 200,
      headers: { ...headers, 'content-type': 'application/x-yaml', 'content-length': String(size) },
      body: read.isHead === true ? undefined : Readable.from(pieces, { objectMode: false }),
    };
  }

  async findFile(project: string, file: string): Promise<ChartFileName | undefined> {
    const found = await this.#find(project, file);
    if (found === undefined) return undefined;
    const { metadata } = found.listed;
    return { name: metadata.name, version: metadata.version, part: found.part };
  }

  async #find(
    project: string,
    file: string,
  ): Promise<{ listed: ChartVersion; part: ChartFileName['part'] } | undefined> {
    const isProvenance = file.endsWith(PROVENANCE);
    const archive = isProvenance ? file.slice(0, -PROVENANCE.length) : file;
    if (!archive.endsWith(ARCHIVE)) return undefined;
    const listed = findByFileName(await this.#store.list(project), archive);
    if (listed === undefined || (isProvenance && !listed.hasProvenance)) return undefined;
    return { listed, part: isProvenance ? 'provenance' : 'archive' };
  }

  async serveFile(project: string, file: string, read: ChartRead): Promise<ChartReply> {
    const found = await this.#find(project, file);
    if (found === undefined) throw notFound(`${file} not found`);
    const { listed, part } = found;
    // Opening an archive may count as a pull: who only looks gets what the list says.
    if (part === 'archive' && listed.size > 0) {
      const { digest, size } = listed;
      const isKnown = matches(read, `"${digest}"`);
      if (isKnown || read.isHead === true) return presentFile(read, part, { digest, size });
    }
    const { name, version } = listed.metadata;
    const opened = await this.#store.open(project, name, version, part);
    if (opened === undefined) throw notFound(`${file} not found`);
    const reply = presentFile(read, part, opened);
    if (reply.body === undefined) opened.content.destroy();
    return reply;
  }

  async listCharts(
    project: string,
    { offset = 0, limit }: { offset?: number | undefined; limit?: number | undefined } = {},
  ): Promise<ChartReply> {
    const { charts } = await this.#store.list(project);
    const end = limit === undefined ? undefined : offset + limit;
    const names = [...charts.keys()].toSorted().slice(offset, end);
    const shown = names.map((name) => [name, (charts.get(name) ?? []).map(presentChartVersion)]);
    return jsonReply(200, Object.fromEntries(shown));
  }

  async serveChart(project: string, name: string): Promise<ChartReply> {
    const versions = await this.findVersions(project, name);
    if (versions === undefined) throw notFound(`chart ${name} not found`);
    return jsonReply(200, versions.map(presentChartVersion));
  }

  async serveVersion(project: string, name: string, version: string): Promise<ChartReply> {
    const versions = await this.findVersions(project, name);
    const found = version === 'latest' ? latestOf(versions ?? []) : findVersion(versions, version);
    if (found === undefined) throw notFound(`chart ${name}-${version} not found`);
    return jsonReply(200, presentChartVersion(found));
  }

  async findVersions(project: string, name: string): Promise<readonly ChartVersion[] | undefined> {
    const { charts } = await this.#store.list(project);
    const versions = charts.get(name);
    return versions === undefined || versions.length === 0 ? undefined : versions;
  }

  async upload(
    project: string,
    { archive, provenance }: ChartParts,
    write: ChartWrite,
  ): Promise<ChartVersion | undefined> {
    if (archive !== undefined) {
      return await this.#store.put(project, { archive, provenance }, write);
    }
    if (provenance === undefined) {
      throw new AppError(
        'invalid',
        'no chart: send it as the field `chart` of a form, or as the body',
      );
    }
    await this.#store.putProvenance(project, provenance, write);
    return undefined;
  }

  async deleteVersion(
    project: string,
    name: string,
    version: string,
    actor: ChartActor,
  ): Promise<void> {
    if (await this.#store.deleteVersion(project, name, version, actor)) return;
    throw notFound(`chart ${name}-${version} not found`);
  }

  async deleteChart(project: string, name: string, actor: ChartActor): Promise<void> {
    if (await this.#store.deleteChart(project, name, actor)) return;
    throw notFound(`chart ${name} not found`);
  }
}

/**
 * Names and versions both have dashes, so the store says which split is meant: `a-1-2.tgz` is
 * version 2 of `a-1`, or 1-2 of `a`. The longest name wins, as what is written first.
 */
/** Its body, if there is one, is the content. */
function presentFile(
  read: ChartRead,
  part: ChartFileName['part'],
  file: Omit<ChartFile, 'content'> & Partial<ChartFile>,
): ChartReply {
  const { size, digest, content } = file;
  const etag = digest === undefined ? undefined : `"${digest}"`;
  const headers = { ...(etag !== undefined && { etag }), 'cache-control': 'private, no-cache' };
  if (etag !== undefined && matches(read, etag)) return { status: 304, headers };
  return {
    status: 200,
    headers: { ...headers, 'content-type': TYPES[part], 'content-length': String(size) },
    body: read.isHead === true ? undefined : content,
  };
}

function findByFileName({ charts }: ChartListing, file: string): ChartVersion | undefined {
  for (let dash = file.lastIndexOf('-'); dash > 0; dash = file.lastIndexOf('-', dash - 1)) {
    const found = charts.get(file.slice(0, dash))?.find((version) => fileNameOf(version) === file);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The newest that is no pre-release, if there is one. */
export function latestOf(versions: readonly ChartVersion[]): ChartVersion | undefined {
  return versions.find(({ metadata }) => !metadata.version.includes('-')) ?? versions[0];
}

function findVersion(
  versions: readonly ChartVersion[] | undefined,
  version: string,
): ChartVersion | undefined {
  return versions?.find(({ metadata }) => metadata.version === version);
}

function matches({ headers }: ChartRead, etag: string): boolean {
  const given = headers?.['if-none-match'];
  if (given === undefined) return false;
  const tags = given.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes(etag) || tags.includes('*');
}

function notFound(message: string): AppError {
  return new AppError('not-found', message);
}
