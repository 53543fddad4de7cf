import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestProject } from '../../test/content.ts';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { quietLog } from '../../test/log.ts';
import {
  anonymous,
  createProjectAccess,
  type Principal,
  ROLE,
  type UserPrincipal,
} from '../access/index.ts';
import { createDatabase, type Database, openPool } from '../db/index.ts';
import { createExecutions, createJobQueue } from '../jobs/index.ts';
import { createProjectRepository } from '../projects/index.ts';
import { createSchedules } from '../schedules/index.ts';
import { createCandidateRepository } from './candidates.repository.ts';
import { presentPolicy } from './retention.presenter.ts';
import { policyModel } from './retention.schema.ts';
import { createRetentionExecutionsService } from './retention-executions.service.ts';
import { createRetentionPoliciesService } from './retention-policies.service.ts';
import { createRetentionPolicyRepository } from './retention-policy.repository.ts';
import { createRetentionRuns, RETENTION } from './retention-runs.ts';

let database: TestDatabase;
let db: Database;
let projectId = 0;
let otherId = 0;
let count = 0;
const announced: string[] = [];

const user = (id: number, isAdmin = false): UserPrincipal => ({
  kind: 'user',
  id,
  username: `user-${id}`,
  isAdmin,
  groupIds: [],
});
const admin = user(1, true);
const ann = user(2);
const guest = user(3);
const stranger = user(4);

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDatabase(openPool({ connection: database.connection, poolSize: 4, log: quietLog }));
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});
beforeEach(async () => {
  count += 1;
  projectId = await createTestProject({ db }, `team${count}`);
  otherId = await createTestProject({ db }, `other${count}`, true);
  announced.length = 0;
});

function open() {
  const projects = createProjectRepository(db);
  const findPolicyById = (id: number) => projects.findPolicy(id);
  const access = createProjectAccess({
    peekPolicy: () => undefined,
    findPolicy: (name) => projects.findPolicy(name),
    findPolicyById,
    findRoles: async (id, userId) => {
      if (id !== projectId) return [];
      return userId === ann.id ? [ROLE.maintainer] : userId === guest.id ? [ROLE.guest] : [];
    },
  });
  const policies = createRetentionPolicyRepository(db);
  const schedules = createSchedules(db);
  const runs = createRetentionRuns({
    policies,
    candidates: createCandidateRepository(db),
    jobs: createJobQueue(),
  });
  const ports = {
    policies,
    schedules,
    access,
    projects: { findPolicyById },
    announce: async (name: string) => void announced.push(name),
  };
  return {
    schedules,
    service: createRetentionPoliciesService(ports),
    executions: createRetentionExecutionsService({
      ...ports,
      runs,
      executions: createExecutions(db),
      wake: () => undefined,
    }),
  };
}

const text = (cron = '') =>
  ({
    rules: [
      {
        id: 0,
        priority: 0,
        isDisabled: false,
        template: 'latestPushedK',
        parameter: 3,
        tags: [{ kind: 'doublestar', decoration: 'matches', pattern: '**' }],
        repositories: [{ kind: 'doublestar', decoration: 'repoMatches', pattern: '**' }],
      },
    ],
    isPerTag: false,
    triggerKind: 'Schedule',
    cron,
  }) as const;

const DAILY = '0 0 0 * * *';

async function metadataOf(id: number) {
  const project = await createProjectRepository(db).find(id);
  return project?.metadata['retention_id'];
}

describe('the policy of a project', () => {
  it("looks as in Harbor, and is in the project's metadata", async () => {
    const { service } = open();
    const id = await service.createPolicy(ann, projectId, text(DAILY));
    expect(announced).toEqual([`team${count}`]);
    expect(await metadataOf(projectId)).toBe(String(id));
    const shown = presentPolicy(await service.getPolicy(ann, id));
    expect(policyModel.parse(shown)).toEqual({
      id,
      algorithm: 'or',
      rules: [
        {
          action: 'retain',
          template: 'latestPushedK',
          params: { latestPushedK: 3 },
          tag_selectors: [{ kind: 'doublestar', decoration: 'matches', pattern: '**' }],
          scope_selectors: {
            repository: [{ kind: 'doublestar', decoration: 'repoMatches', pattern: '**' }],
          },
        },
      ],
      trigger: {
        kind: 'Schedule',
        settings: {
          cron: DAILY,
          next_scheduled_time: expect.stringMatching(/T00:00:00\.000Z$/),
        },
      },
      scope: { level: 'project', ref: projectId },
    });
  });

  it('is the only one, also when two are made at once', async () => {
    const { service } = open();
    const [first, second] = await Promise.allSettled([
      service.createPolicy(ann, projectId, text()),
      service.createPolicy(ann, projectId, text()),
    ]);
    expect([first.status, second.status].toSorted()).toEqual(['fulfilled', 'rejected']);
    await expect(service.createPolicy(ann, projectId, text())).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('already has retention policy'),
    });
  });

  it('is not there at all when its schedule is none', async () => {
    const { service } = open();
    const creating = service.createPolicy(ann, projectId, text('every day'));
    await expect(creating).rejects.toMatchObject({ kind: 'invalid' });
    expect(await metadataOf(projectId)).toBeUndefined();
  });

  it('is changed with its schedule, and counts its revisions', async () => {
    const { service, schedules } = open();
    const id = await service.createPolicy(ann, projectId, text());
    expect(await schedules.find(RETENTION, id)).toBeUndefined();
    await service.updatePolicy(ann, id, projectId, text(DAILY));
    expect(await service.getPolicy(ann, id)).toMatchObject({ cron: DAILY, revision: 1 });
    await service.updatePolicy(ann, id, undefined, { ...text(DAILY), isPerTag: true });
    expect(await service.getPolicy(ann, id)).toMatchObject({ revision: 2, isPerTag: true });
    await service.updatePolicy(ann, id, projectId, { ...text(), rules: [], isPerTag: true });
    expect(await service.getPolicy(ann, id)).toMatchObject({ rules: [], cron: '', revision: 3 });
    expect(await schedules.find(RETENTION, id)).toBeUndefined();
  });

  it('goes with its schedule, its executions and the metadata', async () => {
    const { service, executions, schedules } = open();
    const id = await service.createPolicy(ann, projectId, text(DAILY));
    await executions.startExecution(ann, id, { isDryRun: true, requestId: '' });
    await service.deletePolicy(ann, id);
    expect(await metadataOf(projectId)).toBeUndefined();
    expect(await schedules.find(RETENTION, id)).toBeUndefined();
    expect(await countExecutions(id)).toBe(0);
    await expect(service.deletePolicy(admin, id)).rejects.toMatchObject({ kind: 'invalid' });
    await expect(service.getPolicy(admin, id)).rejects.toMatchObject({ kind: 'not-found' });
  });

  it('goes with its project, and leaves nothing behind', async () => {
    const { service, executions, schedules } = open();
    const id = await service.createPolicy(ann, projectId, text(DAILY));
    await executions.startExecution(ann, id, { isDryRun: false, requestId: '' });
    expect(await countExecutions(id)).toBe(1);
    await createProjectRepository(db).deleteEmpty(projectId);
    expect(await schedules.find(RETENTION, id)).toBeUndefined();
    expect(await countExecutions(id)).toBe(0);
  });
});

