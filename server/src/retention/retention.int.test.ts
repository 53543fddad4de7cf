import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Content, createTestProject, openContent, testActor } from '../../test/content.ts';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import {
  listArtifacts,
  listEvents,
  type Place,
  pushImage,
  pushIndex,
  tagsOf,
} from '../../test/images.ts';
import { quietLog } from '../../test/log.ts';
import { transact } from '../db/index.ts';
import { createOutbox } from '../events/index.ts';
import {
  createExecutions,
  createJobQueue,
  createJobWorker,
  type Executions,
  type Job,
  type JobWorker,
} from '../jobs/index.ts';
import { createSchedules } from '../schedules/index.ts';
import { createMetrics } from '../telemetry/index.ts';
import { createCandidateRepository } from './candidates.repository.ts';
import { createRetentionJob, type RetentionJobPorts } from './retention.job.ts';
import { presentExecution, presentTask } from './retention.presenter.ts';
import { createRetentionPolicyRepository } from './retention-policy.repository.ts';
import type { RetentionPolicyDraft, RetentionRule } from './retention-policy.ts';
import { createRetentionRuns, RETENTION } from './retention-runs.ts';

let database: TestDatabase;
let content: Content;
let executions: Executions;
let projectId = 0;
let project = '';
let count = 0;
let place: Place;
const workers: JobWorker[] = [];
const outbox = createOutbox();

beforeAll(async () => {
  database = await createTestDatabase();
  content = openContent(database, undefined, { immutableTags: new Set(['fixed']) });
  executions = createExecutions(content.db, (ids) => workers.forEach((one) => one.abort(ids)));
});
afterAll(async () => {
  await content.close();
  await database.drop();
});
beforeEach(async () => {
  count += 1;
  project = `team${count}`;
  projectId = await createTestProject(content, project);
  place = { repository: `${project}/app`, projectId };
});
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop()));
});

const always = (pattern: string, repositories = '**'): RetentionRule => ({
  id: 0,
  priority: 0,
  isDisabled: false,
  template: 'always',
  tags: [{ kind: 'doublestar', decoration: 'matches', pattern, extras: '{"untagged":false}' }],
  repositories: [{ kind: 'doublestar', decoration: 'repoMatches', pattern: repositories }],
});

async function createPolicy(rules: RetentionRule[], more: Partial<RetentionPolicyDraft> = {}) {
  const policies = createRetentionPolicyRepository(content.db);
  const draft = { rules, isPerTag: false, triggerKind: 'Schedule', ...more } as const;
  const outcome = await policies.transact((tx) => policies.create(tx, projectId, draft));
  if (typeof outcome === 'string' || 'takenBy' in outcome) throw new Error('no policy');
  return outcome.id;
}

function parts(more: Partial<RetentionJobPorts> = {}) {
  const policies = createRetentionPolicyRepository(content.db);
  const candidates = createCandidateRepository(content.db);
  return {
    policies,
    runs: createRetentionRuns({ policies, candidates, jobs: createJobQueue() }),
    job: createRetentionJob({
      policies,
      candidates,
      executions,
      removal: content.removal,
      immutableAmong: async (_project, _repository, tags) =>
        new Set(tags.filter((tag) => tag === 'fixed')),
      publish: (event) => transact(content.db, (tx) => outbox.publish(tx, [event])),
      pageSize: 2,
      ...more,
    }),
  };
}

const operator = { operator: 'ann', requestId: 'request-7' };

async function start(policyId: number, isDryRun = false): Promise<number> {
  const { policies, runs } = parts();
  const order = { ...operator, isDryRun };
  const id = await policies.transact((tx) => runs.start(tx, policyId, 'MANUAL', order));
  if (id === undefined) throw new Error('no execution');
  return id;
}

function work(job: Job): void {
  const timing = { heartbeatMs: 20, pollMs: 10, graceMs: 500 };
  const worker = createJobWorker({
    db: content.db,
    jobs: [{ ...job, retryDelay: (attempt) => (attempt <= 3 ? 1 : undefined) }],
    log: quietLog,
    metrics: createMetrics(),
    timing,
  });
  workers.push(worker);
  worker.start();
}

