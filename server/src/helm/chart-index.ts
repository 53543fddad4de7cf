import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { ChartListing, ChartVersion } from './chart-store.ts';
import { presentMetadata } from './metadata.ts';

/** An index as it is sent: Helm reads JSON, which YAML is more than, many times faster. */
export interface ChartIndex {
  /** With its quotes. */
  readonly etag: string;
  /** Bytes. */
  readonly size: number;
  readonly pieces: readonly Buffer[];
}

export interface ChartIndexes {
  /** From memory when the listing's revision is known. */
  render(
    project: string,
    listing: ChartListing,
    contextPath: string | undefined,
  ): Promise<ChartIndex>;
}

/** What is kept of a chart, while its versions stay the same. */
interface Rendered {
  readonly versions: readonly ChartVersion[];
  readonly entries: ReadonlyMap<string, { readonly version: ChartVersion; readonly json: string }>;
  /** `"name":[…]` in pieces. */
  readonly pieces: readonly Buffer[];
  readonly newest: number;
}

interface Known {
  readonly revision: string;
  readonly charts: ReadonlyMap<string, Rendered>;
  readonly pieces: readonly Buffer[];
  readonly size: number;
  readonly newest: number;
}

const MAX_BYTES = 256 * 1024 * 1024;
const PIECE = 64 * 1024;
/** From this on, copying a piece costs more than sending it by itself. */
const LARGE = 16 * 1024;
/** Milliseconds of work before others get their turn. */
const SLICE = 3;

export function createChartIndexes(maxBytes: number = MAX_BYTES): ChartIndexes {
  return new Indexes(maxBytes);
}

class Indexes implements ChartIndexes {
  readonly #known: LRUCache<string, Known>;
  readonly #building = new Map<string, { revision: string; result: Promise<Known> }>();

  constructor(maxBytes: number) {
    this.#known = new LRUCache({
      maxSize: maxBytes,
      // The entries are kept apart and in pieces, so twice.
      sizeCalculation: ({ size }) => 2 * size + 1024,
    });
  }

  async render(
    project: string,
    listing: ChartListing,
    contextPath: string | undefined,
  ): Promise<ChartIndex> {
    const known = this.#known.get(project);
    const index =
      known?.revision === listing.revision ? known : await this.#build(project, listing);
    return wrap(index, contextPath);
  }

  /** Those who ask at the same time wait for one build. */
  async #build(project: string, listing: ChartListing): Promise<Known> {
    const running = this.#building.get(project);
    if (running?.revision === listing.revision) return running.result;
    const result = this.#renderAll(this.#known.get(project), listing);
    const mine = { revision: listing.revision, result };
    this.#building.set(project, mine);
    try {
      const known = await result;
      this.#known.set(project, known);
      return known;
    } finally {
      if (this.#building.get(project) === mine) this.#building.delete(project);
    }
  }

  async #renderAll(before: Known | undefined, { revision, charts }: ChartListing): Promise<Known> {
    const turns = new Turns();
    const rendered = new Map<string, Rendered>();
    const pieces = new Pieces();
    let newest = 0;
    for (const name of [...charts.keys()].toSorted()) {
      const versions = charts.get(name) ?? [];
      const chart = await renderChart(name, versions, before?.charts.get(name), turns);
      rendered.set(name, chart);
      if (rendered.size > 1) pieces.add(COMMA);
      for (const piece of chart.pieces) pieces.add(piece);
      newest = Math.max(newest, chart.newest);
      await turns.next();
    }
    return { revision, charts: rendered, newest, ...pieces.end() };
  }
}

const COMMA = Buffer.from(',');

async function renderChart(
  name: string,
  versions: readonly ChartVersion[],
  before: Rendered | undefined,
  turns: Turns,
): Promise<Rendered> {
  if (before?.versions === versions) return before;
  const entries = new Map<string, { version: ChartVersion; json: string }>();
  const pieces: Buffer[] = [];
  let text = `${JSON.stringify(name)}:[`;
  let newest = 0;
  for (const version of versions) {
    const key = version.metadata.version;
    const old = before?.entries.get(key);
    const isSame = old !== undefined && isSameVersion(old.version, version);
    const json = isSame ? old.json : JSON.stringify(presentChartVersion(version));
    text += `${entries.size > 0 ? ',' : ''}${json}`;
    entries.set(key, { version, json });
    newest = Math.max(newest, version.createdAt.getTime());
    if (text.length > PIECE) {
      pieces.push(Buffer.from(text));
      text = '';
    }
    await turns.next();
  }
  pieces.push(Buffer.from(`${text}]`));
  return { versions, entries, pieces, newest };
}

/** Equal archives have equal metadata. */
function isSameVersion(a: ChartVersion, b: ChartVersion): boolean {
  if (a === b) return true;
  return a.digest === b.digest && a.createdAt.getTime() === b.createdAt.getTime();
}

/** The entry of a version in an index, which ChartMuseum's API gives too. */
export function presentChartVersion(version: ChartVersion): Record<string, unknown> {
  const { metadata, digest, createdAt } = version;
  return {
    ...presentMetadata(metadata),
    urls: [`charts/${fileNameOf(version)}`],
    created: createdAt.toISOString(),
    digest: digest.slice(digest.indexOf(':') + 1),
  };
}

/** `{name}-{version}.tgz` */
export function fileNameOf({ metadata }: ChartVersion): string {
  return `${metadata.name}-${metadata.version}.tgz`;
}

/** Joins small buffers, so that sending needs few. */
class Pieces {
  readonly #done: Buffer[] = [];
  #open: Buffer[] = [];
  #openSize = 0;
  #size = 0;

  add(piece: Buffer): void {
    this.#size += piece.length;
    if (piece.length >= LARGE) {
      this.#flush();
      this.#done.push(piece);
      return;
    }
    this.#open.push(piece);
    this.#openSize += piece.length;
    if (this.#openSize >= PIECE) this.#flush();
  }

  end(): { pieces: readonly Buffer[]; size: number } {
    this.#flush();
    return { pieces: this.#done, size: this.#size };
  }

  #flush(): void {
    if (this.#open.length > 0) this.#done.push(Buffer.concat(this.#open));
    this.#open = [];
    this.#openSize = 0;
  }
}

/** Lets others have the event loop now and then. */
class Turns {
  #since = performance.now();

  async next(): Promise<void> {
    if (performance.now() - this.#since < SLICE) return;
    await setImmediate();
    this.#since = performance.now();
  }
}

function wrap(
  { revision, pieces, size, newest }: Known,
  contextPath: string | undefined,
): ChartIndex {
  const serverInfo = contextPath === undefined ? {} : { contextPath };
  const info = JSON.stringify(serverInfo);
  const head = Buffer.from('{"apiVersion":"v1","entries":{');
  const tail = Buffer.from(
    `},"generated":"${new Date(newest).toISOString()}","serverInfo":${info}}\n`,
  );
  return {
    etag: etagOf(`${revision} ${info}`),
    size: head.length + size + tail.length,
    pieces: [head, ...pieces, tail],
  };
}

function etagOf(text: string): string {
  return `"${createHash('sha256').update(text).digest('base64url').slice(0, 32)}"`;
}
