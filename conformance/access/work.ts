import { vi } from 'vitest';
import { type Api, createdId, expectStatus, itemsOf, memberOf } from './api.ts';
import type { Target } from './rest-requests.ts';

type Bodies = Readonly<Record<string, (target: Target) => unknown>>;

/** Harbor's, and keeps everything. */
export function retentionOrder(projectId: number) {
  const selector = { kind: 'doublestar', pattern: '**' };
  return {
    algorithm: 'or',
    rules: [
      {
        action: 'retain',
        template: 'always',
        params: {},
        tag_selectors: [{ ...selector, decoration: 'matches' }],
        scope_selectors: { repository: [{ ...selector, decoration: 'repoMatches' }] },
      },
    ],
    trigger: { kind: 'Schedule', settings: { cron: '' } },
    scope: { level: 'project', ref: projectId },
  };
}

const noSchedule = () => ({ schedule: { type: 'None' } });
const dryPurge = { audit_retention_hour: 1, include_event_types: '', dry_run: true };
const noPurge = () => ({ ...noSchedule(), parameters: dryPurge });
const collection = (metadata: object) => ({
  job: { name: 'GARBAGE_COLLECTION', parameters: { dry_run: true }, metadata },
});

/** Bodies that get through to the end. */
export const workBodies: Bodies = {
  createRetention: ({ projectId }) => retentionOrder(projectId),
  updateRetention: ({ projectId }) => retentionOrder(projectId),
  triggerRetentionExecution: () => ({ dry_run: true }),
  operateRetentionExecution: () => ({ action: 'stop' }),
  createGCSchedule: noSchedule,
  updateGCSchedule: noSchedule,
  createPurgeSchedule: noPurge,
  updatePurgeSchedule: noPurge,
  actionPendingJobs: () => ({ action: 'resume' }),
  launchJob: () => collection({ kind: 'Generic' }),
  stopLaunchedJob: () => ({ action: 'stop' }),
};

/** What retention did in a project, and work of the system. Makes again what is gone. */
export class Work {
  readonly #api: Api;
  readonly #as: { readonly authorization: string };

  constructor({ api, admin }: { readonly api: Api; readonly admin: string }) {
    this.#api = api;
    this.#as = { authorization: admin };
  }

  /** Ids of a policy, an execution and a task; for who is to make a policy, none is there. */
  async supplyRetention(
    operationId: string,
    projectId: number,
  ): Promise<{ id: number; eid: number; tid: number }> {
    const policy = await this.#findPolicy(projectId);
    const none = { id: 0, eid: 0, tid: 0 };
    if (operationId === 'createRetention') {
      if (policy !== undefined) await this.#ask(200, 'DELETE', `/retentions/${policy}`);
      return none;
    }
    const id = policy ?? (await this.#create('/retentions', retentionOrder(projectId)));
    const executions = `/retentions/${id}/executions`;
    const [known] = await this.#listIds(executions);
    const eid = known ?? (await this.#create(executions, { dry_run: true }));
    const [tid] = await vi.waitFor(async () => {
      const ids = await this.#listIds(`${executions}/${eid}/tasks`);
      const [task] = itemsOf(await this.#ask(200, 'GET', `${executions}/${eid}/tasks`));
      if (ids.length === 0 || memberOf(task, 'status') !== 'Success') throw new Error('no task');
      return ids;
    });
    return { ...none, id, eid, tid: tid ?? 0 };
  }

  /** Ids of everything else. `id` is a job of the job service. */
  async supplySystem(): Promise<Target['objects']> {
    const gc = await this.#create('/system/gc/schedule', {
      schedule: { type: 'Manual' },
      parameters: { dry_run: true },
    });
    const purge = await this.#create('/system/purgeaudit/schedule', {
      schedule: { type: 'Manual' },
      parameters: dryPurge,
    });
    const pools = itemsOf(await this.#ask(200, 'GET', '/jobservice/pools'));
    return {
      gc_id: gc,
      purge_id: purge,
      pool_id: String(memberOf(pools[0], 'worker_pool_id')),
      job_id: await this.#launch({ kind: 'Generic' }),
      job_type: 'all',
    };
  }

  /** A job for the job service's own API: one of which there are runs when they are asked for. */
  async supplyLaunch(operationId: string): Promise<{ id: string }> {
    const isPeriodic = operationId === 'listLaunchedJobExecutions';
    const periodic = { kind: 'Periodic', cron_spec: '0 0 0 1 1 *' };
    return { id: await this.#launch(isPeriodic ? periodic : { kind: 'Generic' }) };
  }

  async #launch(metadata: object): Promise<string> {
    const answer = await this.#ask(202, 'POST', '/api/v1/jobs', collection(metadata));
    return String(memberOf(memberOf(answer.json, 'job'), 'id'));
  }

  async #findPolicy(projectId: number): Promise<number | undefined> {
    const { json } = await this.#ask(200, 'GET', `/projects/${projectId}`);
    const id = memberOf(memberOf(json, 'metadata'), 'retention_id');
    return id === undefined ? undefined : Number(id);
  }

  async #create(path: string, body: object): Promise<number> {
    return createdId(await this.#ask(201, 'POST', path, body));
  }

  async #listIds(path: string): Promise<number[]> {
    return itemsOf(await this.#ask(200, 'GET', path)).map((item) => Number(memberOf(item, 'id')));
  }

  #ask(status: number, method: string, path: string, body?: object) {
    return expectStatus(status, this.#api(method, path, { ...this.#as, body }));
  }
}
