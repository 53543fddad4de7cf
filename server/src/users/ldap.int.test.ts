import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { quietLog } from '../../test/log.ts';
import { createDatabase, type Database, openPool } from '../db/index.ts';
import {
  createExternalAccountRepository,
  createIdentityService,
  createUserRepository,
  type IdentityService,
  type LdapDirectory,
  LdapError,
  type LdapPerson,
  type LdapSettings,
} from '../identity/index.ts';
import { createUserGroupRepository, createUserGroupsService } from '../user-groups/index.ts';
import { createAccountRepository } from './account.repository.ts';
import { createLdapService, type LdapPorts } from './ldap.service.ts';
import { createMemberResolver } from './member-resolver.ts';

const settings: LdapSettings = {
  url: 'ldap://directory.test',
  searchDn: '',
  searchPassword: '',
  baseDn: '',
  filter: '',
  uid: 'uid',
  scope: 2,
  timeoutSeconds: 1,
  verifyCert: true,
  group: {
    baseDn: '',
    filter: '',
    nameAttribute: 'cn',
    scope: 2,
    adminDn: '',
    membershipAttribute: '',
    attachParallel: false,
  },
};

const people: readonly LdapPerson[] = ['Carl', 'dora', 'taken'].map((username) => ({
  dn: `uid=${username},dc=test`,
  username,
  realname: username,
  email: `${username}@test.example`,
}));
const groups = [{ dn: 'cn=Devs,dc=test', name: 'devs' }];

/** Stands for a directory, which `npm test` has none of; the client has tests with slapd. */
const directory: LdapDirectory = {
  authenticate: () => Promise.resolve(undefined),
  ping: ({ url }) =>
    url === settings.url ? Promise.resolve() : Promise.reject(new LdapError('tls', 'no trust')),
  searchUsers: () => Promise.resolve(people),
  findUser: (_settings, name) =>
    name === 'broken'
      ? Promise.reject(new LdapError('unreachable', 'nothing there'))
      : Promise.resolve(
          people.find(({ username }) => username.toLowerCase() === name.toLowerCase()),
        ),
  searchGroups: (_settings, { name = '' }) =>
    Promise.resolve(groups.filter((group) => group.name.includes(name))),
  findGroup: (_settings, dn) =>
    dn.includes('=')
      ? Promise.resolve(groups.find((group) => group.dn.toLowerCase() === dn.toLowerCase()))
      : Promise.reject(new LdapError('settings', 'not a DN')),
};

let database: TestDatabase;
let db: Database;
let identity: IdentityService;
const ldap = (change: Partial<LdapPorts> = {}) =>
  createLdapService({
    directory,
    identity,
    ldapSettings: () => settings,
    linkOf: ({ dn }, { url }) => ({ issuer: url, subject: dn.toLowerCase() }),
    ...change,
  });

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDatabase(openPool({ connection: database.connection, poolSize: 4, log: quietLog }));
  identity = createIdentityService(createUserRepository(db), createExternalAccountRepository(db));
  await db.insertInto('app_user').values({ username: 'taken', password_hash: 'x' }).execute();
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});

const membershipsOf = (id: number) =>
  db.selectFrom('user_group_user').selectAll().where('user_id', '=', id).execute();

