import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { createRecordingLog, quietLog } from '../../test/log.ts';
import { type OidcProvider, startOidcProvider } from '../../test/oidc-provider.ts';
import { actions, type UserPrincipal } from '../access/index.ts';
import { type AuditEntry, registerApi } from '../api/index.ts';
import {
  createConfigurationRepository,
  openConfiguration,
  type Settings,
} from '../configuration/index.ts';
import { createDatabase, type Database, openPool } from '../db/index.ts';
import { createEgress } from '../egress/index.ts';
import { createHttpServer } from '../http/index.ts';
import {
  createDatabaseSource,
  createExternalAccountRepository,
  createIdentityService,
  createUserRepository,
  type IdentityService,
} from '../identity/index.ts';
import { LdapError, type LdapUser } from '../identity/ldap/index.ts';
import { createOidcClient } from '../identity/oidc/index.ts';
import { type Background, createBackground } from '../lib/index.ts';
import { createSecretBox, type SecretBox } from '../secrets/index.ts';
import { createLogin, type Login } from './index.ts';

const externalUrl = 'http://registry.test';
const PASSWORD = 'Correct-horse-1';
const MINUTE_MS = 60_000;

let database: TestDatabase;
let db: Database;
let identity: IdentityService;
let secrets: SecretBox;
let background: Background;
let provider: OidcProvider;
let login: Login;
let app: FastifyInstance;
let ann: UserPrincipal;
let defaults: Settings;
let changed: Partial<Settings>;
let ldapUsers: Record<string, LdapUser>;
let isLdapDown: boolean;
let laterMs: number;
let audits: AuditEntry[];
const recorded = createRecordingLog();

const oidcOn = (): Partial<Settings> => ({
  auth_mode: 'oidc_auth',
  oidc_endpoint: provider.issuer,
  oidc_client_id: provider.clientId,
  oidc_scope: 'openid,profile,email,groups,offline_access',
  oidc_groups_claim: 'groups',
  oidc_user_claim: 'preferred_username',
  oidc_admin_group: 'registry-admins',
  oidc_auto_onboard: true,
  oidc_logout: true,
});

async function openLogin(): Promise<void> {
  const configuration = await openConfiguration({
    repository: createConfigurationRepository(db),
    secrets,
    countUsers: async () => 0,
    checkAuditEndpoint: async () => undefined,
    log: quietLog,
  });
  defaults = configuration.current();
  login = createLogin({
    db,
    identity,
    secrets,
    configuration: {
      current: () => ({ ...defaults, ...changed }),
      getSecret: (key) => (key === 'oidc_client_secret' ? provider.clientSecret : ''),
    },
    egress: createEgress(),
    oidc: createOidcClient({ fetchFor: () => fetch }),
    ldap: {
      authenticate: async (_, username) => {
        if (isLdapDown) throw new LdapError('unreachable', 'down');
        return ldapUsers[username];
      },
    },
    machines: [],
    people: [createDatabaseSource(identity)],
    projects: {
      findVisibleId: async (_, name) => (name === 'library' ? 7 : undefined),
      findName: async (id) => (id === 7 ? 'library' : undefined),
    },
    recordAudit: async (entry) => void audits.push(entry),
    background,
    externalUrl,
    log: recorded.log,
    now: () => Date.now() + laterMs,
  });
}

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDatabase(openPool({ connection: database.connection, poolSize: 6, log: quietLog }));
  identity = createIdentityService(createUserRepository(db), createExternalAccountRepository(db));
  secrets = createSecretBox({ key: randomBytes(32) });
  background = createBackground(quietLog);
  provider = await startOidcProvider({
    redirectUris: [`${externalUrl}/c/oidc/callback`],
    postLogoutRedirectUris: [`${externalUrl}/account/sign-in`],
  });
  ann = await identity.createUser({ username: 'local-ann', password: PASSWORD, isAdmin: false });
  await identity.createUser({ username: 'admin', password: PASSWORD, isAdmin: true });
  await openLogin();
  app = createHttpServer({ log: quietLog, idleMs: 60_000 });
  registerApi(app, login.routes, {
    access: { can: async () => false, listRoles: async () => [] },
    findProject: async () => undefined,
    authenticate: (request) => login.resolver.resolve(request),
    csrfToken: (session) => login.sessions.csrfToken(session),
    recordAudit: async (entry) => void audits.push(entry),
    addressOf: () => '192.0.2.1',
    isReadOnly: () => false,
    externalUrl,
  });
});
afterAll(async () => {
  await app.close();
  await provider.stop();
  await background.stop();
  await db.destroy();
  await database.drop();
});
beforeEach(async () => {
  changed = {};
  ldapUsers = {};
  isLdapDown = false;
  laterMs = 0;
  audits = [];
  recorded.entries.length = 0;
  await db.deleteFrom('login_failure').execute();
});
afterEach(() => {
  login.forget();
  identity.forget();
});

