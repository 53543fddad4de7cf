import type { Principal } from '../access/index.ts';
import type { DatabaseTransaction } from '../db/index.ts';
import { AppError, followUp } from '../lib/index.ts';
import type { Schedules } from '../schedules/index.ts';
import type { RetentionPolicyRepository } from './retention-policy.repository.ts';
import { checkRules, type RetentionPolicy, type RetentionPolicyDraft } from './retention-policy.ts';
import {
  authorizeProject,
  getAuthorized,
  type OwnedPolicy,
  policyNotFound,
  type RetentionRightsPorts,
} from './retention-rights.ts';
import { RETENTION } from './retention-runs.ts';

/** What callers write: the policy, and when it runs; without a cron expression not by itself. */
export interface RetentionPolicyText extends RetentionPolicyDraft {
  readonly cron: string;
}

/** A policy as callers read it. */
export interface RetentionPolicyView extends RetentionPolicy {
  readonly cron: string;
  /** When it runs next by itself. */
  readonly nextAt: Date | undefined;
}

/**
 * The policies of projects. Each needs the right `tag-retention` in the project; without, all
 * methods throw AppError unauthenticated or denied, whether there is such a policy or not.
 */
export interface RetentionPoliciesService {
  /** @throws AppError not-found */
  getPolicy(principal: Principal, id: number): Promise<RetentionPolicyView>;
  /**
   * Gives its id.
   *
   * @throws AppError invalid: rules, cron, no such project, or one that has a policy; conflict: the
   *   same rule twice
   */
  createPolicy(principal: Principal, projectId: number, text: RetentionPolicyText): Promise<number>;
  /**
   * @param projectId what the caller takes for its project
   * @throws AppError not-found (also when it is of another project), invalid, conflict
   */
  updatePolicy(
    principal: Principal,
    id: number,
    projectId: number | undefined,
    text: RetentionPolicyText,
  ): Promise<OwnedPolicy>;
  /**
   * With its schedule and its executions.
   *
   * @throws AppError invalid: there is none (Harbor's status)
   */
  deletePolicy(principal: Principal, id: number): Promise<OwnedPolicy>;
}

export interface RetentionPoliciesPorts extends RetentionRightsPorts {
  readonly policies: RetentionPolicyRepository;
  readonly schedules: Schedules;
  /** Makes every replica forget what it knows of a project, its metadata included. */
  announce(projectName: string): Promise<void>;
}

export function createRetentionPoliciesService(
  ports: RetentionPoliciesPorts,
): RetentionPoliciesService {
  return new RetentionPolicies(ports);
}

class RetentionPolicies implements RetentionPoliciesService {
  readonly #ports: RetentionPoliciesPorts;

  constructor(ports: RetentionPoliciesPorts) {
    this.#ports = ports;
  }

  async getPolicy(principal: Principal, id: number): Promise<RetentionPolicyView> {
    const { policy } = await getAuthorized(this.#ports, principal, id, 'read');
    const schedule = await this.#ports.schedules.find(RETENTION, id);
    return { ...policy, cron: schedule?.cron ?? '', nextAt: schedule?.nextAt };
  }

  async createPolicy(
    principal: Principal,
    projectId: number,
    text: RetentionPolicyText,
  ): Promise<number> {
    const project = await authorizeProject(this.#ports, principal, projectId, 'create');
    checkRules(text.rules);
    const { policies } = this.#ports;
    return followUp(
      () =>
        policies.transact(async (tx) => {
          const outcome = await policies.create(tx, projectId, text);
          if (outcome === 'no-project') {
            throw new AppError('invalid', `invalid Project id ${projectId}`);
          }
          if ('takenBy' in outcome) {
            const words = `project ${projectId} already has retention policy ${outcome.takenBy}`;
            throw new AppError('invalid', words);
          }
          await this.#putSchedule(tx, outcome.id, '', text.cron);
          return outcome.id;
        }),
      () => this.#ports.announce(project.name),
    );
  }

  async updatePolicy(
    principal: Principal,
    id: number,
    projectId: number | undefined,
    text: RetentionPolicyText,
  ): Promise<OwnedPolicy> {
    const owned = await getAuthorized(this.#ports, principal, id, 'update');
    if (projectId !== undefined && projectId !== owned.project.id) {
      throw new AppError('not-found', `the retention policy id ${id} does not match`);
    }
    checkRules(text.rules);
    const { policies, schedules } = this.#ports;
    const before = await schedules.find(RETENTION, id);
    await policies.transact(async (tx) => {
      if (!(await policies.update(tx, id, text))) throw policyNotFound(id);
      await this.#putSchedule(tx, id, before?.cron ?? '', text.cron);
    });
    return owned;
  }

  async deletePolicy(principal: Principal, id: number): Promise<OwnedPolicy> {
    const owned = await getAuthorized(this.#ports, principal, id, 'delete', 'invalid');
    const isFound = await followUp(
      () => this.#ports.policies.delete(id),
      () => this.#ports.announce(owned.project.name),
    );
    if (!isFound) throw policyNotFound(id, 'invalid');
    return owned;
  }

  async #putSchedule(
    tx: DatabaseTransaction,
    id: number,
    before: string,
    cron: string,
  ): Promise<void> {
    // Set again, it would forget a time that it missed.
    if (before === cron) return;
    const { schedules } = this.#ports;
    if (cron === '') return schedules.remove(RETENTION, id, tx);
    await schedules.put(
      { vendorType: RETENTION, vendorId: id, cronType: 'Custom', cron, parameters: {} },
      tx,
    );
  }
}