async function countExecutions(policyId: number): Promise<number> {
  const rows = await db
    .selectFrom('execution')
    .select('id')
    .where('vendor_id', '=', policyId)
    .where('vendor_type', '=', RETENTION)
    .execute();
  return rows.length;
}

describe('whoever has no right to a policy', () => {
  const attempts = (principal: Principal, id: number, eid: number) => {
    const { service, executions } = open();
    const page = { offset: 0, limit: 10 };
    return [
      service.getPolicy(principal, id),
      service.updatePolicy(principal, id, undefined, text()),
      service.deletePolicy(principal, id),
      executions.startExecution(principal, id, { isDryRun: true, requestId: '' }),
      executions.stopExecution(principal, id, eid),
      executions.listExecutions(principal, id, page),
      executions.listTasks(principal, id, eid, page),
      executions.getTaskLog(principal, id, eid, 1),
    ];
  };
  const refusals = async (principal: Principal, id: number, eid = 1) => {
    const results = await Promise.allSettled(attempts(principal, id, eid));
    return results.map((one) =>
      one.status === 'rejected' ? `${one.reason.kind}: ${one.reason.message}` : one.status,
    );
  };

  it.each([
    ['a stranger', stranger, 'denied'],
    ['a guest', guest, 'denied'],
    ['nobody', anonymous, 'unauthenticated'],
  ])('cannot tell it from one that is not there: %s', async (_, principal, kind) => {
    const { service, executions } = open();
    const id = await service.createPolicy(ann, projectId, text());
    const order = { isDryRun: true, requestId: '' };
    const { executionId } = await executions.startExecution(ann, id, order);
    const there = await refusals(principal, id, executionId);
    expect(there).toEqual(await refusals(principal, 999_999));
    expect(there.every((told) => told.startsWith(kind))).toBe(true);
    const creating = service.createPolicy(principal, otherId, text());
    await expect(creating).rejects.toMatchObject({ kind });
    await expect(service.createPolicy(principal, 999_999, text())).rejects.toMatchObject({ kind });
  });

  it('cannot reach it through a project of its own', async () => {
    const { service } = open();
    const foreign = await service.createPolicy(admin, otherId, text());
    const updating = service.updatePolicy(ann, foreign, projectId, text(DAILY));
    await expect(updating).rejects.toMatchObject({ kind: 'denied' });
    const own = await service.createPolicy(ann, projectId, text());
    const moving = service.updatePolicy(ann, own, otherId, text());
    await expect(moving).rejects.toMatchObject({ kind: 'not-found' });
  });

  it('cannot reach its executions through a policy of its own', async () => {
    const { service, executions } = open();
    const own = await service.createPolicy(ann, projectId, text());
    const foreign = await service.createPolicy(admin, otherId, text());
    const order = { isDryRun: true, requestId: '' };
    const { executionId } = await executions.startExecution(admin, foreign, order);
    const page = { offset: 0, limit: 10 };
    const listing = executions.listTasks(ann, own, executionId, page);
    await expect(listing).rejects.toMatchObject({ kind: 'not-found' });
    const stopping = executions.stopExecution(ann, own, executionId);
    await expect(stopping).rejects.toMatchObject({ kind: 'not-found' });
  });

  it('is told of a project that is not there if it may see all', async () => {
    const { service } = open();
    await expect(service.createPolicy(admin, 999_999, text())).rejects.toMatchObject({
      kind: 'invalid',
      message: 'invalid Project id 999999',
    });
  });
});
