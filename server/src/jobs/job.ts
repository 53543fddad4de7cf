import type { DatabaseTransaction } from '../db/index.ts';

/** Harbor's names for the kinds of work; the job service keeps one queue for each. */
export const vendorTypes = [
  'WEBHOOK',
  'SLACK',
  'RETENTION',
  'GARBAGE_COLLECTION',
  'PURGE_AUDIT_LOG',
  'EXECUTION_SWEEP',
  'SYSTEM_ARTIFACT_CLEANUP',
  /** Ours: reads all bytes in the background, and puts those aside that are not what they were. */
  'DATA_SCRUB',
  'REPLICATION',
  'IMAGE_SCAN',
  'SCAN_ALL',
  'P2P_PREHEAT',
  /** Has no tasks: its queue stands for all schedules, its schedules are those of periodic jobs. */
  'SCHEDULER',
] as const;

export type VendorType = (typeof vendorTypes)[number];

export type JobTrigger = 'MANUAL' | 'SCHEDULE' | 'EVENT';

/** Words of Harbor's API. The last three are final. */
export type JobStatus = 'Pending' | 'Scheduled' | 'Running' | 'Stopped' | 'Error' | 'Success';

export interface NewTask {
  /** Given to `run`; JSON. */
  readonly payload: Readonly<Record<string, unknown>>;
  /**
   * Tasks of one lane run one after another in the order they were made; a failing one holds the
   * lane until it succeeds or gives up. Without a lane a task waits for nobody.
   */
  readonly lane?: string | undefined;
  /**
   * Tasks of one group stop together while what they talk to is down: after a failure none is
   * started until the group's pause is over.
   */
  readonly group?: string | undefined;
  /** Of tasks of one kind that wait, the highest run first: 0 (unless told) to 3. */
  readonly priority?: number | undefined;
  /** How long it waits at least, in milliseconds; not at all unless told. */
  readonly delayMs?: number | undefined;
  /** Shown in the API with the task. */
  readonly extraAttrs?: Readonly<Record<string, unknown>> | undefined;
}

export interface NewExecution {
  readonly vendorType: VendorType;
  /** Id of the policy it is for; -1 when there is none. */
  readonly vendorId: number;
  readonly trigger: JobTrigger;
  readonly extraAttrs: Readonly<Record<string, unknown>>;
  readonly tasks: readonly NewTask[];
}

/** Starts work. The rows belong to the caller's transaction: rolled back, nothing was started. */
export interface JobQueue {
  /** @returns the executions' ids, in order */
  enqueue(tx: DatabaseTransaction, executions: readonly NewExecution[]): Promise<number[]>;
}

/** What a job may use while it runs. */
export interface JobContext {
  /** Aborted when the task is stopped, timed out, or the process ends. */
  readonly signal: AbortSignal;
  readonly taskId: number;
  readonly executionId: number;
  readonly vendorId: number;
  /** How often it was tried before, 0 at first. */
  readonly attempt: number;
  /** One line of the task's log, which users can read: no secrets. */
  log(line: string): void;
  /**
   * How far it is: merged into the `extraAttrs` of the task, or of its execution. Written within
   * some seconds, and when the task ends.
   */
  checkIn(progress: Progress): void;
}

/** JSON; keys that are there already are replaced. */
export interface Progress {
  readonly task?: Readonly<Record<string, unknown>>;
  readonly execution?: Readonly<Record<string, unknown>>;
}

/** Thrown by a job for a failure that trying again cannot mend. Users read the message. */
export class JobFailed extends Error {
  override readonly name = 'JobFailed';
}

/** Thrown by a job for a failure that may pass. Users read the message. */
export class JobRetry extends Error {
  override readonly name = 'JobRetry';
  /** When to try again at the earliest, in milliseconds, in place of what `retryDelay` says. */
  readonly delayMs: number | undefined;

  constructor(message: string, options: { delayMs?: number | undefined; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.delayMs = options.delayMs;
  }
}

/** A kind of work. */
export interface Job {
  readonly vendorType: VendorType;
  /** How many tasks of it run at once in this process. */
  readonly concurrency: number;
  /** Milliseconds until the `attempt`th retry (from 1); undefined gives up. */
  retryDelay(attempt: number): number | undefined;
  readonly timeoutMs: number;
  /**
   * At least once a task: again after a failure or the end of the process.
   *
   * @throws JobFailed to give up, JobRetry to be tried again; anything else is tried again too, but
   *   its message goes to the program's log only
   */
  run(payload: Readonly<Record<string, unknown>>, context: JobContext): Promise<void>;
}
