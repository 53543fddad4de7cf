/** What an operator may ask of a collection. */
export interface CollectOptions {
  /** Deletes artifacts first that lists show without a tag. */
  readonly deleteUntagged?: boolean;
  /** Tells what would go, and changes nothing. */
  readonly dryRun?: boolean;
  /** Batches at once, 1 to 10; 1 unless told. */
  readonly workers?: number;
  /** Forgets deleted artifacts now, instead of keeping them for `undelete_days`. */
  readonly purgeDeleted?: boolean;
  /** Looks at everything, and not only at what was deleted since the last time. */
  readonly full?: boolean;
}

export interface Collected {
  /** Bytes of the blobs. */
  readonly freedSpace: number;
  readonly purgedBlobs: number;
  /** Deleted artifacts that can not come back any more. */
  readonly purgedManifests: number;
}

export interface CollectContext {
  /** Ends the collection after the batch under way; the next one goes on. */
  readonly signal: AbortSignal;
  log(line: string): void;
  checkIn(progress: Collected): void;
}

export interface GcSettings {
  readonly leaseSeconds: number;
  readonly uploadSeconds: number;
  readonly trashSeconds: number;
  /** `undelete_days` of the system configuration. */
  readonly undeleteDays: () => number;
}
