import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { quietLog } from '../../test/log.ts';
import {
  anonymous,
  createProjectAccess,
  type Principal,
  type UserPrincipal,
} from '../access/index.ts';
import { type AuditEntry, registerApi } from '../api/index.ts';
import { createDatabase, type Database, openPool } from '../db/index.ts';
import { createHttpServer } from '../http/index.ts';
import {
  type Credentials,
  createExternalAccountRepository,
  createIdentityService,
  createUserRepository,
  type IdentityService,
} from '../identity/index.ts';
import { AppError } from '../lib/index.ts';
import {
  createAccountRepository,
  createCredentialsService,
  createUsersService,
  currentUserRoutes,
  usersRoutes,
} from './index.ts';
import { userResponse, userSearchItem } from './users.schema.ts';

const PASSWORD = 'Old-password-1';
const NEW_PASSWORD = 'New-password-2';

let database: TestDatabase;
let db: Database;
let app: FastifyInstance;
let identity: IdentityService;
let admin: UserPrincipal;
let ann: UserPrincipal;
let bob: UserPrincipal;
let olga: UserPrincipal;
let callers: Record<string, Principal>;
let selfRegistration = false;
let gdprDelete = false;
let buried: [string, string][] = [];
const changed: number[] = [];
const announced: string[] = [];
const audited: AuditEntry[] = [];
const guesses: Credentials[] = [];
const replaced: string[] = [];
const cliSecrets = new Map<number, string | undefined>();

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDatabase(openPool({ connection: database.connection, poolSize: 4, log: quietLog }));
  const userRows = createUserRepository(db);
  identity = createIdentityService(userRows, createExternalAccountRepository(db));
  admin = await identity.createUser({ username: 'admin', password: PASSWORD, isAdmin: true });
  ann = await identity.createUser({ username: 'ann', password: PASSWORD, isAdmin: false });
  bob = await identity.createUser({ username: 'bob', password: PASSWORD, isAdmin: false });
  olga = await identity.ensureExternal({
    source: 'oidc',
    issuer: 'https://idp.test',
    subject: 'sub-1',
    username: 'olga',
    email: 'olga@idp.test',
    realname: 'Olga',
    groups: [],
    isAdmin: false,
  });
  const robot = (actions: string[]): Principal => ({
    kind: 'robot',
    id: ann.id,
    username: 'robot$ci',
    projectId: undefined,
    permissions: [
      {
        scope: 'system',
        access: actions.map((action) => ({ resource: 'user', action })),
        repositories: [],
      },
    ],
  });
  const tokenOf = (user: UserPrincipal): Principal => ({
    ...user,
    limits: { tokenId: 1, api: 'write', repository: 0, projectIds: undefined },
  });
  callers = {
    admin,
    ann,
    bob,
    olga,
    robot: robot(['create', 'read', 'update', 'list', 'delete']),
    'idle-robot': robot([]),
    'token-of-olga': tokenOf(olga),
    'token-of-ann': tokenOf(ann),
  };
  app = openApp();
});
beforeEach(() => {
  selfRegistration = false;
  gdprDelete = false;
  buried = [];
  for (const list of [changed, announced, audited, guesses, replaced]) list.length = 0;
});
afterAll(async () => {
  await app.close();
  await db.destroy();
  await database.drop();
});