type Jar = Map<string, string>;

function keep(jar: Jar, response: LightMyRequestResponse): LightMyRequestResponse {
  for (const { name, value } of response.cookies) {
    if (value === '') jar.delete(name);
    else jar.set(name, value);
  }
  return response;
}

interface Sent {
  method?: 'GET' | 'POST' | 'DELETE';
  headers?: Record<string, string>;
  form?: Record<string, string>;
  json?: object;
}

/** What a browser, or without a jar a program, sends. */
async function send(url: string, { method = 'GET', headers = {}, form, json }: Sent, jar?: Jar) {
  const cookie = [...(jar ?? [])].map(([name, value]) => `${name}=${value}`).join('; ');
  const type = form ? 'application/x-www-form-urlencoded' : json ? 'application/json' : undefined;
  const response = await app.inject({
    method,
    url,
    headers: {
      host: 'registry.test',
      ...(cookie !== '' && { cookie }),
      ...(type !== undefined && { 'content-type': type }),
      ...headers,
    },
    ...(form && { payload: new URLSearchParams(form).toString() }),
    ...(json && { payload: JSON.stringify(json) }),
  });
  return jar ? keep(jar, response) : response;
}

async function logIn(username = 'local-ann', jar: Jar = new Map()): Promise<Jar> {
  const form = { principal: username, password: PASSWORD };
  const response = await send('/c/login', { method: 'POST', form }, jar);
  expect(response.statusCode).toBe(200);
  return jar;
}

const SESSIONS = '/api/v2.0/users/current/sessions';
const TOKENS = '/api/v2.0/users/current/tokens';
const basic = (username: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
});

const statusOf = async (jar: Jar, headers = {}) =>
  (await send(SESSIONS, { headers }, jar)).statusCode;

describe('logging in with a form', () => {
  it('answers an empty 200 with an opaque cookie that scripts cannot read', async () => {
    const form = { principal: 'local-ann', password: PASSWORD };
    const response = await send('/c/login', { method: 'POST', form });
    expect(response.statusCode).toBe(200);
    expect(response.body).toBe('');
    expect(response.headers['set-cookie']).toMatch(
      /^sid=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/,
    );
    expect(audits).toMatchObject([
      { operation: 'login', resourceType: 'user', username: 'local-ann', succeeded: true },
    ]);
  });

  it.each(['local-ann', 'nobody'])(
    'answers an empty 401 for a wrong password of %s',
    async (name) => {
      const form = { principal: name, password: 'wrong' };
      const response = await send('/c/login', { method: 'POST', form });
      expect(response.statusCode).toBe(401);
      expect(response.body).toBe('');
      expect(response.headers['set-cookie']).toBeUndefined();
      expect(audits).toMatchObject([{ operation: 'login', username: name, succeeded: false }]);
    },
  );

  it('stops guessing with 429, for names of nobody as well', async () => {
    for (const principal of ['local-ann', 'nobody']) {
      const outcomes = [];
      for (let index = 0; index < 14; index += 1) {
        const form = { principal, password: `wrong-${index}` };
        outcomes.push(send('/c/login', { method: 'POST', form }));
      }
      const statuses = (await Promise.all(outcomes)).map(({ statusCode }) => statusCode);
      expect(statuses).toContain(429);
      expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(12);
    }
  });

  it('is refused from a page of another site', async () => {
    const form = { principal: 'local-ann', password: PASSWORD };
    const headers = { 'sec-fetch-site': 'cross-site' };
    const response = await send('/c/login', { method: 'POST', form, headers });
    expect(response.statusCode).toBe(403);
  });

  it('leads to the provider when that is the only other source, and tells no names', async () => {
    changed = oidcOn();
    for (const principal of ['local-ann', 'nobody']) {
      const form = { principal, password: 'wrong' };
      const response = await send('/c/login', { method: 'POST', form });
      expect(response.statusCode).toBe(403);
      expect(response.json()).toEqual({ redirect_location: `${externalUrl}/c/oidc/login` });
    }
    await logIn();
  });
});

