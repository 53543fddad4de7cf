import type { RowSpec, Sample, TargetId } from '../figure.ts';
import type { Target } from '../targets/target.ts';

/** How large and how long; `--quick` shrinks them. */
export interface Scale {
  /** Of one time-bound run. */
  readonly seconds: number;
  /** Tags of a large repository, and repositories of a large catalog. */
  readonly names: number;
  /** Artifacts in the database before a cold start. */
  readonly artifacts: number;
  /** The layer that goes through a proxy. */
  readonly layerGiB: number;
  /** Of charts, in one index. */
  readonly versions: number;
  /** Uploads of 100 MiB in one run, per connection. */
  readonly largeUploads: number;
}

export interface Measure {
  readonly rows: readonly RowSpec[];
  readonly targets: readonly TargetId[];
  /** Whether one short run is made and thrown away first. */
  readonly warmUp: boolean;
  /** One run; samples belong to `rows` in order. Rejects when the run is void. */
  run(target: Target, run: { readonly index: number; readonly seconds: number }): Promise<Sample[]>;
}

/** Measures that share servers and data. */
export interface Scenario {
  readonly targets: readonly TargetId[];
  readonly measures: readonly Measure[];
  /** Environment of Berth, where it differs. */
  readonly settings?: Readonly<Record<string, string>>;
  /** What makes `berth` a TKE registry, asked for at each start; targets before it have started. */
  readonly registryConfiguration?: () => object;
  /** Called once for each started target; returns what the reader must know, if anything. */
  seed(target: Target): Promise<string | undefined>;
}
