/** What happened to manifests, tags, blobs and charts. */
export type MigrationCounts = {
  readonly namespaces: number;
  readonly chartGroups: number;
  /** Manifests that were written, tags that were set. */
  readonly manifests: number;
  readonly tags: number;
  /** Blobs that were sent, their bytes, and those that were linked instead. */
  readonly blobs: number;
  readonly bytes: number;
  readonly mounted: number;
  readonly charts: number;
  /** References (tags, untagged manifests) and charts that were there already. */
  readonly present: number;
};

export interface Miss {
  /** Such as `default/test/nginx:1` or `chart default/public/foo-1.0.0`. */
  readonly item: string;
  readonly reason: string;
}

const MAX_LISTED = 10_000;
const MAX_TEXT = 500;

/** Adds up what a migration does. */
export class MigrationTally {
  #counts: MigrationCounts = {
    namespaces: 0,
    chartGroups: 0,
    manifests: 0,
    tags: 0,
    blobs: 0,
    bytes: 0,
    mounted: 0,
    charts: 0,
    present: 0,
  };
  readonly #misses = new Map<string, string>();
  readonly #notes: string[] = [];
  #missed = 0;

  add(counts: Partial<MigrationCounts>): void {
    const sums = this.#counts;
    this.#counts = {
      namespaces: sums.namespaces + (counts.namespaces ?? 0),
      chartGroups: sums.chartGroups + (counts.chartGroups ?? 0),
      manifests: sums.manifests + (counts.manifests ?? 0),
      tags: sums.tags + (counts.tags ?? 0),
      blobs: sums.blobs + (counts.blobs ?? 0),
      bytes: sums.bytes + (counts.bytes ?? 0),
      mounted: sums.mounted + (counts.mounted ?? 0),
      charts: sums.charts + (counts.charts ?? 0),
      present: sums.present + (counts.present ?? 0),
    };
  }

  /** The first reason of an item is kept. */
  miss(item: string, reason: string): void {
    if (this.#misses.has(item)) return;
    this.#missed += 1;
    if (this.#misses.size < MAX_LISTED) this.#misses.set(item, printable(reason));
  }

  hasMissed(item: string): boolean {
    return this.#misses.has(item);
  }

  note(text: string): void {
    if (this.#notes.length < MAX_LISTED) this.#notes.push(printable(text));
  }

  get counts(): MigrationCounts {
    return this.#counts;
  }

  get missed(): number {
    return this.#missed;
  }

  get misses(): readonly Miss[] {
    return [...this.#misses].map(([item, reason]) => ({ item: printable(item), reason }));
  }

  get notes(): readonly string[] {
    return this.#notes;
  }
}

/** What a server said is shown on a terminal. */
function printable(text: string): string {
  const shown = text.replaceAll(/[^\x20-\x7e\u00a0-\uffff]/g, ' ');
  return shown.length > MAX_TEXT ? `${shown.slice(0, MAX_TEXT)}…` : shown;
}