describe('a session', () => {
  it('gets a new secret at each login, and the old one ends', async () => {
    const jar = await logIn();
    const before = new Map(jar);
    await logIn('local-ann', jar);
    expect(jar.get('sid')).not.toBe(before.get('sid'));
    expect(await statusOf(before)).toBe(401);
    expect(await statusOf(jar)).toBe(200);
  });

  it('takes no secret that a browser was made to bring along', async () => {
    const planted = randomBytes(32).toString('base64url');
    const jar = await logIn('local-ann', new Map([['sid', planted]]));
    expect(jar.get('sid')).not.toBe(planted);
    expect(await statusOf(new Map([['sid', planted]]))).toBe(401);
  });

  it('is in the database by hash only', async () => {
    const jar = await logIn();
    const rows = await db.selectFrom('session').selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain(jar.get('sid'));
  });

  it('ends when it is not used, and not as long as it is', async () => {
    const jar = await logIn();
    for (let round = 0; round < 3; round += 1) {
      laterMs += 50 * MINUTE_MS;
      expect(await statusOf(jar)).toBe(200);
    }
    laterMs += 61 * MINUTE_MS;
    expect(await statusOf(jar)).toBe(401);
  });

  it('is told to have ended where strangers get an answer too, and its cookie goes', async () => {
    const jar = await logIn();
    const live = await send('/c/log_out', { headers: { 'sec-fetch-site': 'cross-site' } }, jar);
    expect(live.headers).not.toHaveProperty('x-berth-session');
    laterMs += 61 * MINUTE_MS;
    const ended = new Map(jar);
    const open = await send('/c/log_out', {}, ended);
    expect(open.statusCode).toBe(200);
    expect(open.headers).toMatchObject({
      'x-berth-session': 'expired',
      'set-cookie': 'sid=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax',
    });
    expect(ended.has('sid')).toBe(false);
    const closed = await send(TOKENS, { method: 'POST', json: {} }, new Map(jar));
    expect(closed.statusCode).toBe(401);
    expect(closed.headers['x-berth-session']).toBe('expired');
    expect((await send('/c/log_out', {})).headers).not.toHaveProperty('x-berth-session');
  });

  it('that has ended does not take the cookie of the next login along', async () => {
    const jar = await logIn();
    laterMs += 61 * MINUTE_MS;
    const form = { principal: 'local-ann', password: PASSWORD };
    const again = await send('/c/login', { method: 'POST', form }, jar);
    expect(again.headers['set-cookie']).toMatch(/^sid=[\w-]{43};/);
    expect(await statusOf(jar)).toBe(200);
  });

  it('is not kept alive by polling', async () => {
    const jar = await logIn();
    for (let round = 0; round < 5; round += 1) {
      laterMs += 11 * MINUTE_MS;
      expect(await statusOf(jar, { 'x-harbor-no-session-renewal': 'true' })).toBe(200);
    }
    laterMs += 11 * MINUTE_MS;
    expect(await statusOf(jar, { 'x-harbor-no-session-renewal': 'true' })).toBe(401);
  });

  it('ends after twelve hours however much it is used', async () => {
    const jar = await logIn();
    for (let minutes = 30; minutes < 720; minutes += 30) {
      laterMs = minutes * MINUTE_MS;
      expect(await statusOf(jar)).toBe(200);
    }
    laterMs = 721 * MINUTE_MS;
    expect(await statusOf(jar)).toBe(401);
    expect(await login.sessions.sweep()).toBeGreaterThan(0);
  });

  it('ends with a change of the password', async () => {
    const jar = await logIn();
    await identity.resetPassword('local-ann', PASSWORD);
    expect(await statusOf(jar)).toBe(401);
  });

  it('ends at a logout, on the server too', async () => {
    const jar = await logIn();
    const before = new Map(jar);
    expect((await send('/c/log_out', {}, jar)).statusCode).toBe(200);
    expect(jar.has('sid')).toBe(false);
    expect(await statusOf(before)).toBe(401);
    expect(audits.at(-1)).toMatchObject({ operation: 'logout', username: 'local-ann' });
  });

  it('is not ended by a page of another site', async () => {
    const jar = await logIn();
    const headers = { 'sec-fetch-site': 'cross-site' };
    expect((await send('/c/log_out', { headers }, jar)).statusCode).toBe(403);
    expect(await statusOf(jar)).toBe(200);
  });

  it('can be listed and ended by its user, and by no other', async () => {
    const [jar, other, foreign] = [await logIn(), await logIn(), await logIn('admin')];
    const listing = await send(SESSIONS, {}, jar);
    const sessions: { id: string; current: boolean }[] = listing.json();
    expect(sessions.filter(({ current }) => current)).toHaveLength(1);
    const id = sessions.find(({ current }) => current)?.id ?? '';
    const token = String((await send(SESSIONS, {}, foreign)).headers['x-harbor-csrf-token']);
    const attempt = { method: 'DELETE', headers: { 'x-harbor-csrf-token': token } } as const;
    expect((await send(`${SESSIONS}/${id}`, attempt, foreign)).statusCode).toBe(404);
    const own = { 'x-harbor-csrf-token': String(listing.headers['x-harbor-csrf-token']) };
    expect((await send(SESSIONS, { method: 'DELETE', headers: own }, jar)).statusCode).toBe(200);
    expect(await statusOf(jar)).toBe(200);
    expect(await statusOf(other)).toBe(401);
    expect(await statusOf(foreign)).toBe(200);
    const end = await send(`${SESSIONS}/${id}`, { method: 'DELETE', headers: own }, jar);
    expect(end.statusCode).toBe(200);
    expect(await statusOf(jar)).toBe(401);
  });
});

