import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { quietLog } from '../../test/log.ts';
import { createDatabase, type Database, openPool } from '../db/index.ts';
import { createUserGroupRepository } from './user-group.repository.ts';
import { createUserGroupsService, type UserGroupsService } from './user-groups.service.ts';

let database: TestDatabase;
let db: Database;
let service: UserGroupsService;
let types: readonly number[] | undefined;
const changed: number[] = [];
const announced: string[] = [];
const page = { offset: 0, limit: 10 };

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDatabase(openPool({ connection: database.connection, poolSize: 4, log: quietLog }));
  service = createUserGroupsService({
    groups: createUserGroupRepository(db),
    groupTypes: () => types,
    findLdapGroup: (dn) =>
      Promise.resolve(
        dn.toLowerCase().startsWith('cn=there') ? { dn: 'cn=there,dc=test', name: 't' } : undefined,
      ),
    changed: (id) => Promise.resolve(void changed.push(id)),
    announceProject: (name) => Promise.resolve(void announced.push(name)),
  });
});
beforeEach(async () => {
  types = undefined;
  changed.length = 0;
  announced.length = 0;
  await db.deleteFrom('user_group').execute();
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});

async function createProject(name: string, groupId: number): Promise<{ userId: number }> {
  const user = await db
    .insertInto('app_user')
    .values({ username: `owner-of-${name}`, password_hash: 'x' })
    .returning('id')
    .executeTakeFirstOrThrow();
  const project = await db
    .insertInto('project')
    .values({ name, owner_id: user.id, is_public: false })
    .returning('id')
    .executeTakeFirstOrThrow();
  await db
    .insertInto('project_member')
    .values({ project_id: project.id, group_id: groupId, user_id: null, role_id: 1 })
    .execute();
  await db.insertInto('user_group_user').values({ group_id: groupId, user_id: user.id }).execute();
  return { userId: user.id };
}

const epochOf = async (name: string) =>
  (
    await db
      .selectFrom('project')
      .select('access_epoch')
      .where('name', '=', name)
      .executeTakeFirstOrThrow()
  ).access_epoch;

describe('creating a user group', () => {
  it('takes an LDAP group as the directory spells it, once', async () => {
    const group = { name: 'devs', type: 1, ldapDn: 'CN=There,DC=test' };
    const created = await service.createGroup(group);
    expect(created).toMatchObject({ name: 'devs', type: 1, ldapDn: 'cn=there,dc=test' });
    await expect(service.createGroup(group)).rejects.toMatchObject({ kind: 'conflict' });
  });

  it('takes other groups once by name and type', async () => {
    await service.createGroup({ name: 'devs', type: 2, ldapDn: '' });
    const oidc = await service.createGroup({ name: 'devs', type: 3, ldapDn: '' });
    expect(await service.getGroup(oidc.id)).toEqual({ ...oidc, name: 'devs', type: 3, ldapDn: '' });
    await expect(service.createGroup({ name: 'devs', type: 3, ldapDn: '' })).rejects.toMatchObject({
      kind: 'conflict',
    });
  });

  it.each([
    { name: '', type: 3, ldapDn: '' },
    { name: '  ', type: 3, ldapDn: '' },
    { name: 'x', type: 0, ldapDn: '' },
    { name: 'x', type: 4, ldapDn: '' },
    { name: 'x', type: 3, ldapDn: 'cn=there,dc=test' },
    { name: 'x', type: 1, ldapDn: '' },
    { name: 'x', type: 1, ldapDn: 'cn=absent,dc=test' },
  ])('refuses %j', async (group) => {
    await expect(service.createGroup(group)).rejects.toMatchObject({ kind: 'invalid' });
    expect((await service.listGroups({}, page)).total).toBe(0);
  });
});

describe('listing user groups', () => {
  it('filters by part of the name, by DN, and by the sources in use', async () => {
    await service.createGroup({ name: 'b-Devs', type: 1, ldapDn: 'cn=there' });
    await service.createGroup({ name: 'a-devs', type: 3, ldapDn: '' });
    await service.createGroup({ name: 'ops', type: 3, ldapDn: '' });
    const names = async (filter = {}) =>
      (await service.listGroups(filter, page)).groups.map(({ name }) => name);
    expect(await names()).toEqual(['a-devs', 'b-Devs', 'ops']);
    expect(await names({ name: 'DEV' })).toEqual(['a-devs', 'b-Devs']);
    expect(await names({ name: '%' })).toEqual([]);
    expect(await names({ ldapDn: 'CN=THERE,dc=test' })).toEqual(['b-Devs']);
    types = [1];
    expect(await names()).toEqual(['b-Devs']);
    const found = await service.searchGroups('devs', { offset: 1, limit: 1 });
    expect(found).toMatchObject({ total: 2, groups: [{ name: 'b-Devs' }] });
    expect(await service.searchGroups('', page)).toEqual({ groups: [], total: 0 });
  });
});

describe('changing a user group', () => {
  it('renames an LDAP group and leaves its members in it', async () => {
    const { id } = await service.createGroup({ name: 'old', type: 1, ldapDn: 'cn=there' });
    await createProject('p-renamed', id);
    await service.renameGroup(id, 'new');
    expect(await service.getGroup(id)).toMatchObject({ name: 'new', ldapDn: 'cn=there,dc=test' });
    expect(changed).toEqual([]);
    expect(await epochOf('p-renamed')).toBe(0);
  });

  it('empties a group that is known by its name alone, since the new name is another group', async () => {
    const { id } = await service.createGroup({ name: 'old', type: 3, ldapDn: '' });
    const { userId } = await createProject('p-emptied', id);
    await service.renameGroup(id, 'old');
    expect(changed).toEqual([]);
    await service.renameGroup(id, 'new');
    expect(await db.selectFrom('user_group_user').selectAll().execute()).toEqual([]);
    expect(changed).toEqual([userId]);
    expect(announced).toEqual(['p-emptied']);
    expect(await epochOf('p-emptied')).toBe(1);
  });

  it('refuses no name, a taken one, and groups that are not there', async () => {
    const { id } = await service.createGroup({ name: 'one', type: 3, ldapDn: '' });
    await service.createGroup({ name: 'two', type: 3, ldapDn: '' });
    await expect(service.renameGroup(id, ' ')).rejects.toMatchObject({ kind: 'invalid' });
    await expect(service.renameGroup(id, 'two')).rejects.toMatchObject({ kind: 'conflict' });
    await expect(service.renameGroup(999_999, 'x')).rejects.toMatchObject({ kind: 'not-found' });
    for (const bad of [0, -1]) {
      await expect(service.getGroup(bad)).rejects.toMatchObject({ kind: 'invalid' });
    }
  });

  it('deletes it with its memberships, and ends what its members had', async () => {
    const { id } = await service.createGroup({ name: 'gone', type: 3, ldapDn: '' });
    await createProject('p-left', id);
    await service.deleteGroup(id);
    expect(await service.findGroup(id)).toBeUndefined();
    expect(
      await db.selectFrom('project_member').selectAll().where('group_id', '=', id).execute(),
    ).toEqual([]);
    expect(await epochOf('p-left')).toBe(1);
    expect(announced).toEqual(['p-left']);
    await expect(service.deleteGroup(id)).rejects.toMatchObject({ kind: 'not-found' });
  });
});
