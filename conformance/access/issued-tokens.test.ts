import { afterAll, describe, expect, it } from 'vitest';
import { randomHex } from '../data.ts';
import { basic, openRegistry } from '../registry.ts';
import { createApi, createdId, expectStatus, memberOf } from './api.ts';
import { pushImage } from './fixture.ts';
import { createStage, PASSWORD, ROLE, type RobotPermission } from './people.ts';
import { fullScope, getToken, probe } from './tokens.ts';

const registry = await openRegistry();
afterAll(() => registry.close());

const admin = basic(registry.username, registry.password);
const asAdmin = { authorization: admin };
const api = createApi(registry.url);
const stage = createStage(api, admin);

const ALL = 'pull,push,delete';

interface Home {
  readonly project: string;
  readonly repository: string;
}

async function createHome(isPublic = false): Promise<Home> {
  const project = `home-${randomHex(5)}`;
  await stage.createProject(project, isPublic);
  const repository = `${project}/app`;
  await pushImage(registry, repository);
  return { project, repository };
}

/** A token, and the same once more, so that all caches know it: what both can do. */
async function watch(authorization: string | undefined, repository: string) {
  const token = await getToken(api, authorization, fullScope(repository));
  await probe(api, token, repository);
  return () => probe(api, token, repository);
}

describe('a token of a member, at once', () => {
  async function createMember(roleId: number) {
    const home = await createHome();
    const person = await stage.createPerson();
    const mid = await stage.addMember(home.project, person.id, roleId);
    const able = await watch(person.authorization, home.repository);
    return { ...home, person, able, path: `/projects/${home.project}/members/${mid}` };
  }

  it('can do what a lowered role can', async () => {
    const { able, path } = await createMember(ROLE.maintainer);
    expect(await able()).toBe(ALL);
    for (const [roleId, left] of [
      [ROLE.developer, 'pull,push'],
      [ROLE.limitedGuest, 'pull'],
    ] as const) {
      await expectStatus(200, api('PUT', path, { ...asAdmin, body: { role_id: roleId } }));
      expect(await able()).toBe(left);
    }
  });

  it('can do no more than it was issued for, when the role is raised', async () => {
    const { able, path } = await createMember(ROLE.guest);
    await expectStatus(200, api('PUT', path, { ...asAdmin, body: { role_id: ROLE.projectAdmin } }));
    expect(await able()).toBe('pull');
  });

  it('can do nothing once the member is removed', async () => {
    const { able, path } = await createMember(ROLE.projectAdmin);
    expect(await able()).toBe(ALL);
    await expectStatus(200, api('DELETE', path, asAdmin));
    expect(await able()).toBe('');
  });

  it.each(['token', 'Basic'])('mounts nothing any more from where it was, with %s', async (way) => {
    const { person, path, project, repository } = await createMember(ROLE.guest);
    const { blob } = await pushImage(registry, repository);
    const other = await createHome();
    await stage.addMember(other.project, person.id, ROLE.developer);
    const scopes = [fullScope(repository), fullScope(other.repository)];
    const authorization =
      way === 'Basic' ? person.authorization : await getToken(api, person.authorization, ...scopes);
    await expectStatus(200, api('DELETE', path, asAdmin));
    for (const from of [`&from=${repository}`, `&from=${project}/other`, '']) {
      const mount = `/v2/${other.repository}/blobs/uploads/?mount=${blob}${from}`;
      expect((await api('POST', mount, { authorization })).status).not.toBe(201);
    }
    const stolen = `/v2/${other.repository}/blobs/${blob}`;
    expect((await api('GET', stolen, { authorization })).status).toBe(404);
  });

  it.each(['member', 'group'])(
    'can do nothing once the %s by which it could is gone',
    async (what) => {
      const { own } = registry;
      if (own === undefined) return;
      const { project, repository } = await createHome();
      const body = { group_name: `g${randomHex(5)}`, group_type: 2 };
      const made = api('POST', '/usergroups', { ...asAdmin, body });
      const groupId = createdId(await expectStatus(201, made));
      const person = await stage.createPerson();
      await own.joinGroup(person.id, groupId);
      const members = `/projects/${project}/members`;
      const member = { role_id: ROLE.maintainer, member_group: { id: groupId } };
      const added = await expectStatus(201, api('POST', members, { ...asAdmin, body: member }));
      const able = await watch(person.authorization, repository);
      expect(await able()).toBe(ALL);
      const path = what === 'group' ? `/usergroups/${groupId}` : `${members}/${createdId(added)}`;
      await expectStatus(200, api('DELETE', path, asAdmin));
      expect(await able()).toBe('');
    },
  );
});

describe('a token for a public project', () => {
  it.each(['nobody', 'an outsider'])('pulls nothing for %s once it is private', async (who) => {
    const { project, repository } = await createHome(true);
    const person = who === 'nobody' ? undefined : await stage.createPerson();
    const able = await watch(person?.authorization, repository);
    expect(await able()).toBe('pull');
    const body = { metadata: { public: 'false' } };
    await expectStatus(200, api('PUT', `/projects/${project}`, { ...asAdmin, body }));
    expect(await able()).toBe('');
  });

  it('pulls nothing once its metadata says private', async () => {
    const { project, repository } = await createHome(true);
    const able = await watch(undefined, repository);
    const path = `/projects/${project}/metadatas/public`;
    await expectStatus(200, api('PUT', path, { ...asAdmin, body: { public: 'false' } }));
    expect(await able()).toBe('');
  });
});

