import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import type { EgressResponse } from '../../../egress/index.ts';
import {
  type ChartFile,
  type ChartListing,
  type ChartReader,
  type ChartStore,
  type ChartUpload,
  type ChartVersion,
  MAX_CHART_BYTES,
  MAX_PROVENANCE_BYTES,
  parseProvenance,
} from '../../../helm/index.ts';
import { createKeyedMutex } from '../../../lib/index.ts';
import { mapConcurrently } from '../concurrency.ts';
import {
  existsAlready,
  isChartFile,
  noSuchProject,
  noSuchVersion,
  provenanceExists,
} from './chart-names.ts';
import { noCharts, orderCharts, revisionOf } from './chart-order.ts';
import type { HarborApi } from './harbor-api.ts';
import { buildMultipart, type FilePart } from './multipart.ts';
import { fingerprintOf, type IndexEntry, readIndex } from './museum-index.ts';
import type { HarborProjects } from './projects.ts';
import { checkSize } from './registry-content.ts';

export interface ChartMuseumPorts {
  readonly api: HarborApi;
  readonly projects: HarborProjects;
  readonly reader: Pick<ChartReader, 'readMetadata'>;
}

interface KnownIndex {
  readonly etag: string | undefined;
  readonly fingerprint: string;
  readonly entries: readonly IndexEntry[];
}

const MAX_INDEX_BYTES = 64 * 1024 * 1024;
const MAX_INDEXES = 200;
const MAX_FACTS = 100_000;
/** A provenance file that was not there may come past us, and no index tells. */
const ABSENCE_MS = 10 * 60_000;
const AT_ONCE = 6;

const chartNames = z.object({ name: z.string() }).array().nullable();

/**
 * Charts of a Harbor up to 2.7 in its ChartMuseum (`/chartrepo` and `/api/chartrepo`). Its index
 * knows neither sizes nor provenance files: those are looked at once and remembered.
 */
export class ChartMuseumCharts implements ChartStore {
  readonly #ports: ChartMuseumPorts;
  readonly #writes = createKeyedMutex();
  readonly #indexes = new LRUCache<string, KnownIndex>({ max: MAX_INDEXES });
  /** Bytes by digest. */
  readonly #sizes = new LRUCache<string, number>({ max: MAX_FACTS });
  /** Whether there is one, by path. */
  readonly #provenances = new LRUCache<string, boolean>({ max: MAX_FACTS });

  constructor(ports: ChartMuseumPorts) {
    this.#ports = ports;
  }

  async list(project: string): Promise<ChartListing> {
    const entries = await this.#readIndex(project);
    if (entries.length === 0) return noCharts;
    const versions = await mapConcurrently(entries, AT_ONCE, (entry) =>
      this.#measure(project, entry),
    );
    const charts = orderCharts(versions);
    return { revision: revisionOf(charts), charts };
  }

  async open(
    project: string,
    name: string,
    version: string,
    part: 'archive' | 'provenance',
  ): Promise<ChartFile | undefined> {
    if (!isChartFile(name, version)) return undefined;
    const content = await this.#read(filePath(project, name, version, part));
    if (content === undefined) return undefined;
    const digest = digestOf(content);
    return { size: content.length, digest, content: Readable.from([content]) };
  }

  async put(
    project: string,
    { archive, provenance }: ChartUpload,
    { overwrite }: { readonly overwrite: boolean },
  ): Promise<ChartVersion> {
    checkSize(archive, MAX_CHART_BYTES, 'the chart');
    if (provenance) checkSize(provenance, MAX_PROVENANCE_BYTES, 'the provenance file');
    const metadata = await this.#ports.reader.readMetadata(archive);
    const { name, version } = metadata;
    if (!(await this.#ports.projects.has(project))) throw noSuchProject();
    return this.#writes.run(keyOf(project, name, version), async () => {
      // Harbor's own default is to overwrite.
      if (!overwrite && (await this.#has(project, name, version))) {
        throw existsAlready(name, version);
      }
      const filename = fileName(name, version, 'archive');
      const parts: FilePart[] = [{ field: 'chart', filename, content: archive }];
      if (provenance)
        parts.push({ field: 'prov', filename: `${filename}.prov`, content: provenance });
      const { status } = await this.#post(`${apiPath(project)}/charts`, overwrite, parts);
      if (status === 409) throw existsAlready(name, version);
      const digest = digestOf(archive);
      this.#sizes.set(digest, archive.length);
      const hasProvenance = provenance !== undefined;
      this.#provenances.delete(filePath(project, name, version, 'provenance'));
      return { metadata, digest, size: archive.length, createdAt: new Date(), hasProvenance };
    });
  }

  async putProvenance(
    project: string,
    provenance: Uint8Array,
    { overwrite }: { readonly overwrite: boolean },
  ): Promise<void> {
    checkSize(provenance, MAX_PROVENANCE_BYTES, 'the provenance file');
    const { name, version } = parseProvenance(provenance);
    await this.#writes.run(keyOf(project, name, version), async () => {
      if (!(await this.#has(project, name, version))) throw noSuchVersion(name, version);
      const path = filePath(project, name, version, 'provenance');
      if (!overwrite && (await this.#read(path)) !== undefined) {
        throw provenanceExists(name, version);
      }
      const filename = fileName(name, version, 'provenance');
      const part = { field: 'prov', filename, content: provenance };
      const { status } = await this.#post(`${apiPath(project)}/prov`, overwrite, [part]);
      if (status === 409) throw provenanceExists(name, version);
      this.#provenances.delete(path);
    });
  }

  /** Only this version (B46). */
  deleteVersion(project: string, name: string, version: string): Promise<boolean> {
    return this.#writes.run(keyOf(project, name, version), async () => {
      if (!(await this.#has(project, name, version))) return false;
      const { status } = await this.#ports.api.send({
        method: 'DELETE',
        path: versionPath(project, name, version),
        expected: [404],
      });
      this.#provenances.delete(filePath(project, name, version, 'provenance'));
      return status !== 404;
    });
  }