describe('an unsafe request', () => {
  const attempt = async (headers: Record<string, string>, jar?: Jar) =>
    (await send(SESSIONS, { method: 'DELETE', headers }, jar)).statusCode;

  it('with a session needs the token of that session', async () => {
    const [jar, other] = [await logIn(), await logIn('admin')];
    const tokenOf = async (one: Jar) =>
      String((await send(SESSIONS, {}, one)).headers['x-harbor-csrf-token']);
    expect(await attempt({}, jar)).toBe(403);
    expect(await attempt({ 'x-harbor-csrf-token': '' }, jar)).toBe(403);
    expect(await attempt({ 'x-harbor-csrf-token': 'x' }, jar)).toBe(403);
    expect(await attempt({ 'x-harbor-csrf-token': await tokenOf(other) }, jar)).toBe(403);
    expect(await attempt({ 'x-harbor-csrf-token': await tokenOf(jar) }, jar)).toBe(200);
  });

  it.each([
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'https://evil.example.com' },
    { origin: 'null' },
  ])('of another site is refused even with the token: %j', async (foreign) => {
    const jar = await logIn();
    const token = String((await send(SESSIONS, {}, jar)).headers['x-harbor-csrf-token']);
    expect(await attempt({ 'x-harbor-csrf-token': token, ...foreign }, jar)).toBe(403);
    expect(await attempt({ ...basic('local-ann', PASSWORD), ...foreign })).toBe(403);
  });

  it('with Basic needs no token, whatever cookies come along', async () => {
    const jar = await logIn();
    expect(await attempt(basic('local-ann', PASSWORD))).toBe(200);
    expect(await attempt(basic('local-ann', PASSWORD), jar)).toBe(200);
  });

  it.each([
    basic('local-ann', 'wrong'),
    { authorization: 'Basic !!!' },
    { authorization: 'Bearer x.y.z' },
    { authorization: 'Digest x' },
    { authorization: '' },
  ])('with wrong credentials does not fall back to the session: %j', async (headers) => {
    expect(await statusOf(await logIn(), headers)).toBe(401);
  });
});

describe('a personal token', () => {
  const create = async (json: object) =>
    send(TOKENS, { method: 'POST', headers: basic('local-ann', PASSWORD), json });

  it('is shown once, and stands for its user within its limits', async () => {
    const response = await create({
      name: 'ci',
      scopes: ['api:read', 'registry:push'],
      projects: ['library'],
    });
    expect(response.statusCode).toBe(201);
    const { id, token }: { id: number; token: string } = response.json();
    expect(token).toMatch(/^berth_pat_\d+_[\w-]{43}$/);
    const credentials = { username: 'local-ann', password: token, address: '192.0.2.1' };
    expect(await login.authenticator.authenticate(credentials)).toEqual({
      ...ann,
      limits: {
        tokenId: id,
        api: 'read',
        repository: actions.pull | actions.push,
        projectIds: [7],
      },
    });
    const listing = await send(TOKENS, { headers: basic('local-ann', PASSWORD) });
    expect(listing.json()).toMatchObject([{ name: 'ci', projects: ['library'] }]);
    expect(listing.body).not.toContain(token.replace(/^berth_pat_\d+_/, ''));
    await expect
      .poll(async () => (await login.personalTokens.list(ann.id, { offset: 0, limit: 9 })).tokens)
      .toMatchObject([{ lastUsedAddress: '192.0.2.1' }]);
    for (const [username, password] of [
      ['admin', token],
      ['', token],
      ['local-ann', `${token}x`],
      ['local-ann', 'berth_pat_1_'],
    ] as const) {
      const outcome = login.authenticator.authenticate({ username, password, address: '' });
      expect(await outcome).toBeUndefined();
    }
    expect(await login.personalTokens.isLive(id)).toBe(true);
    await login.personalTokens.delete(ann.id, id);
    expect(login.personalTokens.peekLive(id)).not.toBe(true);
    expect(await login.personalTokens.isLive(id)).toBe(false);
    expect(await login.authenticator.authenticate(credentials)).toBeUndefined();
  });

  it.each([
    ['/api/v2.0/projects', true],
    ['/apis', true],
    ['/apis/registry.tkestack.io/v1/namespaces', true],
    ['/openapi/v2', true],
    ['/version', true],
    ['/v2/', false],
    ['/apisx', false],
    ['/versions', false],
  ])('is a bearer token at %s: %s', async (path, isTaken) => {
    const name = `at ${path}`;
    const { token }: { token: string } = (await create({ name, scopes: ['api:read'] })).json();
    const headers = { authorization: `Bearer ${token}` };
    const asked = { method: 'GET', path, headers, address: '', isLogin: false };
    const outcome = login.resolver.resolve(asked).then(
      ({ principal }) => principal.kind,
      () => 'refused',
    );
    expect(await outcome).toBe(isTaken ? 'user' : 'refused');
  });

  it('stands for nobody while it is disabled, and none is made of one that is not there', async () => {
    const response = await create({ name: 'pausing', scopes: ['api:read'] });
    const { id, token }: { id: number; token: string } = response.json();
    const { personalTokens } = login;
    expect(await personalTokens.verify(token, '')).toBeDefined();
    expect((await personalTokens.setDisabled(id, true)).isDisabled).toBe(true);
    expect(await personalTokens.verify(token, '')).toBeUndefined();
    expect(personalTokens.peekLive(id)).toBe(false);
    await personalTokens.setDisabled(id, false);
    expect(await personalTokens.isLive(id)).toBe(true);
    await expect(personalTokens.setDisabled(999_999, true)).rejects.toThrow('no such token');
  });

  it('makes no tokens, ends no sessions and opens no browser', async () => {
    const { token }: { token: string } = (
      await create({ name: 'writer', scopes: ['api:write'] })
    ).json();
    const bearer = { authorization: `Bearer ${token}` };
    const json = { name: 'more', scopes: ['api:write'] };
    for (const headers of [bearer, basic('local-ann', token)]) {
      const attempt = await send(TOKENS, { method: 'POST', headers, json });
      expect(attempt.statusCode).toBe(403);
      expect((await send(SESSIONS, { method: 'DELETE', headers })).statusCode).toBe(403);
    }
    const form = { principal: 'local-ann', password: token };
    expect((await send('/c/login', { method: 'POST', form })).statusCode).toBe(401);
  });

  it('expires', async () => {
    const expiresAt = new Date(Date.now() + MINUTE_MS).toISOString();
    const response = await create({ name: 'short', scopes: ['api:read'], expires_at: expiresAt });
    const { token }: { token: string } = response.json();
    expect(await login.personalTokens.verify(token, '')).toBeDefined();
    laterMs = MINUTE_MS;
    expect(await login.personalTokens.verify(token, '')).toBeUndefined();
  });

  it.each([
    [{ name: 'ci-2', scopes: [] }, 422],
    [{ name: 'ci-2', scopes: ['everything'] }, 422],
    [{ name: 'ci-2', scopes: ['api:read'], user_id: 1 }, 400],
    [{ name: 'ci-2', scopes: ['api:read'], projects: ['hidden'] }, 404],
    [{ name: 'ci-2', scopes: ['api:read'], expires_at: '2020-01-01T00:00:00Z' }, 400],
    [{ name: 'writer', scopes: ['api:read'] }, 409],
  ])('is not made from %j', async (json, status) => {
    expect((await create(json)).statusCode).toBe(status);
  });
});