describe.each(['project', 'system'] as const)('a token of a robot of the %s', (level) => {
  const words = ['pull', 'push', 'delete'];
  const permissionFor = (namespace: string, actions: readonly string[]): RobotPermission => ({
    kind: 'project',
    namespace,
    access: actions.map((action) => ({ resource: 'repository', action })),
  });

  async function createRobot() {
    const home = await createHome();
    const permissions = [permissionFor(home.project, words)];
    const robot = await stage.createRobot(level, permissions);
    const able = await watch(robot.authorization, home.repository);
    expect(await able()).toBe(ALL);
    return { ...home, robot, able, permissions, path: `/robots/${robot.id}` };
  }

  it('can do nothing once it is disabled, also when it is enabled again', async () => {
    const { able, path, permissions, robot, repository } = await createRobot();
    for (const disable of [true, false]) {
      const body = { disable, permissions };
      await expectStatus(200, api('PUT', path, { ...asAdmin, body }));
      expect(await able()).toBe('');
      expect(await probe(api, robot.authorization, repository)).toBe(disable ? '' : ALL);
    }
  });

  it('can do nothing once it is deleted', async () => {
    const { able, path, robot, repository } = await createRobot();
    await expectStatus(200, api('DELETE', path, asAdmin));
    expect(await able()).toBe('');
    expect(await probe(api, robot.authorization, repository)).toBe('');
  });

  it('can do less once a permission is removed', async () => {
    const { able, path, robot, project, repository } = await createRobot();
    const body = { permissions: [permissionFor(project, ['pull'])] };
    await expectStatus(200, api('PUT', path, { ...asAdmin, body }));
    expect(['', 'pull']).toContain(await able());
    expect(await probe(api, robot.authorization, repository)).toBe('pull');
  });

  it('can do nothing once the secret is another one', async () => {
    const { able, path, robot, repository } = await createRobot();
    await expectStatus(200, api('PATCH', path, { ...asAdmin, body: {} }));
    expect(await able()).toBe('');
    expect(await probe(api, robot.authorization, repository)).toBe('');
  });
});

describe('a token of a user', () => {
  async function createMember() {
    const home = await createHome();
    const person = await stage.createPerson();
    await stage.addMember(home.project, person.id, ROLE.projectAdmin);
    const able = await watch(person.authorization, home.repository);
    expect(await able()).toBe(ALL);
    const cookie = await logIn(person.username);
    return { ...home, person, able, cookie, path: `/users/${person.id}` };
  }

  async function logIn(username: string): Promise<string> {
    const body = new URLSearchParams({ principal: username, password: PASSWORD }).toString();
    const answer = await expectStatus(200, api('POST', '/c/login', { form: true, body }));
    const [cookie = ''] = answer.headers.getSetCookie().map((each) => each.split(';')[0] ?? '');
    expect((await api('GET', '/users/current', { headers: { cookie } })).status).toBe(200);
    return cookie;
  }

  async function isLoggedIn(cookie: string): Promise<boolean> {
    return (await api('GET', '/users/current', { headers: { cookie } })).status === 200;
  }

  it('can do nothing once the user is deleted, nor can its session', async () => {
    const { able, cookie, path, person, repository } = await createMember();
    await expectStatus(200, api('DELETE', path, asAdmin));
    expect(await able()).toBe('');
    expect(await isLoggedIn(cookie)).toBe(false);
    expect(await probe(api, person.authorization, repository)).toBe('');
  });

  it.each(['itself', 'the administrator'])(
    'can do nothing once %s changed the password',
    async (who) => {
      const { able, cookie, path, person, repository } = await createMember();
      const body = { old_password: PASSWORD, new_password: `${PASSWORD}-new` };
      const authorization = who === 'itself' ? person.authorization : admin;
      await expectStatus(200, api('PUT', `${path}/password`, { authorization, body }));
      expect(await able()).toBe('');
      expect(await isLoggedIn(cookie)).toBe(false);
      expect(await probe(api, person.authorization, repository)).toBe('');
      expect(await probe(api, basic(person.username, body.new_password), repository)).toBe(ALL);
    },
  );

  it('can do nothing once it is no administrator any more', async () => {
    const { repository } = await createHome();
    const person = await stage.createPerson();
    const path = `/users/${person.id}/sysadmin`;
    await expectStatus(200, api('PUT', path, { ...asAdmin, body: { sysadmin_flag: true } }));
    const able = await watch(person.authorization, repository);
    expect(await able()).toBe(ALL);
    await expectStatus(200, api('PUT', path, { ...asAdmin, body: { sysadmin_flag: false } }));
    expect(await able()).toBe('');
    expect(await probe(api, person.authorization, repository)).toBe('');
    const list = await api('GET', '/users', { authorization: person.authorization });
    expect(list.status).toBe(403);
  });

  it('can do nothing once the personal token behind it is revoked', async () => {
    const { person, repository, able: ableWithPassword } = await createMember();
    const body = { name: 'ci', scopes: ['api:read', 'registry:pull', 'registry:push'] };
    const { authorization } = person;
    const made = await expectStatus(
      201,
      api('POST', '/users/current/tokens', { authorization, body }),
    );
    const text = String(memberOf(made.json, 'token'));
    const able = await watch(basic(person.username, text), repository);
    expect(await able()).toBe('pull,push');
    const bearer = { authorization: `Bearer ${text}` };
    expect((await api('GET', '/users/current', bearer)).status).toBe(200);
    const path = `/users/current/tokens/${createdId(made)}`;
    await expectStatus(200, api('DELETE', path, { authorization }));
    expect(await able()).toBe('');
    expect((await api('GET', '/users/current', bearer)).status).toBe(401);
    expect(await ableWithPassword()).toBe(ALL);
  });
});
