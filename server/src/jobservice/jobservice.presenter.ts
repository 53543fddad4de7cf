import type { JobQueueState, Worker, WorkerPool } from '../jobs/index.ts';
import type { Schedule } from '../schedules/index.ts';

/** Harbor's WorkerPool. */
export function presentPool(pool: WorkerPool): object {
  return {
    worker_pool_id: pool.id,
    host: pool.host,
    pid: pool.pid,
    concurrency: pool.concurrency,
    start_at: pool.startedAt.toISOString(),
    heartbeat_at: pool.heartbeatAt.toISOString(),
  };
}

/** Harbor's Worker. */
export function presentWorker({ id, poolId, job }: Worker): object {
  if (job === undefined) return { id, pool_id: poolId };
  return {
    id,
    pool_id: poolId,
    job_name: job.vendorType,
    job_id: job.id,
    start_at: job.startedAt.toISOString(),
    ...(job.checkedInAt !== undefined && { checkin_at: job.checkedInAt.toISOString() }),
  };
}

/** Harbor's JobQueue. */
export function presentQueue(queue: JobQueueState): object {
  return {
    job_type: queue.vendorType,
    count: queue.count,
    latency: queue.latencySeconds,
    paused: queue.isPaused,
  };
}

/** Harbor's ScheduleTask. */
export function presentSchedule(schedule: Schedule): object {
  return {
    id: schedule.id,
    vendor_type: schedule.vendorType,
    vendor_id: schedule.vendorId,
    cron: schedule.cron,
    update_time: schedule.updatedAt.toISOString(),
  };
}
