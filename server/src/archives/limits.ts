const KIB = 1024;
const MIB = 1024 * KIB;

/** Bounds on reading archives that strangers made. Bytes where nothing else is said. */
export const archiveLimits = {
  /** What archives may unpack to, counted as it happens. */
  unpacked: 64 * MIB,
  /** Headers in an archive, those that only carry names included. */
  archiveEntries: 10_000,
  /** One extended header of an archive. */
  archiveHeader: 64 * KIB,
  /** Zstandard's window, as a power of two. */
  zstdWindowLog: 24,
  /** Depth of JSON and YAML, both as nesting of arrays and objects. */
  depth: 64,
} as const;

/** Bounds on the threads that parse, in milliseconds where nothing else is said. */
export interface PoolLimits {
  readonly threads: number;
  /** Tasks that may wait for a thread. */
  readonly waiting: number;
  /** A thread's work on one task, without its waiting for storage. */
  readonly work: number;
  readonly start: number;
  /** How long an idle thread is kept. */
  readonly idle: number;
  readonly oldGenerationMb: number;
}

export const poolLimits: PoolLimits = {
  threads: 2,
  waiting: 64,
  work: 2000,
  start: 10_000,
  idle: 60_000,
  oldGenerationMb: 96,
};