/** From the start of a login at the provider to what the callback answers. */
async function visitProvider(username: string, jar: Jar, path = '/harbor/projects') {
  const start = await send(`/c/oidc/login?redirect_url=${encodeURIComponent(path)}`, {}, jar);
  expect(start.statusCode).toBe(302);
  const back = await provider.signIn(new URL(String(start.headers.location)), username);
  return { back: `${back.pathname}${back.search}` };
}

async function logInOidc(username: string, jar: Jar = new Map()): Promise<Jar> {
  const { back } = await visitProvider(username, jar);
  const response = await send(back, { headers: { 'sec-fetch-site': 'cross-site' } }, jar);
  expect(response.headers.location).toBe('/harbor/projects');
  return jar;
}

async function userOf(username: string) {
  const user = await identity.findByName(username);
  if (user === undefined) throw new Error(`no user ${username}`);
  return user;
}

describe('logging in at the OIDC provider', () => {
  beforeEach(() => {
    changed = oidcOn();
  });

  it('begins a session, with the groups and rights that the provider tells', async () => {
    const jar = await logInOidc('ann');
    expect(await statusOf(jar)).toBe(200);
    const user = await userOf('ann');
    expect(user).toMatchObject({ isAdmin: true });
    expect(user.groupIds).toHaveLength(2);
    expect(jar.has('oidc_flow')).toBe(false);
    expect(audits.at(-1)).toMatchObject({ operation: 'login', username: 'ann', succeeded: true });
    expect(await login.cliSecrets.findOidcMeta(user.id)).toMatchObject({
      subiss: `sub-ann${provider.issuer}`,
    });
    const rows = await db.selectFrom('user_identity').selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain(await login.cliSecrets.find(user.id));
  });

  it('takes the answer in the browser that asked only', async () => {
    const { back } = await visitProvider('ann', new Map());
    expect((await send(back, {})).statusCode).toBe(400);
    const other: Jar = new Map();
    await visitProvider('ann', other);
    expect((await send(back, {}, other)).statusCode).toBe(400);
  });

  it('takes no answer after ten minutes, and no forged flow', async () => {
    const jar: Jar = new Map();
    const { back } = await visitProvider('ann', jar);
    laterMs = 10 * MINUTE_MS;
    expect((await send(back, {}, jar)).statusCode).toBe(400);
    laterMs = 0;
    expect((await send(back, {}, new Map([['oidc_flow', 'x']]))).statusCode).toBe(400);
  });

  it.each(['//evil.example', '/\\evil', 'https://evil.example', '/%2f%2fevil', 'harbor'])(
    'leads nowhere else: %s',
    async (path) => {
      const url = `/c/oidc/login?redirect_url=${encodeURIComponent(path)}`;
      expect((await send(url, {})).statusCode).toBe(400);
    },
  );

  it('lets new people choose a name, but no name of others', async () => {
    changed = { ...oidcOn(), oidc_auto_onboard: false };
    const jar: Jar = new Map();
    const { back } = await visitProvider('bob', jar);
    const response = await send(back, {}, jar);
    expect(response.headers.location).toBe(
      '/oidc-onboard?username=bob&redirect_url=%2Fharbor%2Fprojects',
    );
    expect(jar.has('sid')).toBe(false);
    const choose = async (username: string, headers = {}, chooser = jar) =>
      (await send('/c/oidc/onboard', { method: 'POST', json: { username }, headers }, chooser))
        .statusCode;
    expect(await choose('bob', {}, new Map())).toBe(400);
    expect(await choose('bob', { origin: 'https://evil.example.com' })).toBe(403);
    expect(await choose('a,b')).toBe(400);
    expect(await choose('local-ann')).toBe(409);
    const kept = new Map(jar);
    expect(await choose('bob')).toBe(200);
    expect(await statusOf(jar)).toBe(200);
    expect(await choose('bob-2', {}, kept)).toBe(400);
  });

  it('asks for a name when the provider gives one that cannot be used', async () => {
    const jar: Jar = new Map();
    const { back } = await visitProvider('carol', jar);
    expect((await send(back, {}, jar)).headers.location).toContain('/oidc-onboard?');
  });

  it('logs out here and there', async () => {
    const jar = await logInOidc('ann');
    const first = await send('/c/log_out', {}, jar);
    expect(first.statusCode).toBe(403);
    expect(first.json()).toEqual({ redirect_location: `${externalUrl}/c/oidc/logout` });
    const before = new Map(jar);
    const response = await send('/c/oidc/logout', {}, jar);
    const location = new URL(String(response.headers.location));
    expect(location.origin).toBe(provider.issuer);
    expect(location.searchParams.get('post_logout_redirect_uri')).toBe(
      `${externalUrl}/account/sign-in`,
    );
    expect(await statusOf(before)).toBe(401);
    expect((await send('/c/oidc/logout', {}, jar)).headers.location).toBe('/account/sign-in');
  });

  it('is off in the other modes', async () => {
    changed = {};
    for (const path of ['login', 'callback', 'logout']) {
      expect((await send(`/c/oidc/${path}`, {})).statusCode).toBe(412);
    }
  });

  it('can be tried out by administrators only', async () => {
    const ping = (username: string, url: string) =>
      send('/api/v2.0/system/oidc/ping', {
        method: 'POST',
        headers: basic(username, PASSWORD),
        json: { url, verify_cert: true },
      });
    expect((await ping('admin', provider.issuer)).statusCode).toBe(200);
    const failure = await ping('admin', 'http://127.0.0.1:1');
    expect(failure.statusCode).toBe(400);
    expect(failure.body).toContain('failed to verify connection');
    expect((await ping('local-ann', provider.issuer)).statusCode).toBe(403);
  });

  it('takes id tokens of people with an account, on the API', async () => {
    await logInOidc('ann');
    const claims = { sub: 'sub-ann', aud: provider.clientId };
    const idToken = await provider.mintToken(claims);
    const stranger = await provider.mintToken({ ...claims, sub: 'sub-nobody' });
    const foreign = await provider.mintToken({ ...claims, aud: 'another-client' });
    const ask = async (token: string) =>
      (await send(SESSIONS, { headers: { authorization: `Bearer ${token}` } })).statusCode;
    expect(await ask(idToken)).toBe(200);
    expect(await ask(stranger)).toBe(401);
    expect(await ask(foreign)).toBe(401);
  });
});

