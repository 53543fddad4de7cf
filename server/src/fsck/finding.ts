import type { Digest } from '@berth/oci';
import type { UsageMismatch } from '../quotas/index.ts';

/** What does not hold. The names are those of `berth fsck --json`. */
export type Finding =
  /** A row says that the blob is there, and the store has nothing. */
  | { readonly kind: 'missing'; readonly digest: Digest; readonly users: readonly string[] }
  /** The bytes are not those of the digest. */
  | {
      readonly kind: 'damaged';
      readonly digest: Digest;
      readonly users: readonly string[];
      readonly reason: string;
    }
  /** The disk or the database would not give the bytes. */
  | {
      readonly kind: 'unreadable';
      /** A digest, or the name of a manifest. */
      readonly name: string;
      readonly reason: string;
    }
  /** Bytes that no row knows: a push died between the two. Harmless. */
  | { readonly kind: 'orphan'; readonly digest: Digest; readonly size: number }
  /** A blob that was missing is there again. */
  | { readonly kind: 'returned'; readonly digest: Digest }
  /** A manifest row whose bytes are not those of its digest. */
  | { readonly kind: 'damaged-manifest'; readonly name: string }
  /** A damaged manifest that was put right from a copy of it. */
  | { readonly kind: 'healed-manifest'; readonly name: string }
  /** A manifest that needs blobs which are known to be missing. */
  | { readonly kind: 'incomplete'; readonly name: string; readonly blobs: readonly Digest[] }
  /** References to blobs without a row, which the database should not allow. */
  | { readonly kind: 'dangling'; readonly count: number }
  /** Bytes of an upload that is over. Harmless. */
  | { readonly kind: 'staged'; readonly uploadId: string; readonly modifiedAt: Date }
  /** Bad bytes that were put aside, for somebody to look at and remove. Harmless. */
  | { readonly kind: 'quarantined'; readonly digest: Digest; readonly size: number }
  /** A project is said to use other bytes than it has. */
  | ({ readonly kind: 'miscounted' } & Omit<UsageMismatch, 'projectId'>);

export type FindingCounts = Readonly<Record<Finding['kind'], number>>;

export function noFindings(): Record<Finding['kind'], number> {
  return {
    missing: 0,
    damaged: 0,
    unreadable: 0,
    orphan: 0,
    returned: 0,
    'damaged-manifest': 0,
    'healed-manifest': 0,
    incomplete: 0,
    dangling: 0,
    staged: 0,
    quarantined: 0,
    miscounted: 0,
  };
}

/** Orphans and the like do no harm, and a wrong count is mended by a repair; what is lost is not. */
export function isSound(found: FindingCounts, repair: boolean): boolean {
  const lost =
    found.missing +
    found.damaged +
    found.unreadable +
    found['damaged-manifest'] +
    found.incomplete +
    found.dangling;
  return lost === 0 && (repair || found.miscounted === 0);
}
