import { z } from 'zod';
import type { ErrorFormat } from '../api/index.ts';
import { line, wholeParam } from '../api/index.ts';
import type { AppError, AppErrorKind } from '../lib/index.ts';

/** Numbers of Harbor's job service (`src/jobservice/errs`) that callers may look at. */
const codes: Partial<Record<AppErrorKind, number>> = {
  'not-found': 10_010,
  unauthenticated: 10_011,
  denied: 10_011,
  conflict: 10_012,
};
const BAD_REQUEST = 10_013;

/** Refusals as Harbor's job service words them. */
export const launchErrors: ErrorFormat = {
  model: z.object({ code: z.int(), message: z.string(), details: z.string() }),
  present: ({ kind, message }: AppError) => ({
    code: codes[kind] ?? BAD_REQUEST,
    message: kind,
    details: message,
  }),
};

const MAX_DELAY_SECONDS = 10 * 365 * 86_400;
export const jobKind = z.enum(['Generic', 'Scheduled', 'Periodic']);
const parameters = z.record(z.string(), z.unknown());

/** Harbor's job.Request. */
export const launchRequest = z.strictObject({
  job: z.strictObject({
    name: line(64),
    parameters: parameters.nullish(),
    metadata: z.strictObject({
      kind: jobKind,
      /** Seconds. */
      schedule_delay: z.int().min(0).max(MAX_DELAY_SECONDS).optional(),
      cron_spec: line(255).optional(),
      unique: z.boolean().optional(),
    }),
    status_hook: line(2_048).optional(),
  }),
});

/** Harbor's job.ActionRequest. */
export const launchAction = z.strictObject({ action: line(64) });

export const launchedParams = z.object({ id: line(64) });

/** Harbor's query.Parameter, without cursors. */
export const launchedQuery = z.object({
  page_number: wholeParam(0, 1_000_000_000).default(1),
  page_size: wholeParam(0, 100).default(25),
});

export const launchedListQuery = launchedQuery.extend({ kind: jobKind.default('Periodic') });

/** Harbor's job.Stats; times in seconds since 1970. */
export const statsModel = z.object({
  job: z.object({
    id: z.string(),
    status: z.enum(['Pending', 'Scheduled', 'Running', 'Stopped', 'Error', 'Success']),
    name: z.string(),
    kind: jobKind,
    unique: z.boolean(),
    ref_link: z.string(),
    cron_spec: z.string().optional(),
    enqueue_time: z.int(),
    update_time: z.int(),
    run_at: z.int(),
    check_in: z.string().optional(),
    check_in_at: z.int().optional(),
    upstream_job_id: z.string().optional(),
    numeric_policy_id: z.int().optional(),
    parameters: parameters.optional(),
  }),
});

/** Harbor's worker.Stats; times in seconds since 1970. */
export const poolStatsModel = z.object({
  worker_pools: z.array(
    z.object({
      worker_pool_id: z.string(),
      started_at: z.int(),
      heartbeat_at: z.int(),
      job_names: z.string().array(),
      concurrency: z.int(),
      status: z.string(),
    }),
  ),
});