function openApp(): FastifyInstance {
  const accounts = createAccountRepository(db);
  const shared = {
    accounts,
    identity,
    changed: (id: number) => Promise.resolve(void changed.push(id)),
    findOidcMeta: (id: number) =>
      Promise.resolve(
        id === olga.id
          ? {
              id: 5,
              subiss: 'sub-1https://idp.test',
              secret: 'Cli-secret-9',
              createdAt: new Date(0),
              updatedAt: new Date(0),
            }
          : undefined,
      ),
  };
  const users = createUsersService({
    ...shared,
    users: createUserRepository(db),
    selfRegistration: () => selfRegistration,
    gdprDelete: () => gdprDelete,
    deleted: (username, replacement) => void buried.push([username, replacement]),
    announceProject: (name) => Promise.resolve(void announced.push(name)),
  });
  const credentials = createCredentialsService({
    ...shared,
    brake: {
      check: (guess) =>
        guess.username === 'braked'
          ? Promise.reject(new AppError('too-many', 'slow down'))
          : Promise.resolve(),
      failed: (guess) => Promise.resolve(void guesses.push(guess)),
      succeeded: () => Promise.resolve(),
    },
    passwordReplaced: (username) => Promise.resolve(void replaced.push(username)),
    cliSecrets: {
      set: (id, secret) => Promise.resolve(void cliSecrets.set(id, secret)),
    },
  });
  const app = createHttpServer({ log: quietLog, idleMs: 5_000 });
  const nowhere = {
    peekPolicy: () => undefined,
    findPolicy: () => Promise.resolve(undefined),
    findPolicyById: () => Promise.resolve(undefined),
    findRoles: () => Promise.resolve([]),
  };
  registerApi(
    app,
    [
      ...usersRoutes(users),
      ...currentUserRoutes({
        users,
        credentials,
        listPermissions: (_principal, scope) => Promise.resolve([{ resource: scope, action: 'x' }]),
      }),
    ],
    {
      access: createProjectAccess(nowhere),
      findProject: () => Promise.resolve(undefined),
      authenticate: ({ headers }) =>
        Promise.resolve({ principal: callers[String(headers['x-as'])] ?? anonymous }),
      csrfToken: () => '',
      recordAudit: (entry) => Promise.resolve(void audited.push(entry)),
      isReadOnly: () => false,
      externalUrl: undefined,
      addressOf: () => '127.0.0.1',
    },
  );
  return app;
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

async function call(
  who: string,
  method: Method,
  path: string,
  body?: object,
  headers: Record<string, string> = {},
) {
  const answer = await app.inject({
    method,
    url: `/api/v2.0${path}`,
    headers: { 'x-as': who, ...headers },
    ...(body !== undefined && { payload: body }),
  });
  return { status: answer.statusCode, headers: answer.headers, body: answer.body };
}

const statusOf = async (...args: Parameters<typeof call>) => (await call(...args)).status;
const json = async (...args: Parameters<typeof call>): Promise<unknown> => {
  const { status, body } = await call(...args);
  expect({ status, body }).toMatchObject({ status: 200 });
  return JSON.parse(body);
};
const rowOf = (id: number) =>
  db.selectFrom('app_user').selectAll().where('id', '=', id).executeTakeFirstOrThrow();

const account = (username: string) => ({
  username,
  email: `${username}@example.com`,
  realname: username,
  comment: 'c',
  password: PASSWORD,
});

async function createUser(username: string): Promise<number> {
  const { headers, status, body } = await call('admin', 'POST', '/users', account(username));
  expect({ status, body }).toMatchObject({ status: 201 });
  const id = Number(String(headers.location).split('/').at(-1));
  callers[username] = { kind: 'user', id, username, isAdmin: false, groupIds: [] };
  return id;
}

describe('creating a user', () => {
  it('stores a user without rights, who can log in by name and email', async () => {
    const id = await createUser('carl');
    expect(await rowOf(id)).toMatchObject({ is_admin: false, is_admin_by_source: false });
    expect(await identity.verifyPassword('carl', PASSWORD)).toMatchObject({ id });
    expect(await identity.verifyPassword('CARL@example.com', PASSWORD)).toMatchObject({ id });
    expect(audited).toMatchObject([
      { operation: 'create', resourceType: 'user', resource: 'carl', succeeded: true },
    ]);
    expect(JSON.stringify(audited)).not.toContain(PASSWORD);
  });

  it.each([
    'has_admin_role',
    'sysadmin_flag',
    'admin_role_in_auth',
    'role_id',
    'user_id',
    'deleted',
    'salt',
    'is_admin',
    '__proto__x',
  ])('refuses the field %s, and makes nobody', async (field) => {
    selfRegistration = true;
    const body = { ...account('mallory'), [field]: true };
    const browser = { cookie: 'sid=abc' };
    expect(await statusOf('nobody', 'POST', '/users', body, browser)).toBe(400);
    // An administrator's client may send back what reading a user gave it; it counts for nothing.
    const expected = field === 'sysadmin_flag' ? 201 : 400;
    const spare = { ...account(`spare-${field}`), [field]: true };
    expect(await statusOf('admin', 'POST', '/users', spare)).toBe(expected);
    expect(await identity.findByName('mallory')).toBeUndefined();
    expect((await identity.findByName(`spare-${field}`))?.isAdmin ?? false).toBe(false);
  });

  it('refuses what is taken, also as the name or email of somebody else', async () => {
    await createUser('dave');
    const refused = [
      { username: 'dave' },
      { email: 'DAVE@example.com' },
      { username: 'dave@example.com' },
    ];
    for (const change of refused) {
      const body = { ...account('dave2'), ...change };
      expect(await statusOf('admin', 'POST', '/users', body)).toBe(409);
    }
  });

  it.each([
    { password: 'short1A' },
    { password: 'no-upper-case-1' },
    { username: '' },
    { username: 'a b' },
    { username: 'a#1' },
    { email: 'no address' },
    { email: '' },
    { realname: '' },
    { comment: 'x'.repeat(31) },
  ])('refuses %j', async (change) => {
    const body = { ...account('eve'), ...change };
    expect(await statusOf('admin', 'POST', '/users', body)).toBe(400);
  });

  it('is for those with the right while nobody may register', async () => {
    const body = account('frank');
    expect(await statusOf('nobody', 'POST', '/users', body, { cookie: 'sid=x' })).toBe(401);
    expect(await statusOf('ann', 'POST', '/users', body)).toBe(403);
    expect(await statusOf('idle-robot', 'POST', '/users', body)).toBe(403);
    expect(await statusOf('robot', 'POST', '/users', body)).toBe(201);
  });

  it('is for browsers too where people may register', async () => {
    selfRegistration = true;
    const refused = await call('nobody', 'POST', '/users', account('gina'));
    expect(refused.status).toBe(403);
    expect(refused.body).toContain('self-registration cannot be triggered via API');
    expect(await statusOf('ann', 'POST', '/users', account('gina'), { cookie: 'sid=x' })).toBe(403);
    for (const [name, cookie] of [
      ['gina', 'a=b; sid=x'],
      ['hugo', '__Host-sid=x'],
    ] as const) {
      expect(await statusOf('nobody', 'POST', '/users', account(name), { cookie })).toBe(201);
    }
    // Whoever has never logged in has no cookie.
    const page = { origin: 'https://registry.test' };
    expect(await statusOf('nobody', 'POST', '/users', account('iris'), page)).toBe(201);
  });
});

describe('looking at users', () => {
  it('lists all but the built-in administrator to those with the right', async () => {
    const users = userResponse.array().parse(await json('admin', 'GET', '/users?page_size=100'));
    const names = users.map(({ username }) => username);
    expect(names).toContain('ann');
    expect(names).not.toContain('admin');
    expect(names).toEqual(names.toSorted());
    const { headers } = await call('admin', 'GET', '/users?page_size=1');
    expect(Number(headers['x-total-count'])).toBe(users.length);
    expect(await statusOf('ann', 'GET', '/users')).toBe(403);
    expect(await statusOf('nobody', 'GET', '/users')).toBe(401);
    expect(await statusOf('idle-robot', 'GET', '/users')).toBe(403);
    expect(await statusOf('robot', 'GET', '/users')).toBe(200);
  });

  it('filters by parts of name and email, and by q', async () => {
    await createUser('ida');
    const find = async (query: string) =>
      userResponse
        .array()
        .parse(await json('admin', 'GET', `/users?${query}`))
        .map(({ username }) => username);
    expect(await find('username=ID')).toEqual(['ida']);
    expect(await find('email=ida@')).toEqual(['ida']);
    expect(await find('q=username%3Dida')).toEqual(['ida']);
    expect(await find('q=username%3D~IDA&sort=-creation_time')).toEqual(['ida']);
    expect(await find('username=%25')).toEqual([]);
  });

  it.each([
    'q=password%3D~x',
    'q=password_hash%3D~%24argon2',
    'q=Salt%3D~x',
    'q=user__password%3D~x',
    'q=secret%3D~x',
    'q=token_epoch%3D1',
    'sort=password',
    'sort=-salt',
  ])('never looks at secrets: %s', async (query) => {
    expect(await statusOf('admin', 'GET', `/users?${query}`)).toBe(400);
  });

  it('tells anybody logged in names and ids, and nothing more', async () => {
    const items = userSearchItem
      .strict()
      .array()
      .parse(await json('ann', 'GET', '/users/search?username=B'));
    expect(items).toContainEqual({ user_id: bob.id, username: 'bob' });
    expect(await statusOf('nobody', 'GET', '/users/search?username=b')).toBe(401);
    expect(await statusOf('ann', 'GET', '/users/search')).toBe(422);
    expect(await statusOf('ann', 'GET', '/users/search?username=')).toBe(422);
    expect(await json('ann', 'GET', '/users/search?username=zzz')).toEqual([]);
  });

  it('shows an account to its user and to those with the right', async () => {
    const path = `/users/${ann.id}`;
    for (const who of ['ann', 'admin', 'robot']) {
      expect(userResponse.strict().parse(await json(who, 'GET', path))).toMatchObject({
        username: 'ann',
        sysadmin_flag: false,
      });
    }
    expect(await statusOf('nobody', 'GET', path)).toBe(401);
    expect(await statusOf('admin', 'GET', '/users/999999')).toBe(404);
    const foreign = await call('bob', 'GET', path);
    const missing = await call('bob', 'GET', '/users/999999');
    expect(foreign.status).toBe(403);
    expect(missing.body).toBe(foreign.body);
  });

  it('tells users who they are, and robots that they are nobody', async () => {
    expect(await json('ann', 'GET', '/users/current')).toMatchObject({ user_id: ann.id });
    expect(await statusOf('robot', 'GET', '/users/current')).toBe(412);
    expect(await statusOf('nobody', 'GET', '/users/current')).toBe(401);
    expect(await json('ann', 'GET', '/users/current/permissions?scope=/system')).toEqual([
      { resource: '/system', action: 'x' },
    ]);
  });

  it('shows the CLI secret to its user alone, and not to a token', async () => {
    const meta = { oidc_user_meta: { id: 5, user_id: olga.id, subiss: 'sub-1https://idp.test' } };
    const own = userResponse.parse(await json('olga', 'GET', '/users/current'));
    expect(own).toMatchObject(meta);
    expect(own.oidc_user_meta?.secret).toBe('Cli-secret-9');
    for (const [who, path] of [
      ['token-of-olga', '/users/current'],
      ['olga', `/users/${olga.id}`],
      ['admin', `/users/${olga.id}`],
    ] as const) {
      const seen = userResponse.parse(await json(who, 'GET', path));
      expect(seen).toMatchObject(meta);
      expect(seen.oidc_user_meta?.secret).toBeUndefined();
    }
  });
});

describe('changing a profile', () => {
  const profile = { email: 'new@example.com', realname: 'New', comment: 'n' };

  it('is for its user and those with the right', async () => {
    const id = await createUser('jane');
    expect(await statusOf('jane', 'PUT', `/users/${id}`, profile)).toBe(200);
    expect(await json('jane', 'GET', `/users/${id}`)).toMatchObject(profile);
    expect(changed).toEqual([id]);
    const before = await rowOf(id);
    for (const [who, status] of [
      ['bob', 403],
      ['nobody', 401],
      ['idle-robot', 403],
    ] as const) {
      expect(await statusOf(who, 'PUT', `/users/${id}`, { ...profile, realname: 'X' })).toBe(
        status,
      );
    }
    expect(await rowOf(id)).toEqual(before);
    expect(before).toMatchObject({ token_epoch: 0 });
  });

  it('changes nothing else, whoever asks', async () => {
    for (const field of ['sysadmin_flag', 'user_id', 'deleted']) {
      const body = { ...profile, email: 'a@b.cc', [field]: true };
      expect(await statusOf('ann', 'PUT', `/users/${ann.id}`, body)).toBe(400);
    }
    expect(await rowOf(ann.id)).toMatchObject({ is_admin: false, username: 'ann', email: null });
    const whole = {
      ...profile,
      email: 'a@b.cc',
      sysadmin_flag: true,
      username: 'x',
      password: 'y',
    };
    expect(await statusOf('admin', 'PUT', `/users/${ann.id}`, whole)).toBe(200);
    expect(await rowOf(ann.id)).toMatchObject({ is_admin: false, username: 'ann' });
  });

  it.each([null, [], 'text', 1, {}, { email: null }, { email: { a: 1 } }, { realname: 1 }])(
    'refuses the malformed body %j and goes on',
    async (body) => {
      const { statusCode } = await app.inject({
        method: 'PUT',
        url: `/api/v2.0/users/${ann.id}`,
        headers: { 'x-as': 'ann', 'content-type': 'application/json' },
        payload: JSON.stringify(body),
      });
      expect([400, 422]).toContain(statusCode);
    },
  );

  it('refuses an email that is taken, and accounts of a provider', async () => {
    await createUser('kim');
    const body = { ...profile, email: 'KIM@example.com' };
    expect(await statusOf('ann', 'PUT', `/users/${ann.id}`, body)).toBe(409);
    expect(await statusOf('olga', 'PUT', `/users/${olga.id}`, profile)).toBe(403);
    expect(await statusOf('admin', 'PUT', '/users/999999', profile)).toBe(404);
  });
});

describe('making and dismissing administrators', () => {
  it('works both ways, and dismissing ends tokens', async () => {
    const id = await createUser('lara');
    const put = (flag: boolean) =>
      statusOf('admin', 'PUT', `/users/${id}/sysadmin`, { sysadmin_flag: flag });
    expect(await put(true)).toBe(200);
    expect(await rowOf(id)).toMatchObject({ is_admin: true, token_epoch: 0 });
    expect(await identity.findUser(id, 0)).toMatchObject({ isAdmin: true });
    expect(await put(false)).toBe(200);
    expect(await rowOf(id)).toMatchObject({ is_admin: false, token_epoch: 1 });
    expect(await identity.findUser(id, 0)).toBeUndefined();
    expect(await put(false)).toBe(200);
    expect(await rowOf(id)).toMatchObject({ token_epoch: 1 });
    expect(changed).toEqual([id, id, id]);
  });

  it('is not for users, for robots, and not against the built-in administrator', async () => {
    const body = { sysadmin_flag: true };
    for (const who of ['ann', 'robot', 'idle-robot']) {
      expect(await statusOf(who, 'PUT', `/users/${ann.id}/sysadmin`, body)).toBe(403);
    }
    expect(await rowOf(ann.id)).toMatchObject({ is_admin: false });
    const dismiss = { sysadmin_flag: false };
    expect(await statusOf('admin', 'PUT', `/users/${admin.id}/sysadmin`, dismiss)).toBe(403);
    expect(await statusOf('admin', 'PUT', '/users/999999/sysadmin', body)).toBe(404);
  });
});

describe('changing a password', () => {
  const change = { old_password: PASSWORD, new_password: NEW_PASSWORD };

  it('takes the old one from its user, and ends tokens', async () => {
    const id = await createUser('mona');
    const path = `/users/${id}/password`;
    const wrong = await call('mona', 'PUT', path, { ...change, old_password: 'Wrong-one-1' });
    expect(wrong).toMatchObject({ status: 403 });
    expect(wrong.body).toContain('Current password is incorrect');
    expect(guesses).toMatchObject([{ username: 'mona', password: 'Wrong-one-1' }]);
    expect(await statusOf('mona', 'PUT', path, { ...change, new_password: PASSWORD })).toBe(400);
    expect(await statusOf('mona', 'PUT', path, { ...change, new_password: 'weak' })).toBe(400);
    expect(await rowOf(id)).toMatchObject({ token_epoch: 0 });
    expect(await statusOf('mona', 'PUT', path, change)).toBe(200);
    expect(await identity.verifyPassword('mona', PASSWORD)).toBe('wrong');
    expect(await identity.verifyPassword('mona', NEW_PASSWORD)).toMatchObject({ id });
    expect(await identity.findUser(id, 0)).toBeUndefined();
    expect(changed).toEqual([id]);
    expect(audited.at(-1)).toMatchObject({ operation: 'update', resource: 'mona' });
    expect(JSON.stringify(audited)).not.toContain('assword-');
  });

  it('needs no old one from an administrator, except for the own account', async () => {
    const id = await createUser('nora');
    const path = `/users/${id}/password`;
    expect(await statusOf('admin', 'PUT', path, { new_password: NEW_PASSWORD })).toBe(200);
    const own = `/users/${admin.id}/password`;
    expect(await statusOf('admin', 'PUT', own, { new_password: NEW_PASSWORD })).toBe(403);
    expect(await statusOf('bob', 'PUT', path, change)).toBe(403);
    expect(await statusOf('nobody', 'PUT', path, change)).toBe(401);
  });

  it('is asked of whose password somebody else has set, until they choose one', async () => {
    const id = await createUser('pia');
    const path = `/users/${id}/password`;
    const asked = async (of: string) =>
      Object(await json(of, 'GET', '/users/current'))['password_change_required'];
    expect(await asked('pia')).toBeUndefined();
    expect(await statusOf('admin', 'PUT', path, { new_password: NEW_PASSWORD })).toBe(200);
    expect(await asked('pia')).toBe(true);
    expect(await asked('admin')).toBeUndefined();
    expect(await json('admin', 'GET', `/users/${id}`)).not.toHaveProperty(
      'password_change_required',
    );
    const own = { old_password: NEW_PASSWORD, new_password: 'Third-password-3' };
    expect(await statusOf('pia', 'PUT', path, own)).toBe(200);
    expect(await asked('pia')).toBeUndefined();
    expect(replaced).toEqual(['pia', 'pia']);
  });

  it('is not for tokens, not by robots for administrators, and not for accounts of a provider', async () => {
    expect(await statusOf('token-of-ann', 'PUT', `/users/${ann.id}/password`, change)).toBe(403);
    expect(await statusOf('robot', 'PUT', `/users/${admin.id}/password`, change)).toBe(403);
    expect(await statusOf('admin', 'PUT', `/users/${olga.id}/password`, change)).toBe(403);
    expect(await identity.verifyPassword('admin', PASSWORD)).toMatchObject({ id: admin.id });
  });

  it('is won by one of two at the same time', async () => {
    const id = await createUser('otto');
    const put = (password: string) =>
      statusOf('otto', 'PUT', `/users/${id}/password`, { ...change, new_password: password });
    const statuses = await Promise.all([put('First-pass-1'), put('Second-pass-2')]);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(await rowOf(id)).toMatchObject({ token_epoch: 1 });
  });

  it('goes by the brake of the logins', async () => {
    const id = await createUser('braked');
    expect(await statusOf('braked', 'PUT', `/users/${id}/password`, change)).toBe(429);
  });
});

describe('setting a CLI secret', () => {
  it('is for users of an OIDC provider', async () => {
    const path = `/users/${olga.id}/cli_secret`;
    expect(await statusOf('olga', 'PUT', path, { secret: 'Cli-secret-1' })).toBe(200);
    expect(cliSecrets.get(olga.id)).toBe('Cli-secret-1');
    expect(await statusOf('olga', 'PUT', path, { secret: '' })).toBe(200);
    expect(cliSecrets.get(olga.id)).toBeUndefined();
    expect(await statusOf('olga', 'PUT', path, { secret: 'weak' })).toBe(400);
    expect(await statusOf('token-of-olga', 'PUT', path, { secret: 'Cli-secret-1' })).toBe(403);
    expect(await statusOf('bob', 'PUT', path, { secret: 'Cli-secret-1' })).toBe(403);
    expect(await statusOf('ann', 'PUT', `/users/${ann.id}/cli_secret`, {})).toBe(412);
    expect(JSON.stringify(audited)).not.toContain('Cli-secret');
  });
});

describe('deleting a user', () => {
  it('ends all it had, keeps the row, and gives name and email free', async () => {
    const id = await createUser('paul');
    const project = await db
      .insertInto('project')
      .values({ name: 'of-paul', owner_id: id, is_public: false })
      .returning('id')
      .executeTakeFirstOrThrow();
    await db
      .insertInto('project_member')
      .values({ project_id: project.id, user_id: id, group_id: null, role_id: 1 })
      .execute();
    expect(await statusOf('admin', 'DELETE', `/users/${id}`)).toBe(200);
    expect(await rowOf(id)).toMatchObject({
      username: `paul#${id}`,
      email: `paul@example.com#${id}`,
      password_hash: null,
      token_epoch: 1,
      deleted_at: expect.any(Date),
    });
    expect(await identity.verifyPassword('paul', PASSWORD)).toBe('unknown');
    expect(await identity.findUser(id, 0)).toBeUndefined();
    const { access_epoch: epoch } = await db
      .selectFrom('project')
      .select('access_epoch')
      .where('id', '=', project.id)
      .executeTakeFirstOrThrow();
    expect(epoch).toBe(1);
    expect(
      await db.selectFrom('project_member').selectAll().where('user_id', '=', id).execute(),
    ).toEqual([]);
    expect(announced).toEqual(['of-paul']);
    expect(changed).toEqual([id]);
    expect(audited.at(-1)).toMatchObject({ operation: 'delete', resource: 'paul' });
    expect(await statusOf('admin', 'GET', `/users/${id}`)).toBe(404);
    expect(await statusOf('admin', 'DELETE', `/users/${id}`)).toBe(404);
    expect(await json('ann', 'GET', '/users/search?username=paul')).toEqual([]);
    expect(await createUser('paul')).not.toBe(id);
  });

  it('unlinks the identity, so that the next login is a new account', async () => {
    const person = {
      source: 'oidc' as const,
      issuer: 'https://idp.test',
      subject: 'sub-2',
      username: 'quinn',
      email: undefined,
      realname: '',
      groups: [{ name: 'g' }],
      isAdmin: true,
    };
    const { id } = await identity.ensureExternal(person);
    expect(await statusOf('admin', 'DELETE', `/users/${id}`)).toBe(200);
    expect(await rowOf(id)).toMatchObject({ is_admin_by_source: false });
    const again = await identity.ensureExternal({ ...person, isAdmin: false, groups: [] });
    expect(again.id).not.toBe(id);
    expect(again).toMatchObject({ isAdmin: false, groupIds: [] });
  });

  it('leaves nothing personal where that is asked for', async () => {
    gdprDelete = true;
    const id = await createUser('rita');
    expect(await statusOf('admin', 'DELETE', `/users/${id}`)).toBe(200);
    const { username, email, realname } = await rowOf(id);
    for (const text of [username, email, realname]) expect(text).toMatch(/^[\da-f]{8}#\d+$/);
    expect(buried).toEqual([['rita', username]]);
  });

  it('is refused for oneself, for the built-in administrator, and without the right', async () => {
    const id = await createUser('sven');
    callers['second-admin'] = { ...bob, isAdmin: true };
    for (const [who, target] of [
      ['admin', admin.id],
      ['second-admin', admin.id],
      ['second-admin', bob.id],
      ['robot', admin.id],
      ['ann', id],
      ['sven', id],
    ] as const) {
      expect(await statusOf(who, 'DELETE', `/users/${target}`)).toBe(403);
    }
    expect(await statusOf('nobody', 'DELETE', `/users/${id}`)).toBe(401);
    expect(await rowOf(admin.id)).toMatchObject({ username: 'admin', deleted_at: null });
    await statusOf('admin', 'PUT', `/users/${id}/sysadmin`, { sysadmin_flag: true });
    expect(await statusOf('robot', 'DELETE', `/users/${id}`)).toBe(403);
    await statusOf('admin', 'PUT', `/users/${id}/sysadmin`, { sysadmin_flag: false });
    expect(await statusOf('robot', 'DELETE', `/users/${id}`)).toBe(200);
  });
});