  async deleteChart(project: string, name: string): Promise<boolean> {
    if (!isChartFile(name)) return false;
    const versions = await this.#ports.api.find(z.array(z.unknown()).nullable(), {
      path: chartPath(project, name),
    });
    if (versions === undefined || versions === null || versions.length === 0) return false;
    const { status } = await this.#ports.api.send({
      method: 'DELETE',
      path: chartPath(project, name),
      expected: [404],
    });
    return status !== 404;
  }

  async deleteAll(project: string): Promise<void> {
    const charts = await this.#ports.api.find(chartNames, { path: `${apiPath(project)}/charts` });
    await mapConcurrently(charts ?? [], AT_ONCE, ({ name }) => this.deleteChart(project, name));
  }

  /** ChartMuseum does not count. */
  countPulls(): Promise<number> {
    return Promise.resolve(0);
  }

  async #readIndex(project: string): Promise<readonly IndexEntry[]> {
    const known = this.#indexes.get(project);
    const { status, headers, body } = await this.#ports.api.send({
      method: 'GET',
      path: `/chartrepo/${encodeURIComponent(project)}/index.yaml`,
      ...(known?.etag !== undefined && { headers: { 'if-none-match': known.etag } }),
      maxBytes: MAX_INDEX_BYTES,
      expected: [304, 404],
    });
    if (status === 304 && known !== undefined) return known.entries;
    if (status === 404) {
      this.#indexes.delete(project);
      return [];
    }
    const fingerprint = fingerprintOf(body);
    const isKnown = known?.fingerprint === fingerprint;
    const entries = isKnown ? known.entries : await readIndex(body);
    this.#indexes.set(project, { etag: headers.get('etag') ?? undefined, fingerprint, entries });
    return entries;
  }

  async #measure(project: string, entry: IndexEntry): Promise<ChartVersion> {
    const { name, version } = entry.metadata;
    const size = await this.#sizeOf(project, entry);
    const path = filePath(project, name, version, 'provenance');
    let hasProvenance = this.#provenances.get(path);
    if (hasProvenance === undefined) {
      hasProvenance = (await this.#read(path)) !== undefined;
      this.#provenances.set(path, hasProvenance, { ttl: hasProvenance ? 0 : ABSENCE_MS });
    }
    return { ...entry, size, hasProvenance };
  }

  async #sizeOf(project: string, { metadata, digest }: IndexEntry): Promise<number> {
    const known = this.#sizes.get(digest);
    if (known !== undefined) return known;
    const path = filePath(project, metadata.name, metadata.version, 'archive');
    const content = await this.#read(path);
    if (content !== undefined) this.#sizes.set(digest, content.length);
    return content?.length ?? 0;
  }

  async #read(path: string): Promise<Buffer | undefined> {
    const { status, body } = await this.#ports.api.send({
      method: 'GET',
      path,
      maxBytes: MAX_CHART_BYTES,
      redirects: 3,
      expected: [404],
    });
    return status === 404 ? undefined : body;
  }

  async #has(project: string, name: string, version: string): Promise<boolean> {
    if (!isChartFile(name, version)) return false;
    const path = versionPath(project, name, version);
    const { status } = await this.#ports.api.send({ method: 'GET', path, expected: [404] });
    return status !== 404;
  }

  #post(path: string, force: boolean, parts: readonly FilePart[]): Promise<EgressResponse> {
    const { contentType, body } = buildMultipart(parts);
    return this.#ports.api.send({
      method: 'POST',
      path: force ? `${path}?force` : path,
      headers: { 'content-type': contentType },
      body,
      expected: [409],
    });
  }
}

function apiPath(project: string): string {
  return `/api/chartrepo/${encodeURIComponent(project)}`;
}

function chartPath(project: string, name: string): string {
  return `${apiPath(project)}/charts/${encodeURIComponent(name)}`;
}

function versionPath(project: string, name: string, version: string): string {
  return `${chartPath(project, name)}/${encodeURIComponent(version)}`;
}

function filePath(
  project: string,
  name: string,
  version: string,
  part: 'archive' | 'provenance',
): string {
  const file = encodeURIComponent(fileName(name, version, part));
  return `/chartrepo/${encodeURIComponent(project)}/charts/${file}`;
}

function fileName(name: string, version: string, part: 'archive' | 'provenance'): string {
  return `${name}-${version}.tgz${part === 'provenance' ? '.prov' : ''}`;
}

function keyOf(project: string, name: string, version: string): string {
  return `${project}/${name}-${version}`;
}

function digestOf(content: Uint8Array): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}