/** Waits for the end; gives the execution and its tasks as the API shows them, and their logs. */
async function finish(policyId: number, id: number) {
  const scope = { vendorTypes: [RETENTION] as const, vendorId: policyId };
  await expect
    .poll(async () => (await executions.getExecution(scope, id)).status, { timeout: 20_000 })
    .not.toBe('Running');
  const execution = await executions.getExecution(scope, id);
  const { tasks } = await executions.listTasks(scope, id, { offset: 0, limit: 100 });
  const logs = await Promise.all(tasks.map((task) => executions.getTaskLog(scope, task.id)));
  return {
    statusMessage: execution.statusMessage,
    execution: presentExecution(execution),
    tasks: tasks.map(presentTask),
    log: logs.join(''),
  };
}

async function run(policyId: number, isDryRun = false, more: Partial<RetentionJobPorts> = {}) {
  const id = await start(policyId, isDryRun);
  work(parts(more).job);
  return finish(policyId, id);
}

const tagNames = async () => Object.keys(await tagsOf(content.db, place.repository)).toSorted();
/** What the table says: tags and mark. */
const marksOf = (log: string) =>
  log
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .filter((cells) => cells.length > 9 && cells[1]?.startsWith('sha256:'))
    .map((cells) => `${cells[2]} ${cells[8]}`)
    .toSorted();

