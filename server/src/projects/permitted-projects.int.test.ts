import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { quietLog } from '../../test/log.ts';
import { anonymous, ROLE, type UserPrincipal } from '../access/index.ts';
import { createDatabase, type Database, openPool } from '../db/index.ts';
import { createMembershipRepository } from './membership.repository.ts';
import { listPermittedProjectIds } from './permitted-projects.ts';

let database: TestDatabase;
let db: Database;
let ann: UserPrincipal;
const ids = { admin: 0, guest: 0, group: 0, none: 0 };
const log = { resource: 'log', action: 'list' };

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDatabase(openPool({ connection: database.connection, poolSize: 2, log: quietLog }));
  const { id } = await db
    .insertInto('app_user')
    .values({ username: 'ann', password_hash: 'x' })
    .returning('id')
    .executeTakeFirstOrThrow();
  const group = await db
    .insertInto('user_group')
    .values({ name: 'g', type: 3 })
    .returning('id')
    .executeTakeFirstOrThrow();
  for (const name of ['admin', 'guest', 'group', 'none'] as const) {
    const row = await db
      .insertInto('project')
      .values({ name, owner_id: id, is_public: true })
      .returning('id')
      .executeTakeFirstOrThrow();
    ids[name] = row.id;
  }
  await db
    .insertInto('project_member')
    .values([
      { project_id: ids.admin, user_id: id, role_id: ROLE.projectAdmin },
      { project_id: ids.guest, user_id: id, role_id: ROLE.guest },
      { project_id: ids.group, group_id: group.id, role_id: ROLE.projectAdmin },
    ])
    .execute();
  ann = { kind: 'user', id, username: 'ann', isAdmin: false, groupIds: [group.id] };
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});

const list = (principal: Parameters<typeof listPermittedProjectIds>[1]) =>
  listPermittedProjectIds(createMembershipRepository(db), principal, log).then((found) =>
    found.toSorted((a, b) => a - b),
  );

describe('the projects in which somebody may do something', () => {
  it('are those of a role that allows it, own or of a group', async () => {
    expect(await list(ann)).toEqual([ids.admin, ids.group]);
    expect(await list({ ...ann, groupIds: [] })).toEqual([ids.admin]);
    expect(await list(anonymous)).toEqual([]);
  });

  it('are narrowed by a personal token', async () => {
    const limits = { tokenId: 1, api: 'read' as const, repository: 0, projectIds: [ids.group] };
    expect(await list({ ...ann, limits })).toEqual([ids.group]);
    expect(await list({ ...ann, limits: { ...limits, api: 'none' } })).toEqual([]);
  });

  it('are those that a robot was given', async () => {
    const robot = { kind: 'robot' as const, id: 1, username: 'robot$x', projectId: undefined };
    const access = [log];
    const named = [{ scope: ids.none, access, repositories: [] }];
    expect(await list({ ...robot, permissions: named })).toEqual([ids.none]);
    const all = [{ scope: 'all-projects' as const, access, repositories: [] }];
    expect(await list({ ...robot, permissions: all })).toHaveLength(4);
    expect(await list({ ...robot, permissions: [{ ...named[0]!, access: [] }] })).toEqual([]);
  });
});
