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
const WORDS = ['pull', 'push', 'delete'];

/** Every right on the repositories of a project. */
function permissionFor(namespace: string): RobotPermission {
  const access = WORDS.map((action) => ({ resource: 'repository', action }));
  return {
    kind: 'project',
    namespace,
    access: [...access, { resource: 'project', action: 'read' }],
  };
}

async function createPersonalToken(authorization: string, projects?: string[]): Promise<string> {
  const scopes = ['api:write', 'registry:pull', 'registry:push', 'registry:delete'];
  const body = { name: `t${randomHex(4)}`, scopes, ...(projects && { projects }) };
  const made = api('POST', '/users/current/tokens', { authorization, body });
  return String(memberOf((await expectStatus(201, made)).json, 'token'));
}

describe('a project that was made again under its name', async () => {
  const project = `again-${randomHex(5)}`;
  const repository = `${project}/app`;
  const elsewhere = `else-${randomHex(5)}`;
  await stage.createProject(project);
  await stage.createProject(elsewhere);
  const other = await pushImage(registry, `${elsewhere}/app`);
  const person = await stage.createPerson();
  await stage.addMember(project, person.id, ROLE.projectAdmin);
  await stage.addMember(elsewhere, person.id, ROLE.developer);
  const robot = await stage.createRobot('project', [permissionFor(project)], 'ci');
  const systemRobot = await stage.createRobot('system', [
    permissionFor(project),
    permissionFor(elsewhere),
  ]);
  const limited = await createPersonalToken(person.authorization, [project, elsewhere]);

  const scopes = [fullScope(repository), fullScope(other.name)];
  const holders: [string, string][] = [
    ['an administrator', admin],
    ['a member of both', person.authorization],
    ['a personal token', basic(person.username, limited)],
    ['a robot of the project', robot.authorization],
    ['a robot of the system', systemRobot.authorization],
  ];
  const tokens = new Map<string, string>();
  for (const [holder, authorization] of holders) {
    const token = await getToken(api, authorization, ...scopes);
    tokens.set(holder, token);
    for (const path of [`/v2/${repository}/tags/list`, `/v2/${other.name}/manifests/latest`]) {
      await api('GET', path, { authorization: token });
    }
  }
  const begun = await expectStatus(202, api('POST', `/v2/${repository}/blobs/uploads/`, asAdmin));
  const upload = new URL(begun.headers.get('location') ?? '', registry.url).pathname;

  await expectStatus(200, api('DELETE', `/projects/${project}`, asAdmin));
  await stage.createProject(project);
  const content = await pushImage(registry, repository);
  const now = await stage.createRobot('project', [permissionFor(project)], 'ci');
  await stage.addMember(project, person.id, ROLE.developer);

  it.each(holders.map(([holder]) => holder))('is closed to the old token of %s', async (holder) => {
    const authorization = tokens.get(holder);
    expect(await probe(api, authorization, repository)).toBe('');
    for (const [method, path] of [
      ['HEAD', `/v2/${repository}/manifests/${content.manifest}`],
      ['GET', `/v2/${repository}/blobs/${content.blob}`],
      ['GET', `/v2/${repository}/tags/list`],
      ['GET', `/v2/${repository}/referrers/${content.manifest}`],
      ['PUT', `/v2/${repository}/manifests/latest`],
      ['PATCH', upload],
      // As a target, and as a source, named or not.
      ['POST', `/v2/${repository}/blobs/uploads/?mount=${other.blob}&from=${other.name}`],
      ['POST', `/v2/${other.name}/blobs/uploads/?mount=${content.blob}&from=${repository}`],
      ['POST', `/v2/${other.name}/blobs/uploads/?mount=${content.blob}`],
    ] as const) {
      const { status } = await api(method, path, { authorization });
      // A mount from where one may not pull becomes an upload.
      const isElsewhere = path.startsWith(`/v2/${other.name}/`);
      const expected = isElsewhere ? [202, 401, 403] : [401, 403];
      expect([method, path, expected.includes(status)]).toEqual([method, path, true]);
    }
    const taken = await api('GET', `/v2/${other.name}/blobs/${content.blob}`, asAdmin);
    expect(taken.status).toBe(404);
  });

  it('leaves the tokens what they carry for other projects', async () => {
    const authorization = tokens.get('a member of both');
    expect(await probe(api, authorization, other.name)).toBe('pull,push');
  });

  it('is closed to robots and personal tokens that were made for the old one', async () => {
    for (const authorization of [
      robot.authorization,
      systemRobot.authorization,
      basic(person.username, limited),
    ]) {
      expect(await probe(api, authorization, repository)).toBe('');
      const shown = await api('GET', `/projects/${project}`, { authorization });
      expect([401, 403]).toContain(shown.status);
    }
    expect(await probe(api, now.authorization, repository)).toBe(ALL);
    const bearer = { authorization: `Bearer ${limited}` };
    expect((await api('GET', `/projects/${project}`, bearer)).status).toBe(403);
  });

  it('knows no upload of the old one', async () => {
    expect((await api('GET', upload, asAdmin)).status).toBe(404);
  });

  it('is open to new tokens', async () => {
    const token = await getToken(api, person.authorization, ...scopes);
    expect(await probe(api, token, repository)).toBe('pull,push');
  });
});