describe('an execution', () => {
  it('keeps what the rules say, in each repository that one is for', async () => {
    for (const tags of [['latest', 'v3'], ['v2'], ['v1'], []]) {
      await pushImage(content, place, { tags });
    }
    const elsewhere = { ...place, repository: `${project}/elsewhere/app` };
    await pushImage(content, elsewhere, { tags: ['v1'] });
    const policyId = await createPolicy([always('latest', 'app'), always('v1', 'app')]);
    const { execution, tasks, log } = await run(policyId);
    expect(execution).toMatchObject({ status: 'Success', dry_run: false, trigger: 'MANUAL' });
    expect(tasks).toMatchObject([
      { repository: 'app', status: 'Success', status_code: 3, total: 4, retained: 2 },
    ]);
    expect(await tagNames()).toEqual(['latest', 'v1', 'v3']);
    expect(await listArtifacts(content.db, place.repository)).toHaveLength(2);
    expect(Object.keys(await tagsOf(content.db, elsewhere.repository))).toEqual(['v1']);
    expect(marksOf(log)).toEqual(
      ['DEL', 'latest,v3 RETAIN', 'v1 RETAIN', 'v2 DEL'].map((text) =>
        text === 'DEL' ? ' DEL' : text,
      ),
    );
    expect(log).toContain('kept by rule 2 (always)');
  });

  it('with nothing to look at ends at once', async () => {
    const policyId = await createPolicy([always('**')]);
    const { execution, tasks, statusMessage } = await finish(policyId, await start(policyId));
    expect(execution.status).toBe('Success');
    expect(statusMessage).toBe('no resources for retention');
    expect(tasks).toEqual([]);
  });

  it('that only looks says what the run then does, and changes nothing', async () => {
    const part = await pushImage(content, place, { tags: ['v1-amd64'] });
    await pushIndex(content, place, [part], { tags: ['v1'] });
    await pushImage(content, place, { tags: ['fixed'] });
    await pushImage(content, place, { tags: ['old'] });
    const policyId = await createPolicy([always('v1')]);
    const before = await tagNames();
    const events = await listEvents(content.db, place.repository);
    const dry = await run(policyId, true);
    expect(await tagNames()).toEqual(before);
    expect(await listEvents(content.db, place.repository)).toEqual(events);
    const wet = await finish(policyId, await start(policyId));
    expect(marksOf(wet.log)).toEqual(marksOf(dry.log));
    expect(marksOf(dry.log)).toEqual(['fixed IMMUTABLE', 'old DEL', 'v1 RETAIN', 'v1-amd64 DEL']);
    expect(dry.tasks[0]).toMatchObject({ total: 4, retained: 2 });
    expect(wet.tasks[0]).toMatchObject({ total: 4, retained: 2 });
    // The part stays in its index, without its tag.
    expect(await tagNames()).toEqual(['fixed', 'v1']);
    expect(await listArtifacts(content.db, place.repository)).toHaveLength(3);
  });

  it('deletes single tags where each counts for itself', async () => {
    await pushImage(content, place, { tags: ['latest', 'v3', 'fixed'] });
    await pushImage(content, place, { tags: ['v1', 'v2'] });
    const policyId = await createPolicy([always('latest')], { isPerTag: true });
    const { tasks, log } = await run(policyId);
    expect(await tagNames()).toEqual(['fixed', 'latest']);
    expect(await listArtifacts(content.db, place.repository)).toHaveLength(1);
    expect(tasks[0]).toMatchObject({ total: 5, retained: 2 });
    expect(marksOf(log)).toEqual([
      'fixed IMMUTABLE',
      'latest RETAIN',
      'v1 DEL',
      'v2 DEL',
      'v3 DEL',
    ]);
  });

  it('spares what gets a tag before it is deleted', async () => {
    const old = await pushImage(content, place, { tags: ['v1'] });
    const policyId = await createPolicy([always('latest')]);
    const { log } = await run(policyId, false, {
      removal: {
        ...content.removal,
        async deleteArtifact(repository, digest, actor, expected) {
          await content.tags.createTag(repository, digest, 'latest', testActor);
          return content.removal.deleteArtifact(repository, digest, actor, expected);
        },
      },
    });
    expect(await tagsOf(content.db, place.repository)).toEqual({
      latest: old.digest,
      v1: old.digest,
    });
    expect(marksOf(log)).toEqual(['v1 ERR']);
    expect(log).toContain('it changed meanwhile');
  });

  it('spares what a tag of the same name comes back to', async () => {
    const old = await pushImage(content, place, { tags: ['v1'] });
    const policyId = await createPolicy([always('latest')]);
    await run(policyId, false, {
      removal: {
        ...content.removal,
        async deleteArtifact(repository, digest, actor, expected) {
          await content.removal.deleteTag(repository, 'v1', testActor);
          await content.tags.createTag(repository, digest, 'v1', testActor);
          return content.removal.deleteArtifact(repository, digest, actor, expected);
        },
      },
    });
    expect(await tagsOf(content.db, place.repository)).toEqual({ v1: old.digest });
  });

  it('spares a single tag that moves before it is deleted', async () => {
    await pushImage(content, place, { tags: ['latest', 'v1'] });
    const policyId = await createPolicy([always('latest')], { isPerTag: true });
    await run(policyId, false, {
      removal: {
        ...content.removal,
        async deleteTag(repository, tag, actor, digest) {
          await pushImage(content, place, { tags: [tag] });
          return content.removal.deleteTag(repository, tag, actor, digest);
        },
      },
    });
    expect(await tagNames()).toEqual(['latest', 'v1']);
  });

  it('that is interrupted does the rest when it runs again, and counts all of it', async () => {
    for (const tags of [['latest'], ['v1'], ['v2'], ['v3'], ['v4']]) {
      await pushImage(content, place, { tags });
    }
    const policyId = await createPolicy([always('latest')]);
    let calls = 0;
    const { execution, tasks } = await run(policyId, false, {
      removal: {
        ...content.removal,
        deleteArtifact(...args) {
          calls += 1;
          if (calls === 3) throw new Error('the process died');
          return content.removal.deleteArtifact(...args);
        },
      },
    });
    expect(execution.status).toBe('Success');
    expect(await tagNames()).toEqual(['latest']);
    expect(tasks[0]).toMatchObject({ total: 5, retained: 1 });
    const events = await listEvents(content.db, place.repository);
    expect(events.filter(({ type }) => type === 'DELETE_ARTIFACT')).toHaveLength(4);
  });

  it('stops between deletions', async () => {
    for (const tags of [['v1'], ['v2'], ['v3']]) await pushImage(content, place, { tags });
    const policyId = await createPolicy([always('latest')]);
    const id = await start(policyId);
    const scope = { vendorTypes: [RETENTION] as const, vendorId: policyId };
    work(
      parts({
        removal: {
          ...content.removal,
          async deleteArtifact(...args) {
            const isDone = await content.removal.deleteArtifact(...args);
            await executions.stopExecution(scope, id);
            return isDone;
          },
        },
      }).job,
    );
    const { execution, log } = await finish(policyId, id);
    expect(execution.status).toBe('Stopped');
    expect(await tagNames()).toEqual(['v1', 'v2']);
    expect(marksOf(log)).toEqual(['v3 DEL']);
  });

  it('does nothing more once the rules are others', async () => {
    await pushImage(content, place, { tags: ['v1'] });
    const policyId = await createPolicy([always('latest')]);
    const id = await start(policyId);
    const { policies, job } = parts();
    const draft = { rules: [always('**')], isPerTag: false, triggerKind: 'Schedule' } as const;
    await policies.transact((tx) => policies.update(tx, policyId, draft));
    work(job);
    const { execution, log } = await finish(policyId, id);
    expect(execution.status).toBe('Error');
    expect(log).toContain('the rules were changed after this began');
    expect(await tagNames()).toEqual(['v1']);
  });

  it('tells webhooks what went, but not when it only looked or nothing went', async () => {
    const image = await pushImage(content, place, { tags: ['v1', 'v2'] });
    const untagged = await pushImage(content, place);
    await pushImage(content, place, { tags: ['latest'] });
    const policyId = await createPolicy([always('latest')]);
    const told = async () =>
      (await listEvents(content.db, place.repository)).filter(
        ({ type }) => type === 'TAG_RETENTION',
      );
    await run(policyId, true);
    expect(await told()).toEqual([]);
    await finish(policyId, await start(policyId));
    const [event] = await told();
    expect(event).toMatchObject({
      operator: 'ann',
      requestId: 'request-7',
      policyId,
      total: 3,
      retained: 1,
      deleted: [`app@${untagged.digest}`, 'app:v1'],
      rules: [{ template: 'always', params: {} }],
    });
    await finish(policyId, await start(policyId));
    expect(await told()).toHaveLength(1);
    const deletions = (await listEvents(content.db, place.repository)).filter(
      ({ type }) => type === 'DELETE_ARTIFACT',
    );
    expect(deletions).toContainEqual(
      expect.objectContaining({ digest: image.digest, operator: 'retention' }),
    );
  });
});

