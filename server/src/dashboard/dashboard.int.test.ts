import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { insertArtifactRow } from '../../test/artifact-rows.ts';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { quietLog } from '../../test/log.ts';
import { basicHeader, startTestRegistry } from '../../test/registry.ts';
import { anonymous, type Principal, ROLE, type UserPrincipal } from '../access/index.ts';
import { createDatabase, type Database, openPool } from '../db/index.ts';
import { createJobQueues } from '../jobs/index.ts';
import {
  createMembershipRepository,
  listPermittedProjectIds,
  visibilityOf,
} from '../projects/index.ts';
import { presentDashboard } from './dashboard.presenter.ts';
import { createDashboardRepository } from './dashboard.repository.ts';
import { dashboardModel } from './dashboard.schema.ts';
import { createDashboardService, type DashboardService } from './dashboard.service.ts';

let database: TestDatabase;
let db: Database;
let dashboard: DashboardService;
let admin: UserPrincipal;
let ann: UserPrincipal;
let bob: UserPrincipal;
let alpha = 0;
let beta = 0;
let hasQuotas = true;

const model = dashboardModel(z.unknown());

/** As it is sent, compared with its schema. */
async function see(principal: Principal) {
  const json = presentDashboard(await dashboard.getDashboard(principal), 'robot$');
  expect(model.strict().parse({ statistics: {}, ...json })).toMatchObject(json);
  return json;
}

const kindsOf = async (principal: Principal) =>
  (await see(principal)).alerts.map((alert) => alert.kind);

async function createUser(username: string, isAdmin = false): Promise<UserPrincipal> {
  const { id } = await db
    .insertInto('app_user')
    .values({ username, password_hash: 'x', is_admin: isAdmin })
    .returning('id')
    .executeTakeFirstOrThrow();
  return { kind: 'user', id, username, isAdmin, groupIds: [] };
}

async function createProject(name: string, isPublic: boolean, hard = -1, used = 0) {
  const { id } = await db
    .insertInto('project')
    .values({ name, owner_id: admin.id, is_public: isPublic })
    .returning('id')
    .executeTakeFirstOrThrow();
  await db
    .insertInto('quota')
    .values({ project_id: id, hard_storage: hard, used_storage: used })
    .execute();
  return id;
}

async function addMember(
  projectId: number,
  member: { userId?: number; groupId?: number },
  role = 1,
) {
  const { userId = null, groupId = null } = member;
  await db
    .insertInto('project_member')
    .values({ project_id: projectId, user_id: userId, group_id: groupId, role_id: role })
    .execute();
}

/** Artifacts of one repository, the first one pushed so many minutes ago and the next ones later. */
async function push(projectId: number, name: string, minutesAgo: number, artifacts = 1) {
  const { id } = await db
    .insertInto('repository')
    .values({ project_id: projectId, name })
    .returning('id')
    .executeTakeFirstOrThrow();
  for (let at = 0; at < artifacts; at += 1) {
    const content = `${name}:${at}`;
    const row = await insertArtifactRow(db, { projectId, repositoryId: id, content });
    const pushed = new Date(Date.now() - minutesAgo * 60_000 + at * 1000);
    await db.updateTable('artifact').set({ pushed_at: pushed }).where('id', '=', row.id).execute();
    await db
      .insertInto('tag')
      .values(
        Array.from({ length: 7 }, (_, tag) => ({
          repository_id: id,
          artifact_id: row.id,
          name: `v${at}.${tag}`,
          pushed_at: new Date(pushed.getTime() + tag),
        })),
      )
      .execute();
  }
  return id;
}

async function addRobot(name: string, projectId: number | null, days: number, isDisabled = false) {
  await db
    .insertInto('robot')
    .values({
      name,
      project_id: projectId,
      duration: 30,
      is_disabled: isDisabled,
      expires_at: sql<Date>`now() + ${days} * interval '1 day'`,
      creator_id: admin.id,
    })
    .execute();
}

