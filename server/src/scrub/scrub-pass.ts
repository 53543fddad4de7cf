/** What a pass reads, in this order. */
export const stages = ['blobs', 'manifests', 'orphans'] as const;
export type Stage = (typeof stages)[number];

/** What a pass has found; the names are those of the execution's `extra_attrs`. */
export interface Tally {
  /** Blobs and manifests that were read, and their bytes. */
  blobs: number;
  manifests: number;
  bytes: number;
  /** Blobs whose bytes were wrong; put aside. */
  corrupt: number;
  /** Blobs that had lost their bytes. */
  missing: number;
  /** Blobs that an earlier pass told of, and that nobody pushed since. */
  still_missing: number;
  /** Of which nothing could be said: the disk failed, or two readings differed. */
  unreadable: number;
  /** Blobs that are right again, and manifests put right from a copy. */
  healed: number;
  damaged_manifests: number;
  /** Bytes that no row knows; garbage collection adopts them. */
  orphans: number;
  orphan_bytes: number;
}

export function emptyTally(): Tally {
  return {
    blobs: 0,
    manifests: 0,
    bytes: 0,
    corrupt: 0,
    missing: 0,
    still_missing: 0,
    unreadable: 0,
    healed: 0,
    damaged_manifests: 0,
    orphans: 0,
    orphan_bytes: 0,
  };
}

/** A pass that has begun, and how far it is. */
export interface ScrubPass {
  readonly stage: Stage;
  /** The last digest or id of the stage that was read; empty at its beginning. */
  readonly position: string;
  readonly tally: Readonly<Tally>;
}

/** One line for a log. */
export function describeTally(tally: Readonly<Tally>): string {
  const { blobs, manifests, bytes } = tally;
  return (
    `read ${blobs} blobs and ${manifests} manifests, ${bytes} bytes: ` +
    `${tally.corrupt} corrupt, ${tally.missing} missing, ${tally.still_missing} still missing, ` +
    `${tally.unreadable} unreadable, ${tally.damaged_manifests} damaged manifests, ` +
    `${tally.healed} healed; ${tally.orphans} orphans of ${tally.orphan_bytes} bytes`
  );
}
