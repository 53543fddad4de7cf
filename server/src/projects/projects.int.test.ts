import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { insertArtifactRow } from '../../test/artifact-rows.ts';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { quietLog } from '../../test/log.ts';
import {
  anonymous,
  createProjectAccess,
  type Principal,
  type ProjectAccess,
  ROLE,
  type UserPrincipal,
} from '../access/index.ts';
import { createDatabase, type Database, openPool } from '../db/index.ts';
import { AppError } from '../lib/index.ts';
import { createMemberRepository } from './member.repository.ts';
import { createProjectRepository, type ProjectRepository } from './project.repository.ts';
import {
  createProjectsService,
  type ProjectSettings,
  type ProjectsService,
} from './projects.service.ts';

let database: TestDatabase;
let db: Database;
let rows: ProjectRepository;
let projects: ProjectsService;
let access: ProjectAccess;
let admin: UserPrincipal;
let ann: UserPrincipal;
let bob: UserPrincipal;

async function createUser(username: string, isAdmin = false): Promise<UserPrincipal> {
  const { id } = await db
    .insertInto('app_user')
    .values({ username, password_hash: 'x', is_admin: isAdmin })
    .returning('id')
    .executeTakeFirstOrThrow();
  return { kind: 'user', id, username, isAdmin, groupIds: [] };
}

const settings: ProjectSettings = {
  storagePerProject: () => -1,
  creationRestriction: () => 'everyone',
  anonymousListing: () => true,
};

const create = (owner: Principal, name: string, isPublic: boolean) =>
  projects.createProject(owner, { name, metadata: { public: String(isPublic) } });

/** As the route does: who may, deletes. */
async function deleteProject(principal: Principal, reference: string | number): Promise<void> {
  const { id } = await projects.getProject(principal, reference);
  const policy = await projects.findPolicyById(id);
  if (policy === undefined) throw new Error('no policy');
  if (!(await access.can(principal, policy, 'project', 'delete'))) {
    throw new AppError('denied', 'no');
  }
  await projects.deleteProject(policy);
}

async function addMember(projectId: number, user: UserPrincipal, role: number): Promise<void> {
  const entity = { kind: 'user', id: user.id, name: user.username } as const;
  await createMemberRepository(db).create(projectId, entity, role);
}

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDatabase(openPool({ connection: database.connection, poolSize: 4, log: quietLog }));
  rows = createProjectRepository(db);
  projects = createProjectsService({
    projects: rows,
    announce: (name) => Promise.resolve(projects.forget(name)),
    settings,
  });
  access = createProjectAccess(projects);
  admin = await createUser('admin', true);
  ann = await createUser('ann');
  bob = await createUser('bob');
  await projects.ensureLibrary(admin.id);
  await create(ann, 'ann-open', true);
  await create(ann, 'ann-closed', false);
  await create(bob, 'bob-closed', false);
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});

const namesFor = async (principal: Principal, filter = {}) =>
  (await projects.listProjects(principal, filter, { offset: 0, limit: 100 })).projects.map(
    ({ name }) => name,
  );

describe('who sees which projects', () => {
  it('lists the public ones, and those one is a member of', async () => {
    expect(await namesFor(anonymous)).toEqual(['ann-open', 'library']);
    expect(await namesFor(ann)).toEqual(['ann-closed', 'ann-open', 'library']);
    expect(await namesFor(bob)).toEqual(['ann-open', 'bob-closed', 'library']);
    expect(await namesFor(admin)).toEqual(['ann-closed', 'ann-open', 'bob-closed', 'library']);
  });

  it.each<[string, () => Principal, boolean]>([
    ['an anonymous caller', () => anonymous, false],
    ['a stranger', () => bob, false],
    ['the owner', () => ann, true],
    ['an administrator', () => admin, true],
  ])('%s gets a private project or is told that there is none', async (_who, who, isSeen) => {
    const { id } = await projects.getProject(admin, 'ann-closed');
    for (const reference of ['ann-closed', id]) {
      const getting = projects.getProject(who(), reference);
      if (isSeen) expect(await getting).toMatchObject({ name: 'ann-closed', ownerName: 'ann' });
      else await expect(getting).rejects.toMatchObject({ kind: 'not-found' });
    }
  });

  it('tells of a private project what it tells of one that is not there', async () => {
    const messageOf = (name: string) =>
      projects.getProject(bob, name).then(
        () => '',
        (error: Error) => error.message.replace(name, 'X'),
      );
    expect(await messageOf('ann-closed')).toBe(await messageOf('not-there'));
  });

  it.each(Object.values(ROLE))('a member with role %i sees it', async (role) => {
    const { id } = await projects.getProject(admin, 'ann-closed');
    const member = await createUser(`member-${role}`);
    await addMember(id, member, role);
    expect(await projects.getProject(member, 'ann-closed')).toBeDefined();
    expect(await namesFor(member)).toContain('ann-closed');
  });

  it('filters and pages, and tells how many there are', async () => {
    expect(await namesFor(admin, { name: 'closed' })).toEqual(['ann-closed', 'bob-closed']);
    expect(await namesFor(admin, { name: 'LIB' })).toEqual(['library']);
    expect(await namesFor(admin, { name: '%' })).toEqual([]);
    expect(await namesFor(admin, { name: '_' })).toEqual([]);
    expect(await namesFor(admin, { isPublic: true })).toEqual(['ann-open', 'library']);
    expect(await namesFor(ann, { isPublic: false })).toEqual(['ann-closed']);
    const page = await projects.listProjects(admin, {}, { offset: 1, limit: 2 });
    expect(page.total).toBe(4);
    expect(page.projects.map(({ name }) => name)).toEqual(['ann-open', 'bob-closed']);
    const beyond = await projects.listProjects(admin, {}, { offset: 50, limit: 2 });
    expect(beyond).toEqual({ projects: [], total: 4 });
  });
});

