import type { Answer } from '../../lib/api.ts';

export type JobQueue = Answer<'listJobQueues'>[number];

/** The queue whose pause stands for all schedules. */
export const SCHEDULER = 'SCHEDULER';

/** Seconds that a job may wait before somebody should look. */
export const LATE_SECONDS = 300;

export interface QueueSummary {
  readonly pending: number;
  /** The three queues with most, and what all others have. */
  readonly top: readonly JobQueue[];
  readonly others: number;
  readonly paused: number;
  readonly areSchedulesPaused: boolean;
}

export function summarizeQueues(queues: readonly JobQueue[]): QueueSummary {
  const jobs = jobQueues(queues);
  const pending = sum(jobs);
  const top = jobs
    .filter(({ count }) => count > 0)
    .toSorted((a, b) => b.count - a.count)
    .slice(0, 3);
  return {
    pending,
    top,
    others: pending - sum(top),
    paused: jobs.filter(({ paused }) => paused).length,
    areSchedulesPaused: queues.some(({ job_type, paused }) => job_type === SCHEDULER && paused),
  };
}

/** Those that jobs wait in. */
export function jobQueues(queues: readonly JobQueue[]): readonly JobQueue[] {
  return queues.filter(({ job_type }) => job_type !== SCHEDULER);
}

function sum(queues: readonly JobQueue[]): number {
  return queues.reduce((total, { count }) => total + count, 0);
}