async function addExecution(vendorType: string, status: string, hoursAgo: number): Promise<number> {
  const ended = new Date(Date.now() - hoursAgo * 3_600_000);
  const { id } = await db
    .insertInto('execution')
    .values({
      vendor_type: vendorType,
      vendor_id: -1,
      status,
      trigger: 'MANUAL',
      extra_attrs: '{}',
      end_time: ended,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

async function addWaiting(vendorType: string, hoursAgo: number): Promise<void> {
  const executionId = await addExecution(vendorType, 'Running', 0);
  await db
    .insertInto('task')
    .values({
      execution_id: executionId,
      vendor_type: vendorType,
      payload: '{}',
      extra_attrs: '{}',
      is_head: true,
      run_at: new Date(Date.now() - hoursAgo * 3_600_000),
    })
    .execute();
}

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDatabase(openPool({ connection: database.connection, poolSize: 4, log: quietLog }));
  admin = await createUser('admin', true);
  ann = await createUser('ann');
  bob = await createUser('bob');
  const memberships = createMembershipRepository(db);
  dashboard = createDashboardService({
    rows: createDashboardRepository(db),
    projects: { visibilityOf: (principal, through) => visibilityOf(principal, through, true) },
    queues: createJobQueues(db),
    health: {
      listComponents: async () => [
        { name: 'core', error: undefined },
        { name: 'registry', error: 'the check failed' },
      ],
    },
    hasQuotas: () => hasQuotas,
    listRobotProjectIds: (user) =>
      listPermittedProjectIds(memberships, user, { resource: 'robot', action: 'list' }),
  });
  alpha = await createProject('alpha', false, 1000, 700);
  beta = await createProject('beta', false, 1000, 799);
  await createProject('empty', false);
  const open = await createProject('open', true, 1000, 900);
  const group = await db
    .insertInto('user_group')
    .values({ name: 'testers', type: 3 })
    .returning('id')
    .executeTakeFirstOrThrow();
  ann = { ...ann, groupIds: [group.id] };
  await addMember(alpha, { userId: ann.id }, ROLE.limitedGuest);
  await addMember(alpha, { groupId: group.id }, ROLE.maintainer);
  await addMember(beta, { userId: ann.id }, ROLE.limitedGuest);
  await push(alpha, 'alpha/tools/web', 60);
  await push(beta, 'beta/app', 30, 3);
  await push(open, 'open/base', 20);
  const hidden = await createProject('hidden', false);
  await push(hidden, 'hidden/app', 1);
  const signed = await push(open, 'open/signed', 10);
  await db
    .updateTable('artifact')
    .set({ is_listed: false })
    .where('repository_id', '=', signed)
    .execute();
  await db.insertInto('quota_delta').values({ project_id: alpha, bytes: 150 }).execute();
  await addRobot('soon', alpha, 6);
  await addRobot('later', alpha, 8);
  await addRobot('over', alpha, -1);
  await addRobot('off', alpha, 1, true);
  await addRobot('not-told', beta, 2);
  await addRobot('mirror', null, 3);
  await addExecution('GARBAGE_COLLECTION', 'Error', 30);
  await addExecution('WEBHOOK', 'Error', 3);
  await addExecution('WEBHOOK', 'Success', 1);
  await addWaiting('RETENTION', 2);
  await addWaiting('WEBHOOK', 0.5);
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});

describe('the dashboard', () => {
  it('shows the projects that one is a member of, the last pushed to first', async () => {
    const { projects } = await see(ann);
    expect(projects).toMatchObject([
      { name: 'beta', role_id: ROLE.limitedGuest, quota: { used: 799, hard: 1000 } },
      {
        id: alpha,
        name: 'alpha',
        public: false,
        role_id: ROLE.maintainer,
        repo_count: 1,
        quota: { used: 850, hard: 1000 },
      },
    ]);
    expect((await see(admin)).projects).toEqual([]);
    expect((await see(bob)).projects).toEqual([]);
  });

  it('shows at most eight of them, those without a push last', async () => {
    const carl = await createUser('carl');
    for (let at = 0; at < 9; at += 1) {
      await addMember(await createProject(`of-carl-${at}`, false), { userId: carl.id });
    }
    await addMember(alpha, { userId: carl.id });
    const { projects } = await see(carl);
    expect(projects).toHaveLength(8);
    expect(projects[0]).toMatchObject({ name: 'alpha' });
    expect(projects[1]).not.toHaveProperty('push_time');
  });

  it('shows the last pushes of what one may see, and of each its last five tags', async () => {
    const names = async (principal: Principal) =>
      (await see(principal)).recent_pushes.map((push) => `${push.project}/${push.repository}`);
    expect(await names(ann)).toEqual([
      'open/base',
      'beta/app',
      'beta/app',
      'beta/app',
      'alpha/tools/web',
    ]);
    expect(await names(bob)).toEqual(['open/base']);
    expect((await names(admin)).slice(0, 2)).toEqual(['hidden/app', 'open/base']);
    const [, latest] = (await see(ann)).recent_pushes;
    expect(latest).toMatchObject({
      project_id: beta,
      type: 'IMAGE',
      tags: ['v2.6', 'v2.5', 'v2.4', 'v2.3', 'v2.2'],
      size: 'beta/app:2'.length,
    });
    expect(latest?.digest).toMatch(/^sha256:/);
  });

  it('shows no more than ten pushes', async () => {
    const dora = await createUser('dora');
    const many = await createProject('many', false);
    await addMember(many, { userId: dora.id });
    await push(many, 'many/app', 600, 12);
    const { recent_pushes: pushes } = await see({ ...dora });
    expect(pushes).toHaveLength(10);
    expect(pushes.map(({ tags }) => tags[0])).toEqual([
      'v0.6',
      ...[11, 10, 9, 8, 7, 6, 5, 4, 3].map((at) => `v${at}.6`),
    ]);
  });

  it('tells of quotas that are nearly used up to members and administrators', async () => {
    const full = async (principal: Principal) =>
      (await see(principal)).alerts.filter((alert) => alert.kind === 'quota');
    expect(await full(ann)).toEqual([
      { kind: 'quota', project: 'alpha', project_id: alpha, used: 850, hard: 1000 },
    ]);
    expect(await full(admin)).toMatchObject([{ project: 'open' }, { project: 'alpha' }]);
    expect(await full(bob)).toEqual([]);
    hasQuotas = false;
    expect(await full(admin)).toEqual([]);
    hasQuotas = true;
  });

  it('tells of robots that end within a week to those who may list them', async () => {
    const robots = async (principal: Principal) =>
      (await see(principal)).alerts.filter((alert) => alert.kind === 'robot-expiring');
    // A limited guest, as ann is in beta, may not.
    expect(await robots(ann)).toMatchObject([
      { robot: 'robot$alpha+soon', level: 'project', project: 'alpha', project_id: alpha },
    ]);
    const all = await robots(admin);
    expect(all.map(({ robot }) => robot)).toEqual([
      'robot$beta+not-told',
      'robot$mirror',
      'robot$alpha+soon',
    ]);
    expect(all[1]).not.toHaveProperty('project');
    expect(await robots(bob)).toEqual([]);
  });

  it('tells administrators alone of sick components, stalled queues and failed jobs', async () => {
    const last = await addExecution('WEBHOOK', 'Error', 2);
    const { alerts } = await see(admin);
    expect(alerts.slice(0, 3)).toMatchObject([
      { kind: 'health', component: 'registry', error: 'the check failed' },
      { kind: 'queue-stalled', job_type: 'RETENTION' },
      { kind: 'job-failed', vendor_type: 'WEBHOOK', execution_id: last, count: 2 },
    ]);
    expect(alerts.filter(({ kind }) => kind === 'job-failed')).toHaveLength(1);
    expect(new Set(await kindsOf(ann))).toEqual(new Set(['quota', 'robot-expiring']));
    expect(await kindsOf(bob)).toEqual([]);
  });

  it('leaves to a personal token what its user made it for', async () => {
    const limits = { tokenId: 1, api: 'read' as const, repository: 0, projectIds: [beta] };
    const inBeta = await see({ ...ann, limits });
    expect(inBeta.projects.map(({ name }) => name)).toEqual(['beta']);
    expect(new Set(inBeta.recent_pushes.map(({ project }) => project))).toEqual(
      new Set(['open', 'beta']),
    );
    expect(inBeta.alerts).toEqual([]);
    const ofAdmin = await see({ ...admin, limits: { ...limits, projectIds: [alpha] } });
    expect(ofAdmin.alerts).toMatchObject([{ project: 'alpha' }, { robot: 'robot$alpha+soon' }]);
    const none = await see({ ...ann, limits: { ...limits, api: 'none', projectIds: undefined } });
    expect(none.projects).toEqual([]);
    expect(none.alerts).toEqual([]);
  });

  it('is empty for robots', async () => {
    const robot = { kind: 'robot', id: 1, username: 'robot$ci', projectId: undefined } as const;
    const permissions = [{ scope: 'all-projects', access: [], repositories: [] }] as const;
    const empty = { projects: [], recent_pushes: [], alerts: [] };
    expect(await see({ ...robot, permissions })).toEqual(empty);
    expect(await see(anonymous)).toEqual(empty);
  });
});

describe('GET /dashboard', () => {
  it('asks for a login, and adds the statistics', async () => {
    const registry = await startTestRegistry();
    const url = `${registry.url}/api/v2.0/dashboard`;
    expect((await fetch(url)).status).toBe(401);
    const answer = await fetch(url, { headers: { authorization: basicHeader() } });
    expect(await answer.json()).toEqual({
      statistics: expect.objectContaining({ total_project_count: 1, public_project_count: 1 }),
      projects: [
        {
          id: 1,
          name: 'library',
          public: true,
          role_id: 1,
          repo_count: 0,
          quota: { used: 0, hard: -1 },
        },
      ],
      recent_pushes: [],
      alerts: [],
    });
    await registry.stop();
  });
});
