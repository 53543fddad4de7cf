import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { quietLog } from '../../test/log.ts';
import { type ProjectPolicy, ROLE, type UserPrincipal } from '../access/index.ts';
import { createDatabase, type Database, openPool } from '../db/index.ts';
import { createMemberRepository } from './member.repository.ts';
import {
  createMembersService,
  type MemberResolver,
  type MembersService,
} from './members.service.ts';
import { createProjectRepository } from './project.repository.ts';
import { createProjectsService, type ProjectsService } from './projects.service.ts';

let database: TestDatabase;
let db: Database;
let projects: ProjectsService;
let members: MembersService;
let ann: UserPrincipal;
let bob: UserPrincipal;
let project: ProjectPolicy;
let other: ProjectPolicy;
const announced: string[] = [];
const all = { offset: 0, limit: 100 };

async function createUser(username: string): Promise<UserPrincipal> {
  const { id } = await db
    .insertInto('app_user')
    .values({ username, password_hash: 'x' })
    .returning('id')
    .executeTakeFirstOrThrow();
  return { kind: 'user', id, username, isAdmin: false, groupIds: [] };
}

/** Over the tables, as far as the tests need it. */
const resolver: MemberResolver = {
  findUser: (by) =>
    db
      .selectFrom('app_user')
      .select(['id', 'username'])
      .where('id' in by ? 'id' : 'username', '=', 'id' in by ? by.id : by.username)
      .executeTakeFirst(),
  findGroup: ({ id }) =>
    db.selectFrom('user_group').select(['id', 'name']).where('id', '=', id).executeTakeFirst(),
  ensureGroup: (group) =>
    db
      .insertInto('user_group')
      .values(
        'ldapDn' in group
          ? { name: group.name ?? group.ldapDn, type: 1, ldap_dn: group.ldapDn }
          : { name: group.name, type: group.type },
      )
      .returning(['id', 'name'])
      .executeTakeFirst(),
};

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDatabase(openPool({ connection: database.connection, poolSize: 4, log: quietLog }));
  const announce = (name: string) => {
    announced.push(name);
    projects.forget(name);
    return Promise.resolve();
  };
  projects = createProjectsService({
    projects: createProjectRepository(db),
    announce,
    settings: {
      storagePerProject: () => -1,
      creationRestriction: () => 'everyone',
      anonymousListing: () => true,
    },
  });
  members = createMembersService({ members: createMemberRepository(db), resolver, announce });
  ann = await createUser('ann');
  bob = await createUser('bob');
  project = await make('team');
  other = await make('other');
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});

async function make(name: string): Promise<ProjectPolicy> {
  await projects.createProject(ann, { name, metadata: {} });
  return policyOf(name);
}

async function policyOf(name: string): Promise<ProjectPolicy> {
  const policy = await projects.findPolicy(name);
  if (policy === undefined) throw new Error(`no project ${name}`);
  return policy;
}

const namesIn = async (within: ProjectPolicy, name?: string) =>
  (await members.listMembers(within, { name }, all)).members.map(({ entity }) => entity.name);

describe('adding a member', () => {
  it.each<[string, object, string]>([
    ['a user by id', { user: { id: 2 } }, 'bob'],
    ['a user by name', { user: { username: 'bob' } }, 'bob'],
    ['a user by id before the name', { user: { id: 2, username: 'nobody' } }, 'bob'],
    ['a group by name and type', { group: { name: 'staff', type: 3 } }, 'staff'],
    ['a group by its DN', { group: { ldapDn: 'cn=x', name: 'dn' } }, 'dn'],
    ['a user by name before a DN', { user: { username: 'bob' }, group: { ldapDn: 'cn=y' } }, 'bob'],
  ])('takes %s', async (_what, who, name) => {
    const order = { roleId: ROLE.guest, ...who };
    if ('user' in order && bob.id !== 2) throw new Error('bob is expected to be the second user');
    const { id, entity } = await members.addMember(project, order);
    expect(entity.name).toBe(name);
    expect(await members.getMember(project, id)).toMatchObject({ entity, roleId: ROLE.guest });
    await members.deleteMember(project, id);
  });

  it.each([
    ['nobody', { roleId: ROLE.guest }, 'invalid'],
    ['a group without its type', { roleId: ROLE.guest, group: { name: 'x' } }, 'invalid'],
    ['ids of 0', { roleId: ROLE.guest, user: { id: 0 }, group: { id: 0 } }, 'invalid'],
    ['an unknown role', { roleId: 6, user: { username: 'bob' } }, 'invalid'],
    ['an unknown user', { roleId: ROLE.guest, user: { username: 'nobody' } }, 'not-found'],
    ['an unknown group', { roleId: ROLE.guest, group: { id: 999 } }, 'not-found'],
    ['a member', { roleId: ROLE.guest, user: { username: 'ann' } }, 'conflict'],
  ])('refuses %s', async (_what, order, kind) => {
    await expect(members.addMember(project, order)).rejects.toMatchObject({ kind });
  });

  it('to a project that is gone is refused', async () => {
    const gone = { ...project, id: 999_999 };
    const adding = members.addMember(gone, { roleId: ROLE.guest, user: { username: 'bob' } });
    await expect(adding).rejects.toMatchObject({ kind: 'not-found' });
  });

  it('gives rights at once, and takes none: the epoch stays', async () => {
    const before = await policyOf('team');
    const order = { roleId: ROLE.developer, user: { username: 'bob' } };
    const { id } = await members.addMember(project, order);
    expect(await projects.findRoles(project.id, bob.id, [])).toEqual([ROLE.developer]);
    expect(await policyOf('team')).toEqual(before);
    await members.deleteMember(project, id);
  });
});