describe('a CLI secret', () => {
  let secret: string;
  const authenticate = (password = secret) => {
    // Otherwise a right one is remembered for a minute.
    login.authenticator.forget();
    return login.authenticator.authenticate({ username: 'ann', password, address: '192.0.2.9' });
  };
  beforeEach(async () => {
    changed = oidcOn();
    await logInOidc('ann');
    secret = (await login.cliSecrets.find((await userOf('ann')).id)) ?? '';
  });

  it('stands for its user, but opens no browser', async () => {
    expect(await authenticate()).toMatchObject({ username: 'ann' });
    expect(await authenticate(`${secret}x`)).toBeUndefined();
    const form = { principal: 'ann', password: secret };
    expect((await send('/c/login', { method: 'POST', form })).statusCode).toBe(403);
  });

  it('asks the provider again every five minutes, once for many logins', async () => {
    const before = provider.countRequests('/token');
    await authenticate();
    expect(provider.countRequests('/token')).toBe(before);
    laterMs = 6 * MINUTE_MS;
    const logins = await Promise.all(Array.from({ length: 5 }, () => authenticate()));
    expect(logins.every((user) => user !== undefined)).toBe(true);
    expect(provider.countRequests('/token')).toBe(before + 1);
    laterMs = 12 * MINUTE_MS;
    expect(await authenticate()).toBeDefined();
    expect(provider.countRequests('/token')).toBe(before + 2);
  });

  it('loses the groups that the provider took away', async () => {
    provider.tamper.userinfo = (body) => ({ ...body, groups: ['developers'] });
    laterMs = 6 * MINUTE_MS;
    const user = await authenticate();
    delete provider.tamper.userinfo;
    expect(user).toMatchObject({ isAdmin: false, groupIds: [expect.any(Number)] });
  });

  it('ends when the provider refuses', async () => {
    const refresh = await db
      .selectFrom('user_identity')
      .select(['id', 'refresh_token'])
      .where('subject', '=', 'sub-ann')
      .executeTakeFirstOrThrow();
    const context = `user_identity:${refresh.id}:refresh_token`;
    await db
      .updateTable('user_identity')
      .set({ refresh_token: secrets.seal('revoked', context) })
      .where('id', '=', refresh.id)
      .execute();
    expect(await authenticate()).toBeDefined();
    laterMs = 6 * MINUTE_MS;
    expect(await authenticate()).toBeUndefined();
    expect(recorded.entries.map(({ level }) => level)).toContain('warn');
  });

  it('outlives a silence of the provider for an hour', async () => {
    changed = { ...oidcOn(), oidc_endpoint: 'http://127.0.0.1:1' };
    laterMs = 59 * MINUTE_MS;
    expect(await authenticate()).toBeDefined();
    laterMs = 61 * MINUTE_MS;
    expect(await authenticate()).toBeUndefined();
  });

  it('can be changed, which leaves browsers logged in and ends the old one', async () => {
    const jar = await logInOidc('ann');
    const { id } = await userOf('ann');
    const epoch = await identity.getEpoch(id);
    await expect(login.cliSecrets.set(id, 'weak')).rejects.toMatchObject({ kind: 'invalid' });
    await expect(login.cliSecrets.set(ann.id)).rejects.toMatchObject({ kind: 'precondition' });
    await login.cliSecrets.set(id, 'Chosen-secret-1');
    expect(await authenticate()).toBeUndefined();
    expect(await authenticate('Chosen-secret-1')).toBeDefined();
    expect(await identity.getEpoch(id)).toBe(epoch + 1);
    expect(await statusOf(jar)).toBe(200);
  });
});