describe('a user that was made again under its name', async () => {
  const project = `home-${randomHex(5)}`;
  const repository = `${project}/app`;
  await stage.createProject(project);
  await pushImage(registry, repository);
  const before = await stage.createPerson();
  await stage.addMember(project, before.id, ROLE.projectAdmin);
  const token = await getToken(api, before.authorization, fullScope(repository));
  const text = await createPersonalToken(before.authorization);
  const ofText = await getToken(api, basic(before.username, text), fullScope(repository));
  const form = new URLSearchParams({ principal: before.username, password: PASSWORD }).toString();
  const login = await expectStatus(200, api('POST', '/c/login', { form: true, body: form }));
  const [cookie = ''] = login.headers.getSetCookie().map((each) => each.split(';')[0] ?? '');
  const able = await Promise.all([token, ofText].map((each) => probe(api, each, repository)));
  await expectStatus(200, api('DELETE', `/users/${before.id}`, asAdmin));
  const after = await stage.createPerson(before.username);

  it('had rights before', () => {
    expect(able).toEqual([ALL, ALL]);
    expect(after.id).not.toBe(before.id);
  });

  it('has none of the former one', async () => {
    expect(await probe(api, after.authorization, repository)).toBe('');
    const { authorization } = after;
    expect((await api('GET', `/projects/${project}`, { authorization })).status).toBe(403);
  });

  it.each(['no member', 'a member again'])('ends all that was issued, as %s', async (what) => {
    if (what !== 'no member') await stage.addMember(project, after.id, ROLE.projectAdmin);
    for (const old of [token, ofText, basic(before.username, text)]) {
      expect(await probe(api, old, repository)).toBe('');
    }
    for (const headers of [{ cookie }, { authorization: `Bearer ${text}` }]) {
      expect((await api('GET', '/users/current', { headers })).status).toBe(401);
    }
    const bearer = { authorization: `Bearer ${text}` };
    expect((await api('GET', `/projects/${project}`, bearer)).status).toBe(401);
  });
});

describe.each(['project', 'system'] as const)('a robot of the %s, made again', (level) => {
  it('opens nothing to the secret and the tokens of the former one', async () => {
    const project = `home-${randomHex(5)}`;
    const repository = `${project}/app`;
    await stage.createProject(project);
    await pushImage(registry, repository);
    const permissions = [permissionFor(project)];
    const before = await stage.createRobot(level, permissions);
    const token = await getToken(api, before.authorization, fullScope(repository));
    expect(await probe(api, token, repository)).toBe(ALL);
    await expectStatus(200, api('DELETE', `/robots/${before.id}`, asAdmin));
    const after = await stage.createRobot(level, permissions, before.name);
    expect(after.id).not.toBe(before.id);
    expect(await probe(api, after.authorization, repository)).toBe(ALL);
    for (const old of [token, before.authorization]) {
      expect(await probe(api, old, repository)).toBe('');
    }
    const { authorization } = before;
    expect((await api('GET', `/projects/${project}`, { authorization })).status).toBe(401);
  });
});

describe.skipIf(registry.own === undefined)('a group that was made again under its name', () => {
  it('gives nothing to the members of the former one', async () => {
    const { own } = registry;
    const project = `home-${randomHex(5)}`;
    await stage.createProject(project);
    const repository = `${project}/app`;
    await pushImage(registry, repository);
    const body = { group_name: `g${randomHex(5)}`, group_type: 2 };
    const create = async () =>
      createdId(await expectStatus(201, api('POST', '/usergroups', { ...asAdmin, body })));
    const addGroup = (id: number) =>
      expectStatus(
        201,
        api('POST', `/projects/${project}/members`, {
          ...asAdmin,
          body: { role_id: ROLE.developer, member_group: { id } },
        }),
      );
    const before = await create();
    const person = await stage.createPerson();
    await own?.joinGroup(person.id, before);
    await addGroup(before);
    const token = await getToken(api, person.authorization, fullScope(repository));
    expect(await probe(api, token, repository)).toBe('pull,push');
    await expectStatus(200, api('DELETE', `/usergroups/${before}`, asAdmin));
    await addGroup(await create());
    expect(await probe(api, token, repository)).toBe('');
    expect(await probe(api, person.authorization, repository)).toBe('');
  });
});
