import type { DatabaseTransaction } from '../db/index.ts';
import type { JobQueue, JobTrigger, NewExecution } from '../jobs/index.ts';
import type { ScheduledWork } from '../schedules/index.ts';
import type { CandidateRepository } from './candidates.repository.ts';
import {
  executionAttributes,
  RETENTION_OPERATOR,
  type RunOrder,
  retentionTask,
} from './retention-order.ts';
import { closeEmptyExecution } from './retention-plan.repository.ts';
import type { RetentionPolicyRepository } from './retention-policy.repository.ts';
import { compileScopes, type RetentionPolicy } from './retention-policy.ts';

export const RETENTION = 'RETENTION';

export interface RetentionRunsPorts {
  readonly policies: Pick<RetentionPolicyRepository, 'find'>;
  readonly candidates: Pick<CandidateRepository, 'listRepositories'>;
  readonly jobs: JobQueue;
  /** Milliseconds since the epoch; the system's clock unless told. */
  readonly now?: () => number;
}

/** Begins executions: one task for each repository that a rule is for. */
export interface RetentionRuns {
  /** Gives the execution's id; undefined when the policy is gone. */
  start(
    tx: DatabaseTransaction,
    policyId: number,
    trigger: JobTrigger,
    order: RunOrder,
  ): Promise<number | undefined>;
  /** For the scheduler. */
  readonly scheduled: ScheduledWork;
}

const NOTHING = 'no resources for retention';

export function createRetentionRuns(ports: RetentionRunsPorts): RetentionRuns {
  const { policies, candidates, jobs } = ports;

  async function plan(
    tx: DatabaseTransaction,
    policy: RetentionPolicy,
    trigger: JobTrigger,
    order: RunOrder,
  ): Promise<NewExecution> {
    const rulesFor = compileScopes(policy.rules);
    const at = (ports.now ?? Date.now)();
    const repositories = await candidates.listRepositories(tx, policy.projectId);
    return {
      vendorType: RETENTION,
      vendorId: policy.id,
      trigger,
      extraAttrs: executionAttributes(order),
      tasks: repositories
        .filter(({ path }) => rulesFor(path).length > 0)
        .map((place) => retentionTask(policy, place, order, at)),
    };
  }

  async function enqueue(tx: DatabaseTransaction, execution: NewExecution): Promise<number> {
    const [id] = await jobs.enqueue(tx, [execution]);
    if (id === undefined) throw new Error('the queue gave no id');
    if (execution.tasks.length === 0) await closeEmptyExecution(tx, id, NOTHING);
    return id;
  }

  return {
    async start(tx, policyId, trigger, order) {
      const policy = await policies.find(policyId, tx);
      if (policy === undefined) return undefined;
      return enqueue(tx, await plan(tx, policy, trigger, order));
    },
    scheduled: {
      vendorType: RETENTION,
      async plan(tx, { vendorId }) {
        const policy = await policies.find(vendorId, tx);
        if (policy === undefined) return undefined;
        const order = { isDryRun: false, operator: RETENTION_OPERATOR, requestId: '' };
        const execution = await plan(tx, policy, 'SCHEDULE', order);
        if (execution.tasks.length > 0) return execution;
        // Nobody else would close it.
        await enqueue(tx, execution);
        return undefined;
      },
    },
  };
}
