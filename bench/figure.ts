/** `native` is a Berth without the TKE view, beside `berth`, which has it (B14 to B16). */
export type TargetId = 'berth' | 'docker-registry' | 'bare' | 'native';

/** A goal of the performance plan, checked against the medians of a row. */
export type Goal =
  | { readonly kind: 'ratio'; readonly peer: TargetId; readonly atLeast: number }
  | {
      readonly kind: 'limit';
      readonly metric: 'value' | 'p95Ms' | 'peakRssMb';
      readonly atMost: number;
    }
  | { readonly kind: 'floor'; readonly atLeast: number };

/** One line of the result table. */
export interface RowSpec {
  /** Scenario id of the performance plan, such as `B1`. */
  readonly id: string;
  readonly name: string;
  readonly unit: 'req/s' | 'MB/s' | 'blobs/s' | 'blobs/min' | 'ms' | 'MB' | 'ratio';
  readonly goals: readonly Goal[];
}

/** What one run of one target gave for one row. */
export interface Sample {
  /** In the row's unit. */
  readonly value: number;
  readonly p50Ms?: number;
  readonly p95Ms?: number;
  readonly p99Ms?: number;
  /** Completed requests (uploads, for blob PUT) in the run. */
  readonly operations?: number;
  readonly generator?: 'wrk' | 'own';
}

/** Cost of the server while a sample was taken. */
export interface Cost {
  /** Highest resident memory of the server's own process in the run, in MB (10^6 bytes). */
  readonly peakRssMb?: number;
  /** Proportional memory of its child processes after the run (Berth: PostgreSQL), in MB. */
  readonly childrenMb?: number;
  /** CPU time of the server and its children per 1,000 operations, in seconds. */
  readonly cpuSecondsPer1000?: number;
}

export type Run = Sample & Cost;

export interface TargetRuns {
  readonly target: TargetId;
  readonly runs: readonly Run[];
  /** Why a run counted for nothing; one entry per voided run. */
  readonly voided: readonly string[];
}

export interface Row extends RowSpec {
  readonly targets: readonly TargetRuns[];
}