describe('people of a directory', () => {
  const person = (username: string, dn: string): LdapUser => ({
    dn,
    username,
    realname: 'R',
    email: '',
    groups: [{ dn: 'cn=devs,dc=test', name: 'devs' }],
    isAdmin: false,
  });
  const authenticate = (username: string) =>
    login.authenticator.authenticate({ username, password: 'any', address: '192.0.2.3' });

  it('get an account at their first login, linked by DN', async () => {
    changed = { auth_mode: 'ldap_auth', ldap_url: 'ldap://directory.test' };
    ldapUsers = { dave: person('dave', 'uid=dave,dc=test') };
    const user = await authenticate('dave');
    expect(user).toMatchObject({ username: 'dave', groupIds: [expect.any(Number)] });
    login.authenticator.forget();
    ldapUsers = { dave: person('renamed', 'UID=dave, DC=test') };
    expect(await authenticate('dave')).toMatchObject({ username: 'dave' });
  });

  it('do not take over an account that has their name', async () => {
    changed = { ldap_enabled: true, ldap_url: 'ldap://directory.test' };
    ldapUsers = { ADMIN: person('admin', 'uid=admin,dc=test') };
    expect(await authenticate('ADMIN')).toBeUndefined();
    expect(recorded.entries).toMatchObject([
      { level: 'warn', fields: { source: 'ldap', username: 'admin' } },
    ]);
  });

  it('are unknown while the directory is down, or off', async () => {
    changed = { auth_mode: 'ldap_auth', ldap_url: 'ldap://directory.test' };
    ldapUsers = { erin: person('erin', 'uid=erin,dc=test') };
    isLdapDown = true;
    expect(await authenticate('erin')).toBeUndefined();
    expect(recorded.entries).toHaveLength(1);
    isLdapDown = false;
    changed = {};
    expect(await authenticate('erin')).toBeUndefined();
    changed = { ldap_enabled: true };
    expect(await authenticate('erin')).toBeDefined();
  });
});

