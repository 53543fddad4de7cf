import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { insertArtifactRow } from '../../test/artifact-rows.ts';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { quietLog } from '../../test/log.ts';
import { createDatabase, type Database, openPool } from '../db/index.ts';
import type { Visibility } from '../projects/index.ts';
import { createRepositoryRepository, type RepositoryRepository } from './repository.repository.ts';

let database: TestDatabase;
let db: Database;
let repositories: RepositoryRepository;
let userId: number;
let groupId: number;
const projectIds = new Map<string, number>();

async function createRepository(project: string, isPublic: boolean): Promise<void> {
  const { id } = await db
    .insertInto('project')
    .values({ name: project, owner_id: userId, is_public: isPublic })
    .returning('id')
    .executeTakeFirstOrThrow();
  projectIds.set(project, id);
  const repository = await repositories.ensure(`${project}/app`, id);
  await insertArtifactRow(db, { repositoryId: repository.id, projectId: id, content: 'x' });
}

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDatabase(openPool({ connection: database.connection, poolSize: 2, log: quietLog }));
  repositories = createRepositoryRepository(db);
  const user = db.insertInto('app_user').values({ username: 'ann', password_hash: 'x' });
  userId = (await user.returning('id').executeTakeFirstOrThrow()).id;
  const group = db.insertInto('user_group').values({ name: 'staff', type: 3 });
  groupId = (await group.returning('id').executeTakeFirstOrThrow()).id;
  for (const name of ['closed', 'own', 'shared']) await createRepository(name, false);
  await createRepository('open', true);
  const members = [
    { project_id: projectIds.get('own') ?? 0, user_id: userId, role_id: 3 },
    { project_id: projectIds.get('shared') ?? 0, group_id: groupId, role_id: 3 },
  ];
  for (const member of members) await db.insertInto('project_member').values(member).execute();
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});

describe('the catalog of repositories', () => {
  const open = { includesPublic: true, projectIds: [], member: undefined };
  const nothing = { ...open, includesPublic: false };
  it.each<[string, () => Visibility, string]>([
    ['everything', () => 'all', 'closed open own shared'],
    ['nothing', () => nothing, ''],
    ['what is public', () => open, 'open'],
    [
      'the projects of a user',
      () => ({ ...open, member: { userId, groupIds: [], within: undefined } }),
      'open own',
    ],
    [
      'those of its groups',
      () => ({ ...open, member: { userId, groupIds: [groupId], within: undefined } }),
      'open own shared',
    ],
    [
      'what a token leaves of them',
      () => ({
        ...open,
        member: { userId, groupIds: [groupId], within: [projectIds.get('shared') ?? 0] },
      }),
      'open shared',
    ],
    [
      'the projects of a robot',
      () => ({ ...nothing, projectIds: [projectIds.get('closed') ?? 0] }),
      'closed',
    ],
  ])('shows %s', async (_what, visibility, projects) => {
    const names = await repositories.listNames(visibility(), { last: '', limit: 10 });
    expect(names.map((name) => name.replace('/app', '')).join(' ')).toBe(projects);
  });
});
