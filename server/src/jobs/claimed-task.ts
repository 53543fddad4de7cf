import type { Progress, VendorType } from './job.ts';

/** A task that this process holds the lease of. */
export interface ClaimedTask {
  readonly id: number;
  readonly executionId: number;
  readonly vendorType: VendorType;
  readonly vendorId: number;
  readonly lane: string | undefined;
  readonly group: string | undefined;
  readonly payload: Readonly<Record<string, unknown>>;
  /** This run included. */
  readonly runCount: number;
  /** What earlier runs wrote. */
  readonly logBytes: number;
}

/** How a run ended; messages are for users. */
export type Outcome =
  | { readonly kind: 'succeeded' }
  /** To be tried again, `delayMs` from now at the earliest. */
  | { readonly kind: 'retried'; readonly message: string; readonly delayMs: number }
  /**
   * Not to be tried again. `isOutage`: what it talks to may be down, so that others of the group
   * wait; otherwise the failure is the task's own.
   */
  | { readonly kind: 'failed'; readonly message: string; readonly isOutage: boolean }
  /** Somebody stopped it. */
  | { readonly kind: 'stopped' }
  /** The process ends; somebody else runs it again, as if this run had not been. */
  | { readonly kind: 'released' };

/** A run that ended, to be written down. */
export interface EndedTask {
  readonly task: ClaimedTask;
  readonly outcome: Outcome;
  /** Lines of the log not written yet. */
  readonly log: string;
  /** What the job told and is not written yet. */
  readonly progress: Progress | undefined;
  /** Milliseconds that the task's group pauses after so many failures, one after the other. */
  pauseMs(failures: number): number;
}
