import { PASSWORD as DIRECTORY_PASSWORD } from '../directory/entries.ts';
import type { Login } from './go-client.ts';
import { fieldOf, intOf, textOf } from './go-struct.ts';
import type { IdentityWorld } from './identity-world.ts';

/** One way to log in. */
export interface AccountKind {
  readonly name: string;
  /** Makes an account that may push to and pull from the world's own project only. */
  make(world: IdentityWorld): Promise<Login>;
}

export const accountKinds: readonly AccountKind[] = [
  { name: 'database user', make: makeUser },
  { name: 'personal token', make: makePersonalToken },
  { name: 'system robot', make: (world) => makeRobot(world, { level: 'system' }) },
  { name: 'project robot', make: (world) => makeRobot(world, { level: 'project' }) },
  { name: 'robot with its former secret', make: makeRobotWithTwoSecrets },
  { name: 'workload token', make: makeWorkload },
  { name: 'LDAP user', make: makeDirectoryUser },
  { name: 'OIDC CLI secret', make: makeOidcUser },
];

/** What the users here have. */
export const PASSWORD = 'Secret-12345';
const DEVELOPER = 2;

/** A user of the registry's own, member of the own project. */
export async function makeUser(world: IdentityWorld, name = 'user'): Promise<Login> {
  const username = `${name}-${world.suffix}`;
  const email = `${username}@example.com`;
  const body = { username, email, realname: username, password: PASSWORD };
  await world.admin.send({ method: 'POST', path: '/users', body }, 201);
  await addMember(world, world.own, username);
  return { username, password: PASSWORD };
}

async function addMember({ admin }: IdentityWorld, project: string, username: string) {
  const path = `/projects/${project}/members`;
  const body = { role_id: DEVELOPER, member_user: { username } };
  await admin.send({ method: 'POST', path, body }, 201);
}

/** Its user is in both projects: it is the token that is good for one of them only. */
async function makePersonalToken(world: IdentityWorld): Promise<Login> {
  const user = await makeUser(world, 'token');
  await addMember(world, world.other, user.username);
  const scopes = ['registry:pull', 'registry:push'];
  const body = { name: 'docker', scopes, projects: [world.own] };
  const request = { method: 'POST', path: '/users/current/tokens', body } as const;
  const { body: made } = await world.as(user).send(request, 201);
  return { username: user.username, password: textOf(made, 'token') };
}

export interface RobotOptions {
  readonly level: 'system' | 'project';
  readonly name?: string;
  /** Fields of the request beside the usual ones. */
  readonly more?: object;
}

/** A robot that may push to and pull from the own project. */
export async function makeRobot(
  { admin, own, suffix }: IdentityWorld,
  { level, name = level, more }: RobotOptions,
): Promise<Login & { readonly id: number }> {
  const access = ['push', 'pull'].map((action) => ({ resource: 'repository', action }));
  const permissions = [{ kind: 'project', namespace: own, access }];
  const body = { name: `${name}-${suffix}`, level, duration: 1, permissions, ...more };
  const { body: robot } = await admin.send({ method: 'POST', path: '/robots', body }, 201);
  return {
    id: intOf(robot, 'id'),
    username: textOf(robot, 'name'),
    password: textOf(robot, 'secret'),
  };
}

async function makeRobotWithTwoSecrets(world: IdentityWorld): Promise<Login> {
  const robot = await makeRobot(world, { level: 'project', name: 'two' });
  const { id, username, password } = robot;
  const body = { secret: '', keep_old_seconds: 3600 };
  const { body: fresh } = await world.admin.send(
    { method: 'PATCH', path: `/robots/${id}`, body },
    200,
  );
  const next = textOf(fresh, 'secret');
  if (next === password) throw new Error('the secret did not change');
  const projects = { method: 'GET', path: '/projects' } as const;
  await world.as({ username, password: next }).send(projects, 200);
  return { username, password };
}

/** The claims that a build of one branch gets. */
export const WORKLOAD = { aud: 'registry', sub: 'repo:berth/app:ref:refs/heads/main' };

async function makeWorkload(world: IdentityWorld): Promise<Login> {
  const { issuer, mintToken } = world.provider();
  const conditions = [{ claim: 'sub', pattern: 'repo:berth/app:**' }];
  const trusts = [{ issuer, audience: WORKLOAD.aud, conditions }];
  const robot = await makeRobot(world, { level: 'project', name: 'workload', more: { trusts } });
  return { username: robot.username, password: await mintToken(WORKLOAD) };
}

/** One of whom the registry learns when somebody makes it a member. */
async function makeDirectoryUser(world: IdentityWorld): Promise<Login> {
  world.slapd();
  await addMember(world, world.own, 'dave');
  return { username: 'dave', password: DIRECTORY_PASSWORD };
}

async function makeOidcUser(world: IdentityWorld): Promise<Login> {
  const session = await logInAtProvider(world, 'bob');
  const user = await session('GET', '/api/v2.0/users/current');
  const username = textOf(user, 'username');
  const generated = textOf(fieldOf(user, 'oidc_user_meta'), 'secret');
  await addMember(world, world.own, username);
  const projects = { method: 'GET', path: '/projects' } as const;
  await world.as({ username, password: generated }).send(projects, 200);
  const path = `/api/v2.0/users/${intOf(user, 'user_id')}/cli_secret`;
  await session('PUT', path, { secret: PASSWORD });
  await world.as({ username, password: generated }).refuse(projects, 401);
  const after = await session('GET', '/api/v2.0/users/current');
  return { username, password: textOf(fieldOf(after, 'oidc_user_meta'), 'secret') };
}

type Session = (method: 'GET' | 'PUT', path: string, body?: object) => Promise<unknown>;

/** Signs in as a browser would, and gives requests with that session. */
async function logInAtProvider(world: IdentityWorld, username: string): Promise<Session> {
  const { url } = world.context.registry;
  const jar = new Map<string, string>();
  let csrfToken = '';
  const visit = async (target: URL, init: RequestInit = {}) => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = {
      cookie,
      'content-type': 'application/json',
      'x-harbor-csrf-token': csrfToken,
    };
    const response = await fetch(target, { redirect: 'manual', ...init, headers });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      jar.set(name, value);
    }
    csrfToken = response.headers.get('x-harbor-csrf-token') ?? csrfToken;
    return response;
  };
  const start = await visit(new URL('/c/oidc/login', url));
  const provider = start.headers.get('location');
  if (provider === null) throw new Error(`no way to the provider: ${await start.text()}`);
  const back = await visit(await world.provider().signIn(new URL(provider), username));
  const path = back.headers.get('location');
  if (path !== '/') throw new Error(`the login ended at ${path}: ${await back.text()}`);
  return async (method, target, body) => {
    const init = { method, ...(body !== undefined && { body: JSON.stringify(body) }) };
    const response = await visit(new URL(target, url), init);
    const text = await response.text();
    if (response.status !== 200) throw new Error(`${method} ${target}: ${response.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };
}
