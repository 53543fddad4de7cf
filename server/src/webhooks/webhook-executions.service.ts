import type {
  Execution,
  ExecutionScope,
  Executions,
  Listing,
  NewExecution,
  Task,
} from '../jobs/index.ts';
import { AppError } from '../lib/index.ts';
import {
  deliveryExecution,
  deliveryVendors,
  parseExecutionAttributes,
  parseTaskAttributes,
  vendorOf,
} from './delivery.ts';
import type { WebhookPolicy } from './webhook-policy.ts';

/** What the jobs know of executions. All is looked up within a scope. */
export type ExecutionsPort = Pick<
  Executions,
  'listExecutions' | 'getExecution' | 'listTasks' | 'getTask' | 'getTaskLog'
>;

export interface WebhookExecutionsPorts {
  readonly executions: ExecutionsPort;
  /** Starts the executions; gives their ids, in order. */
  enqueue(executions: readonly NewExecution[]): Promise<number[]>;
  /** @throws AppError not-found */
  getPolicy(projectId: number, id: number): Promise<WebhookPolicy>;
  /** Milliseconds since the epoch; the system's clock unless told. */
  readonly now?: () => number;
}

/** A policy as a path names it; one of another project is not found. */
export interface PolicyKey {
  readonly projectId: number;
  readonly policyId: number;
}

/** What was sent, or is still to be sent, for a webhook policy. All throw AppError not-found. */
export interface WebhookExecutionsService {
  listExecutions(
    policy: PolicyKey,
    listing: Listing,
  ): Promise<{ executions: Execution[]; total: number }>;
  listTasks(
    policy: PolicyKey,
    executionId: number,
    listing: Listing,
  ): Promise<{ tasks: Task[]; total: number }>;
  getTaskLog(policy: PolicyKey, executionId: number, taskId: number): Promise<string>;
  /**
   * Sends once more what an execution sent, as a new one; gives its id.
   *
   * @throws AppError precondition when the policy is disabled or no longer has the target
   */
  replay(policy: PolicyKey, executionId: number): Promise<number>;
}

export function createWebhookExecutionsService(
  ports: WebhookExecutionsPorts,
): WebhookExecutionsService {
  return new WebhookExecutions(ports);
}

class WebhookExecutions implements WebhookExecutionsService {
  readonly #ports: WebhookExecutionsPorts;

  constructor(ports: WebhookExecutionsPorts) {
    this.#ports = ports;
  }

  async listExecutions(policy: PolicyKey, listing: Listing) {
    const scope = scopeOf(await this.#getPolicy(policy));
    return this.#ports.executions.listExecutions(scope, listing);
  }

  async listTasks(policy: PolicyKey, executionId: number, listing: Listing) {
    const scope = scopeOf(await this.#getPolicy(policy));
    return this.#ports.executions.listTasks(scope, executionId, listing);
  }

  async getTaskLog(policy: PolicyKey, executionId: number, taskId: number): Promise<string> {
    const scope = scopeOf(await this.#getPolicy(policy));
    const task = await this.#ports.executions.getTask(scope, taskId);
    if (task.executionId !== executionId) {
      throw new AppError('not-found', `task ${taskId} not found in execution ${executionId}`);
    }
    return this.#ports.executions.getTaskLog(scope, taskId);
  }

  async replay(key: PolicyKey, executionId: number): Promise<number> {
    const policy = await this.#getPolicy(key);
    if (!policy.isEnabled) throw new AppError('precondition', 'the webhook policy is disabled');
    const sent = await this.#getSent(policy, executionId);
    const target = policy.targets.find(({ id }) => id === sent.target_id);
    if (target === undefined) {
      throw new AppError('precondition', 'the target of this execution was deleted');
    }
    const [id] = await this.#ports.enqueue([
      deliveryExecution({
        policyId: policy.id,
        vendorType: vendorOf(target.type),
        trigger: 'MANUAL',
        repository: sent.repository,
        delivery: {
          targetId: target.id,
          eventType: sent.event_type,
          contentType: sent.content_type,
          body: sent.payload,
          since: (this.#ports.now ?? Date.now)(),
        },
      }),
    ]);
    if (id === undefined) throw new Error('the queue gave no id');
    return id;
  }

  async #getSent(policy: WebhookPolicy, executionId: number) {
    const { executions } = this.#ports;
    const scope = scopeOf(policy);
    const execution = await executions.getExecution(scope, executionId);
    const { tasks } = await executions.listTasks(scope, executionId, { offset: 0, limit: 1 });
    const message = parseExecutionAttributes(execution.extraAttrs);
    const attributes = parseTaskAttributes(tasks[0]?.extraAttrs);
    if (message === undefined || attributes === undefined) {
      throw new AppError('precondition', 'what this execution sent is not known any more');
    }
    return { ...message, ...attributes };
  }

  #getPolicy({ projectId, policyId }: PolicyKey): Promise<WebhookPolicy> {
    return this.#ports.getPolicy(projectId, policyId);
  }
}

function scopeOf({ id }: WebhookPolicy): ExecutionScope {
  return { vendorTypes: deliveryVendors, vendorId: id };
}
