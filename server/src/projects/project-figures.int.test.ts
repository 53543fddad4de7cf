import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { insertArtifactRow } from '../../test/artifact-rows.ts';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { quietLog } from '../../test/log.ts';
import { anonymous, type Principal, type UserPrincipal } from '../access/index.ts';
import { createDatabase, type Database, openPool } from '../db/index.ts';
import { createProjectRepository } from './project.repository.ts';
import { createProjectsService, type ProjectsService } from './projects.service.ts';

let database: TestDatabase;
let db: Database;
let projects: ProjectsService;
let ann: UserPrincipal;
let admin: UserPrincipal;

async function createUser(username: string, isAdmin = false): Promise<UserPrincipal> {
  const { id } = await db
    .insertInto('app_user')
    .values({ username, password_hash: 'x', is_admin: isAdmin })
    .returning('id')
    .executeTakeFirstOrThrow();
  return { kind: 'user', id, username, isAdmin, groupIds: [] };
}

async function createCharts(projectId: number, project: string): Promise<void> {
  for (const [path, type] of [
    ['one', 'CHART'],
    ['two', 'CHART'],
    ['app', 'IMAGE'],
  ] as const) {
    const { id } = await db
      .insertInto('repository')
      .values({ project_id: projectId, name: `${project}/${path}` })
      .returning('id')
      .executeTakeFirstOrThrow();
    for (const content of ['a', 'b']) {
      const made = await insertArtifactRow(db, { repositoryId: id, projectId, content });
      await db.updateTable('artifact').set({ type }).where('id', '=', made.id).execute();
    }
  }
}

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDatabase(openPool({ connection: database.connection, poolSize: 2, log: quietLog }));
  projects = createProjectsService({
    projects: createProjectRepository(db),
    announce: (name) => Promise.resolve(projects.forget(name)),
    settings: {
      storagePerProject: () => 5000,
      creationRestriction: () => 'everyone',
      anonymousListing: () => true,
    },
  });
  admin = await createUser('admin', true);
  ann = await createUser('ann');
  const metadata = { public: 'true' };
  const { id } = await projects.createProject(ann, { name: 'charts', metadata });
  await projects.createProject(admin, { name: 'empty', metadata });
  await createCharts(id, 'charts');
  await db.updateTable('quota').set({ used_storage: 100 }).where('project_id', '=', id).execute();
  await db.insertInto('quota_delta').values({ project_id: id, bytes: 23 }).execute();
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});

async function figuresOf(principal: Principal, asked: { quotas?: boolean; charts?: boolean }) {
  const found = await projects.listProjects(principal, {}, { offset: 0, limit: 10, ...asked });
  return found.projects.map(({ name, quota, chartCount }) => [name, quota, chartCount]);
}

const used = { hard: 5000, used: 123 };
const unused = { hard: 5000, used: 0 };

describe('the figures of listed projects', () => {
  it('are what is used with what was added since, and repositories that hold charts', async () => {
    expect(await figuresOf(admin, { quotas: true, charts: true })).toEqual([
      ['charts', used, 2],
      ['empty', unused, 0],
    ]);
  });

  it('are left out unless they are asked for', async () => {
    expect(await figuresOf(admin, {})).toEqual([
      ['charts', undefined, undefined],
      ['empty', undefined, undefined],
    ]);
  });

  it('have quotas only for those who may read them', async () => {
    expect(await figuresOf(ann, { quotas: true })).toEqual([
      ['charts', used, undefined],
      ['empty', undefined, undefined],
    ]);
    expect(await figuresOf(anonymous, { quotas: true, charts: true })).toEqual([
      ['charts', undefined, 2],
      ['empty', undefined, 0],
    ]);
  });
});
