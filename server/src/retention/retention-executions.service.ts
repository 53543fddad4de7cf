import { type Principal, usernameOf } from '../access/index.ts';
import type { Execution, ExecutionScope, Executions, Task } from '../jobs/index.ts';
import { AppError } from '../lib/index.ts';
import type { RetentionPolicyRepository } from './retention-policy.repository.ts';
import {
  getAuthorized,
  type OwnedPolicy,
  policyNotFound,
  type RetentionRightsPorts,
} from './retention-rights.ts';
import { RETENTION, type RetentionRuns } from './retention-runs.ts';

interface Page {
  readonly offset: number;
  readonly limit: number;
}

/**
 * What policies did. Rights are looked at as for the policies; executions and tasks of other
 * policies are not found.
 */
export interface RetentionExecutionsService {
  /** Gives the execution's id. @throws AppError not-found */
  startExecution(
    principal: Principal,
    policyId: number,
    order: { readonly isDryRun: boolean; readonly requestId: string },
  ): Promise<OwnedPolicy & { readonly executionId: number }>;
  /** @throws AppError not-found */
  stopExecution(principal: Principal, policyId: number, id: number): Promise<OwnedPolicy>;
  /** Newest first. @throws AppError not-found */
  listExecutions(
    principal: Principal,
    policyId: number,
    page: Page,
  ): Promise<{ executions: Execution[]; total: number }>;
  /** @throws AppError not-found */
  listTasks(
    principal: Principal,
    policyId: number,
    executionId: number,
    page: Page,
  ): Promise<{ tasks: Task[]; total: number }>;
  /** @throws AppError not-found */
  getTaskLog(
    principal: Principal,
    policyId: number,
    executionId: number,
    taskId: number,
  ): Promise<string>;
}

export interface RetentionExecutionsPorts extends RetentionRightsPorts {
  readonly policies: RetentionPolicyRepository;
  readonly executions: Pick<
    Executions,
    'listExecutions' | 'listTasks' | 'getTask' | 'getTaskLog' | 'stopExecution'
  >;
  readonly runs: RetentionRuns;
  /** Called after tasks were enqueued. */
  wake(): void;
}

export function createRetentionExecutionsService(
  ports: RetentionExecutionsPorts,
): RetentionExecutionsService {
  const { executions, policies, runs } = ports;

  return {
    async startExecution(principal, policyId, { isDryRun, requestId }) {
      const owned = await getAuthorized(ports, principal, policyId, 'update');
      const order = { isDryRun, requestId, operator: usernameOf(principal) };
      const executionId = await policies.transact((tx) =>
        runs.start(tx, policyId, 'MANUAL', order),
      );
      if (executionId === undefined) throw policyNotFound(policyId);
      ports.wake();
      return { ...owned, executionId };
    },
    async stopExecution(principal, policyId, id) {
      const owned = await getAuthorized(ports, principal, policyId, 'update');
      await executions.stopExecution(scopeOf(policyId), id);
      return owned;
    },
    async listExecutions(principal, policyId, page) {
      await getAuthorized(ports, principal, policyId, 'list');
      return executions.listExecutions(scopeOf(policyId), page);
    },
    async listTasks(principal, policyId, executionId, page) {
      await getAuthorized(ports, principal, policyId, 'list');
      return executions.listTasks(scopeOf(policyId), executionId, page);
    },
    async getTaskLog(principal, policyId, executionId, taskId) {
      await getAuthorized(ports, principal, policyId, 'read');
      const task = await executions.getTask(scopeOf(policyId), taskId);
      if (task.executionId !== executionId) {
        throw new AppError('not-found', `task ${taskId} not found in execution ${executionId}`);
      }
      return executions.getTaskLog(scopeOf(policyId), taskId);
    },
  };
}

function scopeOf(policyId: number): ExecutionScope {
  return { vendorTypes: [RETENTION], vendorId: policyId };
}
