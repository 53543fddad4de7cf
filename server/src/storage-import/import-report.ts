import type { SkipReason } from './skipped-error.ts';

export interface SkippedItem {
  /** A repository, `repository@digest` or `repository:tag`, as it is found in storage. */
  readonly item: string;
  readonly reason: SkipReason;
  readonly message: string;
}

export type ImportCounts = {
  /** Repositories that hold something that was taken over, now or before. */
  readonly repositories: number;
  /** Manifests that were added. */
  readonly artifacts: number;
  /** Manifests that were there already, or were deleted here. */
  readonly known: number;
  readonly tags: number;
  /** Distinct blobs that were added, and their bytes. */
  readonly blobs: number;
  readonly bytes: number;
  readonly skipped: number;
};

export interface ImportReport extends ImportCounts {
  /** What was not taken over, up to 10,000 of it. */
  readonly items: readonly SkippedItem[];
  /** Projects that were made. */
  readonly projects: readonly string[];
  readonly isDryRun: boolean;
  readonly seconds: number;
}

const MAX_ITEMS = 10_000;
const MAX_TEXT = 400;

/** Adds up what an import does. */
export class Tally {
  readonly #began = performance.now();
  readonly #items: SkippedItem[] = [];
  readonly #projects: string[] = [];
  #counts = { repositories: 0, artifacts: 0, known: 0, tags: 0, blobs: 0, bytes: 0, skipped: 0 };

  add(counts: Partial<ImportCounts>): void {
    const sums = this.#counts;
    this.#counts = {
      repositories: sums.repositories + (counts.repositories ?? 0),
      artifacts: sums.artifacts + (counts.artifacts ?? 0),
      known: sums.known + (counts.known ?? 0),
      tags: sums.tags + (counts.tags ?? 0),
      blobs: sums.blobs + (counts.blobs ?? 0),
      bytes: sums.bytes + (counts.bytes ?? 0),
      skipped: sums.skipped + (counts.skipped ?? 0),
    };
  }

  skip(item: string, { reason, message }: { reason: SkipReason; message: string }): void {
    this.add({ skipped: 1 });
    if (this.#items.length >= MAX_ITEMS) return;
    this.#items.push({ item: printable(item), reason, message: printable(message) });
  }

  madeProject(name: string): void {
    this.#projects.push(name);
  }

  get counts(): ImportCounts {
    return this.#counts;
  }

  report(isDryRun: boolean): ImportReport {
    return {
      ...this.#counts,
      isDryRun,
      items: this.#items,
      projects: this.#projects.toSorted(),
      seconds: Math.round((performance.now() - this.#began) / 100) / 10,
    };
  }

  /** Whether all was taken over, but for tags of manifests that were deleted. */
  get isWhole(): boolean {
    if (this.#counts.skipped > this.#items.length) return false;
    return this.#items.every(({ reason }) => reason === 'dangling-tag');
  }
}

/** File names may hold anything, and are shown on terminals. */
function printable(text: string): string {
  const shown = text.replaceAll(/[^\x20-\x7e]/g, '?');
  return shown.length > MAX_TEXT ? `${shown.slice(0, MAX_TEXT)}…` : shown;
}