describe('people of a proxy or of UAA', () => {
  let server: Server;
  let base: string;
  const answers = new Map<string, (authorization: string, body: string) => [number, object]>();
  beforeAll(async () => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const answer = answers.get(request.url ?? '');
        const authorization = request.headers.authorization ?? '';
        const [status, body] = answer?.(authorization, Buffer.concat(chunks).toString()) ?? [
          404,
          {},
        ];
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(JSON.stringify(body));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    base = `http://127.0.0.1:${address.port}`;
  });
  afterAll(() => void server.close());
  const authenticate = (username: string, password: string) =>
    login.authenticator.authenticate({ username, password, address: '192.0.2.4' });

  const review = (authorization: string): [number, object] =>
    authorization === 'Bearer proxy-session'
      ? [
          200,
          {
            status: {
              authenticated: true,
              user: { username: 'frank', uid: 'u-1', groups: ['ops'] },
            },
          },
        ]
      : [200, { status: { authenticated: false } }];
  const proxyOn = (): Partial<Settings> => ({
    auth_mode: 'http_auth',
    http_authproxy_endpoint: `${base}/login`,
    http_authproxy_tokenreview_endpoint: `${base}/review`,
    http_authproxy_admin_groups: 'root, ops',
  });

  it('log in through the proxy, with a password or a token', async () => {
    changed = proxyOn();
    const right = basic('frank', 'p').authorization;
    answers.set('/login', (given) =>
      given === right ? [200, { session_id: 'proxy-session' }] : [401, {}],
    );
    answers.set('/review', review);
    expect(await authenticate('frank', 'p')).toMatchObject({ username: 'frank', isAdmin: true });
    expect(await authenticate('frank', 'q')).toBeUndefined();
    expect(await authenticate('tokenreview$frank', 'proxy-session')).toBeDefined();
    expect(await authenticate('tokenreview$admin', 'proxy-session')).toBeUndefined();
    expect(await authenticate('tokenreview$frank', 'wrong')).toBeUndefined();
  });

  it('are sent by the proxy to a path of this host', async () => {
    changed = proxyOn();
    answers.set('/review', review);
    const go = async (query: string) => {
      const jar: Jar = new Map();
      const response = await send(`/c/authproxy/redirect?${query}`, {}, jar);
      return [response.statusCode, response.headers.location, jar.has('sid')];
    };
    expect(await go('token=proxy-session&postURI=/harbor')).toEqual([301, '/harbor', true]);
    expect(await go('token=proxy-session&postURI=//evil.example')).toEqual([301, '/', true]);
    expect(await go('token=wrong')).toEqual([301, '/', false]);
    expect(await go('')).toEqual([301, '/', false]);
    changed = {};
    expect(await go('token=proxy-session')).toEqual([412, undefined, false]);
  });

  it('log in through UAA, linked by their id', async () => {
    changed = { auth_mode: 'uaa_auth', uaa_endpoint: base, uaa_client_id: 'registry' };
    answers.set('/oauth/token', (_, body) =>
      new URLSearchParams(body).get('password') === 'p' ? [200, { access_token: 't' }] : [401, {}],
    );
    answers.set('/userinfo', (given) =>
      given === 'Bearer t'
        ? [200, { user_id: 'g-1', user_name: 'grace', name: 'Grace' }]
        : [401, {}],
    );
    expect(await authenticate('grace', 'p')).toMatchObject({ username: 'grace' });
    expect(await authenticate('grace', 'q')).toBeUndefined();
    login.authenticator.forget();
    answers.set('/oauth/token', () => [500, {}]);
    expect(await authenticate('grace', 'p')).toBeUndefined();
    expect(recorded.entries.map(({ level }) => level)).toContain('warn');
  });
});

describe('asking whether a name is taken', () => {
  const ask = (target: string, value: string, headers = {}) =>
    send('/c/userExists', { method: 'POST', form: { target, value }, headers });

  it('is for those who may sign up, and for administrators', async () => {
    expect((await ask('username', 'local-ann')).statusCode).toBe(412);
    expect((await ask('username', 'local-ann', basic('admin', PASSWORD))).json()).toBe(true);
    changed = { self_registration: true };
    expect((await ask('username', 'local-ann')).json()).toBe(true);
    expect((await ask('username', 'free')).json()).toBe(false);
    expect((await ask('email', 'free@example.com')).json()).toBe(false);
    expect((await ask('password', 'x')).statusCode).toBe(422);
  });

  it('ends after a hundred questions', async () => {
    changed = { self_registration: true };
    const statuses = new Set<number>();
    for (let index = 0; index < 105; index += 1) {
      statuses.add((await ask('username', `user${index}`)).statusCode);
    }
    expect([...statuses]).toEqual([200, 429]);
  });
});
