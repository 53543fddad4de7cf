import type { ProjectAccess, ProjectDirectory } from '../access/index.ts';
import type { ApiRoute } from '../api/index.ts';
import type { ImmutableAmong, RemovalService } from '../artifacts/index.ts';
import { type Database, transact } from '../db/index.ts';
import type { Outbox } from '../events/index.ts';
import type { Executions, Job, JobQueue } from '../jobs/index.ts';
import type { ScheduledWork, Schedules } from '../schedules/index.ts';
import { createCandidateRepository } from './candidates.repository.ts';
import { createRetentionJob } from './retention.job.ts';
import { retentionRoutes } from './retention.routes.ts';
import { createRetentionExecutionsService } from './retention-executions.service.ts';
import { createRetentionPoliciesService } from './retention-policies.service.ts';
import { createRetentionPolicyRepository } from './retention-policy.repository.ts';
import { createRetentionRuns } from './retention-runs.ts';

export interface RetentionModulePorts {
  readonly db: Database;
  readonly projects: Pick<ProjectDirectory, 'findPolicyById'>;
  readonly access: Pick<ProjectAccess, 'can'>;
  readonly schedules: Schedules;
  readonly executions: Pick<
    Executions,
    'listExecutions' | 'listTasks' | 'getTask' | 'getTaskLog' | 'stopExecution'
  >;
  readonly jobs: JobQueue;
  readonly outbox: Outbox;
  readonly removal: Pick<RemovalService, 'deleteArtifact' | 'deleteTag'>;
  /** Takes whole names of repositories. */
  readonly immutableAmong: ImmutableAmong;
  /** Called when tasks were enqueued, or events published. */
  readonly wake: { jobs(): void; events(): void };
  /** Makes every replica forget what it knows of a project, its metadata included. */
  announce(projectName: string): Promise<void>;
}

export interface Retention {
  readonly routes: readonly ApiRoute[];
  /** For the worker. */
  readonly job: Job;
  /** For the scheduler. */
  readonly scheduled: ScheduledWork;
}

/** All of this module, on one database. */
export function createRetention(ports: RetentionModulePorts): Retention {
  const { db, wake } = ports;
  const policies = createRetentionPolicyRepository(db);
  const candidates = createCandidateRepository(db);
  const runs = createRetentionRuns({ policies, candidates, jobs: ports.jobs });
  const common = { ...ports, policies, candidates, runs };
  return {
    routes: retentionRoutes({
      policies: createRetentionPoliciesService(common),
      executions: createRetentionExecutionsService({ ...common, wake: () => wake.jobs() }),
    }),
    job: createRetentionJob({
      ...common,
      async publish(event) {
        await transact(db, (tx) => ports.outbox.publish(tx, [event]));
        wake.events();
      },
    }),
    scheduled: runs.scheduled,
  };
}
