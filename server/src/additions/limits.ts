const KIB = 1024;
const MIB = 1024 * KIB;

/** Bounds on what a pushed artifact can make us read. Bytes where nothing else is said. */
export const limits = {
  /** A config as it is stored. */
  config: 4 * MIB,
  /** Configs up to this size are parsed at once; larger ones by a worker. */
  inlineConfig: 32 * KIB,
  /** Depth of JSON and YAML, both as nesting of arrays and objects. */
  depth: 64,
  /** The metadata that is kept of an artifact, as JSON. */
  extraAttrs: 256 * KIB,
  /** Names of members that a pusher may have left out. */
  skipped: 1000,
  /** A chart's archive as it is stored. */
  chart: 16 * MIB,
  /** What archives may unpack to, counted as it happens. */
  unpacked: 64 * MIB,
  /** Headers in an archive, those that only carry names included. */
  archiveEntries: 10_000,
  /** One extended header of an archive. */
  archiveHeader: 64 * KIB,
  /** One file of a chart. */
  chartFile: MIB,
  /** A chart's file that is parsed: YAML takes hundreds of times its size in memory. */
  chartYaml: 128 * KIB,
  /** Zstandard's window, as a power of two. */
  zstdWindowLog: 24,
  /** Aliases that YAML may use; the `yaml` package counts those that grow. */
  yamlAliases: 100,
  dependencies: 10_000,
  /** A model's readme or licence, as stored and as unpacked (Harbor has the same). */
  document: 4 * MIB,
  sbom: 16 * MIB,
  /** Segments of a model's file path. */
  pathSegments: 32,
  pathLength: 4096,
  /** Everything remembered. */
  cache: 8 * MIB,
  /** Milliseconds that a refusal is remembered. */
  refusalTtl: 60_000,
  /** Pieces in which bytes go to a worker. */
  piece: 256 * KIB,
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

/** How many blobs are read into memory at once, how many more may wait, and for how long storage. */
export const readLimits = { atOnce: 8, waiting: 256, stall: 10_000 } as const;