describe('a schedule', () => {
  it('plans one task for each repository, and nothing once the policy is gone', async () => {
    await pushImage(content, place, { tags: ['v1'] });
    const policyId = await createPolicy([always('**')]);
    const schedules = createSchedules(content.db);
    const schedule = await schedules.put({
      vendorType: RETENTION,
      vendorId: policyId,
      cronType: 'Custom',
      cron: '0 0 0 * * *',
      parameters: {},
    });
    const { policies, runs } = parts();
    const plan = () => policies.transact((tx) => runs.scheduled.plan(tx, schedule));
    expect(await plan()).toMatchObject({
      vendorType: RETENTION,
      vendorId: policyId,
      trigger: 'SCHEDULE',
      extraAttrs: { dry_run: false, operator: 'retention' },
      tasks: [{ extraAttrs: { repository: 'app' } }],
    });
    await content.db.deleteFrom('retention_policy').where('id', '=', policyId).execute();
    expect(await plan()).toBeUndefined();
    expect(await schedules.find(RETENTION, policyId)).toBeUndefined();
  });

  it('that finds no repository leaves an execution that has ended', async () => {
    const policyId = await createPolicy([always('**')]);
    const { policies, runs } = parts();
    const now = new Date();
    const schedule = {
      id: 1,
      vendorType: RETENTION,
      vendorId: policyId,
      cronType: 'Custom',
      cron: '0 0 0 * * *',
      parameters: {},
      createdAt: now,
      updatedAt: now,
      nextAt: now,
    } as const;
    expect(await policies.transact((tx) => runs.scheduled.plan(tx, schedule))).toBeUndefined();
    const scope = { vendorTypes: [RETENTION] as const, vendorId: policyId };
    const { executions: found } = await executions.listExecutions(scope, { offset: 0, limit: 9 });
    expect(found).toMatchObject([{ status: 'Success', trigger: 'SCHEDULE' }]);
  });
});
