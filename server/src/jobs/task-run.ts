import { AppError } from '../lib/index.ts';
import type { Log } from '../telemetry/index.ts';
import type { ClaimedTask, EndedTask, Outcome } from './claimed-task.ts';
import { type Job, JobFailed, JobRetry } from './job.ts';
import { cleanLine, createTaskLog, type TaskLog } from './task-log.ts';
import { createTaskProgress, type TaskProgress } from './task-progress.ts';

/** Why a run is aborted; `lost` means that somebody else has the task now. */
export type AbortReason = 'stopped' | 'released' | 'timeout' | 'lost';

/** A task at work in this process. */
export interface TaskRun {
  readonly task: ClaimedTask;
  readonly log: TaskLog;
  readonly progress: TaskProgress;
  /** The first reason counts. */
  abort(reason: AbortReason): void;
  /** Never rejects; undefined when the task was lost. Some seconds after an abort at the latest. */
  readonly ended: Promise<EndedTask | undefined>;
}

const MAX_MESSAGE_LENGTH = 1_000;
/** How long a job may take to heed its signal, before the task is taken from it. */
const GRACE_MS = 10_000;
const UNEXPECTED = 'it failed for a reason that is not its own; the log of the program has more';
/** When a job does not tell. */
const PAUSE_MS = 60_000;

/** Starts the task at once. */
export function startTask(
  task: ClaimedTask,
  job: Job,
  programLog: Log,
  graceMs = GRACE_MS,
): TaskRun {
  const controller = new AbortController();
  const log = createTaskLog(task.logBytes);
  const progress = createTaskProgress();
  let reason: AbortReason | undefined;
  const abort = (why: AbortReason) => {
    reason ??= why;
    controller.abort();
  };
  const timer = setTimeout(() => abort('timeout'), job.timeoutMs);
  const attempt = settleWithin(graceMs, controller.signal, () =>
    job.run(task.payload, {
      signal: controller.signal,
      taskId: task.id,
      executionId: task.executionId,
      vendorId: task.vendorId,
      attempt: task.runCount - 1,
      log: (line) => log.append(line),
      checkIn: (told) => progress.note(told),
    }),
  );
  const conclude = (result: Result): EndedTask | undefined => {
    clearTimeout(timer);
    if (reason === 'lost') return undefined;
    const error = result.failed && reason === 'timeout' ? timedOut(job) : result.error;
    if (result.failed && reason === undefined) report(error, task, programLog);
    const { outcome, askedMs } = judge(result.failed, error, reason, job, task);
    if (outcome.kind === 'retried' || outcome.kind === 'failed') log.append(outcome.message);
    const pauseMs = (failures: number) =>
      askedMs ?? job.retryDelay(failures) ?? job.retryDelay(task.runCount) ?? PAUSE_MS;
    return { task, outcome, log: log.take(), progress: progress.take(), pauseMs };
  };
  return { task, log, progress, abort, ended: attempt.then(conclude) };
}

interface Result {
  readonly failed: boolean;
  readonly error?: unknown;
}

/** What came of `work`; a failure when it goes on for `graceMs` after the signal. */
function settleWithin(
  graceMs: number,
  signal: AbortSignal,
  work: () => Promise<void>,
): Promise<Result> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => {
      const timer = setTimeout(() => resolve({ failed: true }), graceMs);
      timer.unref();
    });
    // In a turn of its own, so that a job that throws at once is like any other.
    Promise.resolve()
      .then(work)
      .then(
        () => resolve({ failed: false }),
        (error: unknown) => resolve({ failed: true, error }),
      );
  });
}

function timedOut({ timeoutMs }: Job): JobRetry {
  return new JobRetry(`it took longer than ${timeoutMs / 1_000} s`);
}

function report(error: unknown, { id, vendorType }: ClaimedTask, log: Log): void {
  if (isForUsers(error)) return;
  log.error({ err: error, task: id, vendorType }, 'a job failed unexpectedly');
}

function isForUsers(error: unknown): error is Error {
  return error instanceof JobFailed || error instanceof JobRetry || error instanceof AppError;
}

function judge(
  failed: boolean,
  error: unknown,
  reason: AbortReason | undefined,
  job: Job,
  task: ClaimedTask,
): { outcome: Outcome; askedMs?: number | undefined } {
  if (!failed) return { outcome: { kind: 'succeeded' } };
  if (reason === 'stopped' || reason === 'released') return { outcome: { kind: reason } };
  const message = isForUsers(error) ? cleanLine(error.message, MAX_MESSAGE_LENGTH) : UNEXPECTED;
  if (error instanceof JobFailed) return { outcome: { kind: 'failed', message, isOutage: false } };
  const delayMs = job.retryDelay(task.runCount);
  if (delayMs === undefined) return { outcome: { kind: 'failed', message, isOutage: true } };
  const askedMs = error instanceof JobRetry ? error.delayMs : undefined;
  return { outcome: { kind: 'retried', message, delayMs: askedMs ?? delayMs }, askedMs };
}
