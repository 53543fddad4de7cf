import type { ApiRoute } from '../api/index.ts';
import { type Database, transact } from '../db/index.ts';
import type { Executions, Job, JobQueue, NewExecution, VendorType } from '../jobs/index.ts';
import type { ScheduledWork, Schedules } from '../schedules/index.ts';
import type { Log } from '../telemetry/index.ts';
import { type Cleanup, createCleanupJob } from './cleanup.job.ts';
import { createExecutionSweepJob } from './execution-sweep.job.ts';
import { deleteFailedEvents } from './failed-event.repository.ts';
import { createSystemJobService } from './system-job.service.ts';
import type { Parameters, SystemJob } from './system-job.ts';
import type { Estimate } from './system-jobs.presenter.ts';
import { auditPurgeRoutes, garbageCollectionRoutes } from './system-jobs.routes.ts';
import { ensureSystemSchedules, sweepWork } from './system-schedules.ts';

export interface SystemJobsPorts<G extends Parameters, P extends Parameters> {
  readonly db: Database;
  readonly log: Log;
  readonly jobs: JobQueue;
  readonly executions: Executions;
  readonly schedules: Schedules;
  /** Called after something was enqueued, to wake the workers. */
  wake(): void;
  readonly gc: Pick<SystemJob<G>, 'parameters' | 'plan'> & {
    estimate(): Promise<Estimate>;
  };
  readonly auditPurge: Pick<SystemJob<P>, 'parameters' | 'plan'>;
  /** How many executions of a kind stay for each vendor id. */
  keep(vendorType: VendorType): number;
  /** What piles up elsewhere. */
  readonly cleanups: readonly Cleanup[];
}

/** Garbage collection and purge as the API has them, and the sweeps that run every day. */
export interface SystemJobs {
  readonly routes: readonly ApiRoute[];
  /** Of the sweeps; those of garbage collection and purge are with what they do. */
  readonly jobs: readonly Job[];
  readonly scheduledWork: readonly ScheduledWork[];
  /** To be called at the start. Leaves schedules as they are that somebody has set. */
  ensureSchedules(): Promise<void>;
}

const FAILED_EVENT_DAYS = 30;

export function createSystemJobs<G extends Parameters, P extends Parameters>(
  ports: SystemJobsPorts<G, P>,
): SystemJobs {
  const { db, log, schedules, executions, gc } = ports;
  const common = {
    executions,
    schedules,
    async enqueue(execution: NewExecution) {
      const [id = 0] = await transact(db, (tx) => ports.jobs.enqueue(tx, [execution]));
      ports.wake();
      return id;
    },
  };
  const collections = createSystemJobService(
    { vendorType: 'GARBAGE_COLLECTION', parameters: gc.parameters, plan: gc.plan },
    common,
  );
  const purges = createSystemJobService(
    { vendorType: 'PURGE_AUDIT_LOG', ...ports.auditPurge },
    common,
  );
  const failedEvents: Cleanup = {
    name: 'old failed events',
    run: (signal) => deleteFailedEvents(db, FAILED_EVENT_DAYS, signal),
  };
  return {
    routes: [
      ...garbageCollectionRoutes(collections, () => gc.estimate()),
      ...auditPurgeRoutes(purges),
    ],
    jobs: [
      createExecutionSweepJob(executions, (vendorType) => ports.keep(vendorType)),
      createCleanupJob([...ports.cleanups, failedEvents], log),
    ],
    scheduledWork: [collections.scheduledWork, purges.scheduledWork, ...sweepWork],
    ensureSchedules: () => ensureSystemSchedules(schedules),
  };
}
