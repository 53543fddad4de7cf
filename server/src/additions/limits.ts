import { archiveLimits } from '../archives/index.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

/** Bounds on what a pushed artifact can make us read. Bytes where nothing else is said. */
export const limits = {
  ...archiveLimits,
  /** A config as it is stored. */
  config: 4 * MIB,
  /** Configs up to this size are parsed at once; larger ones by a worker. */
  inlineConfig: 32 * KIB,
  /** The metadata that is kept of an artifact, as JSON. */
  extraAttrs: 256 * KIB,
  /** Names of members that a pusher may have left out. */
  skipped: 1000,
  /** A chart's archive as it is stored. */
  chart: 16 * MIB,
  /** One file of a chart. */
  chartFile: MIB,
  /** A chart's file that is parsed: YAML takes hundreds of times its size in memory. */
  chartYaml: 128 * KIB,
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

/** How many blobs are read into memory at once, how many more may wait, and for how long storage. */
export const readLimits = { atOnce: 8, waiting: 256, stall: 10_000 } as const;
