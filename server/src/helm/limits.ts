const KIB = 1024;
const MIB = 1024 * KIB;

/** A packed chart, in bytes; ChartMuseum's default too. */
export const MAX_CHART_BYTES = 20 * MIB;
/** A provenance file, in bytes. */
export const MAX_PROVENANCE_BYTES = MIB;

/** Bounds on what a chart can make us read; bytes where nothing else is said. */
export const chartLimits = {
  unpacked: 100 * MIB,
  /** Chart.yaml: YAML takes hundreds of times its size in memory. */
  chartYaml: 256 * KIB,
  /** What it says, as JSON: aliases can repeat a text many times over. */
  metadata: 512 * KIB,
  yamlAliases: 100,
  nameLength: 250,
  /** One file that is shown, and all of them. */
  file: MIB,
  files: 4 * MIB,
  fileCount: 2000,
  piece: MIB,
} as const;

/** Milliseconds, but for the memory of a thread. */
export const chartPoolLimits = {
  threads: 2,
  waiting: 64,
  work: 10_000,
  start: 10_000,
  idle: 60_000,
  oldGenerationMb: 256,
} as const;
