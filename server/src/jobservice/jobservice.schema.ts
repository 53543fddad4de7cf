import { z } from 'zod';
import { line, timestamp } from '../api/index.ts';

/** `all`, or the id of a pool. */
export const poolParams = z.object({ pool_id: line(64) });
/** The id of a job; for stopping also `all`. */
export const jobParams = z.object({ job_id: line(64) });
/** A kind of work in whatever case, or `all`. */
export const queueParams = z.object({ job_type: line(64) });

/** Harbor's ActionRequest; the service says which actions there are. */
export const actionRequest = z.strictObject({ action: line(64).optional() });

/** Harbor's WorkerPool. */
export const workerPoolModel = z.object({
  worker_pool_id: z.string(),
  host: z.string(),
  pid: z.int(),
  concurrency: z.int(),
  start_at: timestamp,
  heartbeat_at: timestamp,
});

/** Harbor's Worker; idle ones have ids only. */
export const workerModel = z.object({
  id: z.string(),
  pool_id: z.string(),
  job_name: z.string().optional(),
  job_id: z.string().optional(),
  start_at: timestamp.optional(),
  checkin_at: timestamp.optional(),
});

/** Harbor's JobQueue; the latency in seconds. */
export const jobQueueModel = z.object({
  job_type: z.string(),
  count: z.int(),
  latency: z.int(),
  paused: z.boolean(),
});

/** Harbor's ScheduleTask. */
export const scheduleModel = z.object({
  id: z.int(),
  vendor_type: z.string(),
  vendor_id: z.int(),
  cron: z.string(),
  update_time: timestamp,
});

/** Harbor's SchedulerStatus. */
export const schedulerStatusModel = z.object({ paused: z.boolean() });
