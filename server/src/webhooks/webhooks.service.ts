import { AppError, followUp } from '../lib/index.ts';
import type { SecretBox } from '../secrets/index.ts';
import { checkPolicy, type ParseUrl, type PolicyOrder } from './policy-rules.ts';
import { sealTargets } from './target-secrets.ts';
import type {
  LastTrigger,
  PolicyFilter,
  PolicyPage,
  WebhookRepository,
} from './webhook.repository.ts';
import type { WebhookPolicy } from './webhook-policy.ts';

export interface WebhooksPorts {
  readonly repository: Omit<WebhookRepository, 'findDelivery' | 'listProjectsWanting'>;
  readonly secrets: Pick<SecretBox, 'seal'>;
  /** Refuses URLs that may never be called. @throws AppError invalid */
  readonly parseUrl: ParseUrl;
  /** Told when policies of a project may have changed. */
  announce(projectId: number): Promise<void>;
}

/** Webhook policies; each belongs to one project, and in another one it is not found. */
export interface WebhooksService {
  listPolicies(
    projectId: number,
    filter: PolicyFilter,
    page: PolicyPage,
  ): Promise<{ policies: WebhookPolicy[]; total: number }>;
  /** @throws AppError not-found */
  getPolicy(projectId: number, id: number): Promise<WebhookPolicy>;
  /** Gives the id. @throws AppError invalid, conflict, not-found */
  createPolicy(projectId: number, order: PolicyOrder, creator: string): Promise<number>;
  /** Replaces it as a whole. @throws AppError invalid, conflict, not-found */
  updatePolicy(projectId: number, id: number, order: PolicyOrder): Promise<void>;
  /** Gives its name. @throws AppError not-found */
  deletePolicy(projectId: number, id: number): Promise<string>;
  listLastTriggers(projectId: number): Promise<LastTrigger[]>;
}

export function createWebhooksService(ports: WebhooksPorts): WebhooksService {
  return new Webhooks(ports);
}

class Webhooks implements WebhooksService {
  readonly #ports: WebhooksPorts;

  constructor(ports: WebhooksPorts) {
    this.#ports = ports;
  }

  listPolicies(projectId: number, filter: PolicyFilter, page: PolicyPage) {
    return this.#ports.repository.list(projectId, filter, page);
  }

  async getPolicy(projectId: number, id: number): Promise<WebhookPolicy> {
    const policy = await this.#ports.repository.find(projectId, id);
    if (policy === undefined) throw policyNotFound(id);
    return policy;
  }

  async createPolicy(projectId: number, order: PolicyOrder, creator: string): Promise<number> {
    const { repository, secrets, parseUrl } = this.#ports;
    const { content, targets } = checkPolicy(order, parseUrl);
    const policy = { content, creator, targets: sealTargets(secrets, targets, []) };
    const outcome = await this.#change(projectId, () => repository.create(projectId, policy));
    if (outcome === 'taken') throw nameTaken(content.name);
    if (outcome === 'absent') throw new AppError('not-found', `project ${projectId} not found`);
    return outcome;
  }

  async updatePolicy(projectId: number, id: number, order: PolicyOrder): Promise<void> {
    const { repository, secrets, parseUrl } = this.#ports;
    // Whether it is there comes before whether the order is well: as Harbor has it.
    await this.getPolicy(projectId, id);
    const { content, targets } = checkPolicy(order, parseUrl);
    const outcome = await this.#change(projectId, () =>
      repository.update(projectId, id, content, (stored) => sealTargets(secrets, targets, stored)),
    );
    if (outcome === 'taken') throw nameTaken(content.name);
    if (outcome === 'absent') throw policyNotFound(id);
  }

  async deletePolicy(projectId: number, id: number): Promise<string> {
    const name = await this.#change(projectId, () => this.#ports.repository.delete(projectId, id));
    if (name === undefined) throw policyNotFound(id);
    return name;
  }

  listLastTriggers(projectId: number): Promise<LastTrigger[]> {
    return this.#ports.repository.listLastTriggers(projectId);
  }

  #change<T>(projectId: number, work: () => Promise<T>): Promise<T> {
    return followUp(work, () => this.#ports.announce(projectId));
  }
}

function policyNotFound(id: number): AppError {
  return new AppError('not-found', `webhook policy ${id} not found`);
}

function nameTaken(name: string): AppError {
  return new AppError('conflict', `the project has a webhook policy named ${name} already`);
}
