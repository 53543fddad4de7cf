import { type JobRecord, vendorTypes, type WorkerPool } from '../jobs/index.ts';
import { type LaunchedJob, NOTE, periodicId } from './launch.service.ts';

/** Harbor's job.Stats. */
export function presentJob(launched: LaunchedJob): object {
  return { job: 'schedule' in launched ? presentPeriodic(launched) : presentTask(launched) };
}

function presentPeriodic({ schedule, note }: Extract<LaunchedJob, { schedule: unknown }>): object {
  const id = periodicId(schedule);
  return {
    id,
    status: 'Scheduled',
    name: note.name,
    kind: 'Periodic',
    unique: note.unique,
    ref_link: `/api/v1/jobs/${id}`,
    cron_spec: schedule.cron,
    enqueue_time: seconds(schedule.createdAt),
    update_time: seconds(schedule.updatedAt),
    run_at: seconds(schedule.nextAt),
    numeric_policy_id: schedule.vendorId,
    parameters: note.parameters,
  };
}

function presentTask({ job, note }: Extract<LaunchedJob, { job: unknown }>): object {
  const waits = job.status === 'Pending' && job.runAt > new Date();
  return {
    id: job.id,
    status: waits ? 'Scheduled' : job.status,
    name: note?.name ?? job.vendorType,
    // What a periodic job makes runs once.
    kind: note === undefined || note.upstream !== undefined ? 'Generic' : note.kind,
    unique: note?.unique ?? false,
    ref_link: `/api/v1/jobs/${job.id}`,
    enqueue_time: seconds(job.createdAt),
    update_time: seconds(job.updatedAt),
    run_at: seconds(job.runAt),
    ...(job.checkedInAt !== undefined && {
      check_in: JSON.stringify(progressOf(job)),
      check_in_at: seconds(job.checkedInAt),
    }),
    ...(note !== undefined && { parameters: note.parameters }),
    ...(note?.upstream !== undefined && { upstream_job_id: note.upstream }),
  };
}

/** What the job told of itself, of the task or of the whole. */
function progressOf({ executionAttrs, extraAttrs }: JobRecord): object {
  const { [NOTE]: _note, ...told } = executionAttrs;
  return { ...told, ...extraAttrs };
}

/** Harbor's worker.Stats: pools that gave no sign of life are not listed. */
export function presentPools(pools: readonly WorkerPool[]): object {
  return {
    worker_pools: pools.map((pool) => ({
      worker_pool_id: pool.id,
      started_at: seconds(pool.startedAt),
      heartbeat_at: seconds(pool.heartbeatAt),
      job_names: vendorTypes,
      concurrency: pool.concurrency,
      status: 'Healthy',
    })),
  };
}

/** Since 1970. */
function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1_000);
}