describe('the name of a project', () => {
  it.each(['a', '0', 'a-b', 'a.b_c-d', 'x'.repeat(255)])('may be %s', async (name) => {
    await create(admin, name, false);
    expect(await projects.findPolicy(name)).toMatchObject({ name, isPublic: false });
    await deleteProject(admin, name);
  });

  it.each([
    '',
    'A',
    'a b',
    'a/b',
    '-a',
    'a-',
    'a..b',
    '.a',
    'ä',
    'a\n',
    'x'.repeat(256),
    '../etc',
    'a:b',
  ])('may not be %j', async (name) => {
    await expect(create(admin, name, false)).rejects.toMatchObject({
      kind: 'invalid',
    });
  });

  it('is taken once, also at the same time', async () => {
    const createRare = () => create(ann, 'rare', false);
    const outcomes = await Promise.allSettled([createRare(), createRare(), createRare()]);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await expect(createRare()).rejects.toMatchObject({ kind: 'conflict' });
    await deleteProject(ann, 'rare');
  });
});

describe('deleting a project', () => {
  it('is refused while a repository holds an artifact', async () => {
    const { id } = await create(ann, 'full', false);
    const repository = await db
      .insertInto('repository')
      .values({ project_id: id, name: 'full/app' })
      .returning('id')
      .executeTakeFirstOrThrow();
    await insertArtifactRow(db, { repositoryId: repository.id, projectId: id, content: 'x' });
    expect(await projects.getProject(ann, 'full')).toMatchObject({ repositoryCount: 1 });
    await expect(deleteProject(ann, 'full')).rejects.toMatchObject({
      kind: 'precondition',
    });
    expect(await projects.findPolicy('full')).toMatchObject({ id });
    await db.deleteFrom('artifact').where('repository_id', '=', repository.id).execute();
    expect(await projects.getProject(ann, 'full')).toMatchObject({ repositoryCount: 0 });
    await deleteProject(ann, 'full');
    expect(await projects.findPolicy('full')).toBeUndefined();
    expect(projects.peekPolicy('full')).toBeUndefined();
  });

  it.each([ROLE.maintainer, ROLE.developer, ROLE.guest, ROLE.limitedGuest])(
    'is denied to role %i',
    async (role) => {
      const { id } = await create(ann, `held-${role}`, true);
      const member = await createUser(`held-${role}`);
      await addMember(id, member, role);
      await expect(deleteProject(member, id)).rejects.toMatchObject({ kind: 'denied' });
      await expect(deleteProject(bob, id)).rejects.toMatchObject({ kind: 'denied' });
      await expect(deleteProject(anonymous, id)).rejects.toMatchObject({ kind: 'denied' });
      await deleteProject(ann, id);
    },
  );

  it('of a foreign private project is refused as if there were none', async () => {
    await expect(deleteProject(bob, 'ann-closed')).rejects.toMatchObject({
      kind: 'not-found',
    });
  });

  it('and making it again gives another id, and no old members', async () => {
    const before = await create(ann, 'again', false);
    await addMember(before.id, bob, ROLE.developer);
    await projects.findPolicy('again');
    await deleteProject(ann, 'again');
    const after = await create(ann, 'again', false);
    expect(after.id).not.toBe(before.id);
    expect(await projects.findPolicy('again')).toMatchObject({ id: after.id });
    expect(await projects.findRoles(after.id, bob.id, [])).toEqual([]);
    expect(await projects.findRoles(after.id, ann.id, [])).toEqual([ROLE.projectAdmin]);
  });
});

describe('the library', () => {
  it('is public and made once', async () => {
    await projects.ensureLibrary(admin.id);
    await createProjectsService({
      projects: rows,
      announce: () => Promise.resolve(),
      settings,
    }).ensureLibrary(ann.id);
    expect(await projects.getProject(anonymous, 'library')).toMatchObject({
      isPublic: true,
      ownerName: 'admin',
    });
  });
});