describe('importing users', () => {
  it('makes accounts without rights, and tells for whom that failed', async () => {
    const failures = await ldap().importUsers(['Carl', ' ', 'nobody', 'taken']);
    expect(failures).toEqual([
      { uid: ' ', error: 'empty_uid' },
      { uid: 'nobody', error: 'unknown_user' },
      { uid: 'taken', error: 'failed to import user: taken' },
    ]);
    const carl = await identity.findByName('Carl');
    expect(carl).toMatchObject({ isAdmin: false, groupIds: [] });
  });

  it('leaves the groups and the rights of somebody who logged in before', async () => {
    const login = {
      source: 'ldap' as const,
      issuer: settings.url,
      subject: 'uid=dora,dc=test',
      username: 'dora',
      email: undefined,
      realname: 'Dora',
      groups: [{ name: 'devs', dn: 'cn=Devs,dc=test' }],
      isAdmin: true,
    };
    const { id } = await identity.ensureExternal(login);
    expect(await ldap().importUsers(['dora'])).toEqual([]);
    expect(await membershipsOf(id)).toHaveLength(1);
    expect(await identity.findByName('dora')).toMatchObject({ id, isAdmin: true });
  });

  it('asks a directory that does not answer once only', async () => {
    const asked: string[] = [];
    const service = ldap({
      directory: {
        ...directory,
        findUser: (given, name) => {
          asked.push(name);
          return directory.findUser(given, name);
        },
      },
    });
    expect(await service.importUsers(['broken', 'Carl', 'dora'])).toEqual(
      ['broken', 'Carl', 'dora'].map((uid) => ({ uid, error: 'failed_search_user' })),
    );
    expect(asked).toEqual(['broken']);
  });

  it('is refused while there is no directory', async () => {
    const service = ldap({ ldapSettings: () => undefined });
    await expect(service.importUsers(['Carl'])).rejects.toMatchObject({ kind: 'invalid' });
    await expect(service.searchUsers('')).rejects.toMatchObject({ kind: 'invalid' });
    expect(await service.findIdentity('Carl')).toBeUndefined();
    expect(await service.ping({})).toBe('LDAP is not configured');
  });
});

describe('asking the directory', () => {
  it('tells why a ping fails', async () => {
    expect(await ldap().ping({})).toBeUndefined();
    expect(await ldap().ping({ ldap_url: 'ldap://other.test' })).toBe('no trust');
  });

  it('tells that there is no such group, and what is no DN', async () => {
    expect(await ldap().searchGroups({ name: 'dev', dn: '' })).toEqual(groups);
    await expect(ldap().searchGroups({ name: 'none', dn: '' })).rejects.toMatchObject({
      kind: 'not-found',
    });
    await expect(ldap().findGroup('no DN')).rejects.toMatchObject({ kind: 'invalid' });
  });

  it('tells an outage from wrong settings', async () => {
    await expect(ldap().findIdentity('broken')).rejects.toMatchObject({ kind: 'unavailable' });
  });
});

describe('finding who shall become a member', () => {
  const resolver = () => {
    const service = ldap();
    return createMemberResolver({
      accounts: createAccountRepository(db),
      identity,
      groups: createUserGroupsService({
        groups: createUserGroupRepository(db),
        groupTypes: () => undefined,
        findLdapGroup: (dn) => service.findGroup(dn),
        changed: () => Promise.resolve(),
        announceProject: () => Promise.resolve(),
      }),
      findExternalUser: (name) => service.findIdentity(name),
    });
  };

  it('finds users here first, then in the directory in any case, and makes no second account', async () => {
    expect(await resolver().findUser({ username: 'taken' })).toMatchObject({ username: 'taken' });
    const carl = await resolver().findUser({ username: 'Carl' });
    expect(await resolver().findUser({ username: 'cARL' })).toMatchObject({ id: carl?.id });
    expect(await resolver().findUser({ id: carl?.id ?? 0 })).toMatchObject({ username: 'Carl' });
    expect(await resolver().findUser({ username: 'nobody' })).toBeUndefined();
    expect(await resolver().findUser({ id: 999_999 })).toBeUndefined();
  });

  it('makes groups once, and LDAP groups only if the directory has them', async () => {
    const named = await resolver().ensureGroup({ name: 'ops', type: 3 });
    expect(await resolver().ensureGroup({ name: 'ops', type: 3 })).toEqual(named);
    const devs = await resolver().ensureGroup({ ldapDn: 'CN=devs,dc=test' });
    expect(devs).toMatchObject({ name: 'devs', ldapDn: 'cn=Devs,dc=test' });
    expect(await resolver().findGroup({ id: devs?.id ?? 0 })).toEqual(devs);
    await expect(resolver().ensureGroup({ ldapDn: 'cn=none,dc=test' })).rejects.toMatchObject({
      kind: 'invalid',
    });
    await expect(resolver().ensureGroup({ name: 'x', type: 9 })).rejects.toMatchObject({
      kind: 'invalid',
    });
  });
});