describe('changing a member', () => {
  it('raises the epoch of the project and tells the caches', async () => {
    const order = { roleId: ROLE.guest, user: { username: 'bob' } };
    const { id } = await members.addMember(project, order);
    const { accessEpoch } = await policyOf('team');
    announced.length = 0;
    await members.updateMember(project, id, ROLE.projectAdmin);
    expect(await policyOf('team')).toMatchObject({ accessEpoch: accessEpoch + 1 });
    expect(await projects.findRoles(project.id, bob.id, [])).toEqual([ROLE.projectAdmin]);
    await members.deleteMember(project, id);
    expect(await policyOf('team')).toMatchObject({ accessEpoch: accessEpoch + 2 });
    expect(await projects.findRoles(project.id, bob.id, [])).toEqual([]);
    expect(announced).toEqual(['team', 'team']);
  });

  it('of another project is impossible, as if there were none', async () => {
    const order = { roleId: ROLE.guest, user: { username: 'bob' } };
    const { id } = await members.addMember(other, order);
    const { accessEpoch } = await policyOf('team');
    const gone = { kind: 'not-found', message: `member ${id} not found` };
    await expect(members.getMember(project, id)).rejects.toMatchObject(gone);
    await expect(members.updateMember(project, id, 1)).rejects.toMatchObject(gone);
    await expect(members.deleteMember(project, id)).rejects.toMatchObject(gone);
    expect(await createMemberRepository(db).delete(project.id, id)).toBe(false);
    expect(await createMemberRepository(db).updateRole(project.id, id, 1)).toBe(false);
    expect(await policyOf('team')).toMatchObject({ accessEpoch });
    expect(await members.getMember(other, id)).toMatchObject({ roleId: ROLE.guest });
    await members.deleteMember(other, id);
  });

  it('refuses the id 0 and unknown roles', async () => {
    const invalid = { kind: 'invalid' };
    await expect(members.getMember(project, 0)).rejects.toMatchObject(invalid);
    await expect(members.updateMember(project, 0, 1)).rejects.toMatchObject(invalid);
    await expect(members.deleteMember(project, 0)).rejects.toMatchObject(invalid);
    await expect(members.updateMember(project, 1, 0)).rejects.toMatchObject(invalid);
  });
});

describe('the list of members', () => {
  it('has users and groups by name, pages, and finds parts of names', async () => {
    for (const username of ['zoe', 'a_b']) await createUser(username);
    const within = await make('listed');
    const roleId = ROLE.guest;
    await members.addMember(within, { roleId, user: { username: 'zoe' } });
    await members.addMember(within, { roleId, group: { name: 'men', type: 3 } });
    await members.addMember(within, { roleId, user: { username: 'a_b' } });
    expect(await namesIn(within)).toEqual(['a_b', 'ann', 'men', 'zoe']);
    expect(await namesIn(within, 'N')).toEqual(['ann', 'men']);
    expect(await namesIn(within, '_')).toEqual(['a_b']);
    expect(await namesIn(within, '')).toHaveLength(4);
    const page = await members.listMembers(within, {}, { offset: 2, limit: 1 });
    expect(page).toMatchObject({
      total: 4,
      members: [{ entity: { kind: 'group', name: 'men' }, roleId, projectId: within.id }],
    });
    expect(await namesIn(other)).toEqual(['ann']);
  });
});
