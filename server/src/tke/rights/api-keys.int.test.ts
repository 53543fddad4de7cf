import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../test/database.ts';
import { quietLog } from '../../../test/log.ts';
import { createDatabase, type Database, openPool } from '../../db/index.ts';
import { createHttpServer } from '../../http/index.ts';
import { Challenge } from '../../identity/index.ts';
import { createPersonalTokenRepository } from '../../login/personal-token.repository.ts';
import { createPersonalTokensService } from '../../login/personal-tokens.service.ts';
import {
  askToken,
  basic,
  fillTenants,
  openTenants,
  PASSWORD,
  type Tenants,
} from './tenants.fixture.ts';

const BASE = '/apis/auth.tkestack.io/v1/apikeys';
let database: TestDatabase;
let db: Database;
let app: FastifyInstance;
let t: Tenants;
let laterMs = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDatabase(openPool({ connection: database.connection, poolSize: 6, log: quietLog }));
  app = createHttpServer({ log: quietLog, idleMs: 60_000 });
  t = await openTenants({
    db,
    log: quietLog,
    app,
    openTokens: (identity, secrets) =>
      createPersonalTokensService({
        rows: createPersonalTokenRepository(db),
        identity,
        secrets,
        findProjectId: async () => undefined,
        background: { run: () => {} },
        now: () => Date.now() + laterMs,
      }),
  });
  await fillTenants(t);
});
afterAll(async () => {
  await app.close();
  await db.destroy();
  await database.drop();
});
beforeEach(() => {
  laterMs = 0;
});

interface KeyObject {
  readonly metadata: { readonly name: string; readonly resourceVersion: string };
  readonly spec: { readonly apiKey: string; readonly username: string; readonly tenantID: string };
  readonly status: { readonly disabled: boolean; readonly expired: boolean };
}

interface Sent {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly json?: object;
  readonly type?: string;
  readonly tenant?: string;
  readonly password?: string;
}

function send(username: string, url: string, sent: Sent = {}) {
  const { method = 'GET', json, type = 'application/json', tenant = 't-1' } = sent;
  return app.inject({
    method,
    url,
    headers: {
      host: `${tenant}.example.com`,
      ...(username !== '' && { authorization: basic(username, sent.password ?? PASSWORD) }),
      ...(json !== undefined && { 'content-type': type }),
    },
    ...(json !== undefined && { payload: JSON.stringify(json) }),
  });
}

async function make(username: string, json: object = {}, tenant = 't-1'): Promise<KeyObject> {
  const response = await send(username, `${BASE}/default/token`, { method: 'POST', json, tenant });
  expect(response.statusCode).toBe(201);
  return response.json<KeyObject>();
}

/** The status of a `docker login` with the key. */
async function logIn(text: string, tenant = 't-1'): Promise<number> {
  return (await askToken(app, tenant, [], basic('whoever', text))).statusCode;
}

async function list(username: string, query = '', tenant = 't-1'): Promise<KeyObject[]> {
  const response = await send(username, `${BASE}${query}`, { tenant });
  expect(response.statusCode).toBe(200);
  return response.json<{ items: KeyObject[] }>().items;
}

describe('an API key', () => {
  it('is shown once, and logs in with any user name in its tenant alone', async () => {
    const key = await make('ann', { expire: '1h', description: 'ci' });
    const { name } = key.metadata;
    expect(key).toMatchObject({
      kind: 'APIKey',
      apiVersion: 'auth.tkestack.io/v1',
      spec: { username: 'ann', tenantID: 't-1', description: 'ci' },
      status: { disabled: false, expired: false },
    });
    expect(key.spec.apiKey).toMatch(/^berth_pat_\d+_[\w-]{43}$/);
    expect(await logIn(key.spec.apiKey)).toBe(200);
    expect(await logIn(key.spec.apiKey, 't2')).toBe(401);
    expect(await logIn(key.spec.apiKey, 'default')).toBe(401);
    expect(await logIn(`${key.spec.apiKey}x`)).toBe(401);

    const shown = await send('ann', `${BASE}/${name}`);
    expect(shown.json<KeyObject>().spec.apiKey).toBe(`berth_pat_${name.slice(4)}_…`);
    const secret = key.spec.apiKey.split('_').slice(3).join('_');
    expect((await send('ann', BASE)).body).not.toContain(secret);
    expect(t.audits).toMatchObject([{ operation: 'create', resource: name, username: 'ann' }]);
  });

  it('stays out of other tenants of its user', async () => {
    await t.createMember({ tenantID: 't-1', username: 'gil', role: 'viewer' });
    await t.createMember({ tenantID: 't2', username: 'gil', role: 'viewer' });
    const { spec } = await make('gil');
    expect(await logIn(spec.apiKey)).toBe(200);
    expect(await logIn(spec.apiKey, 't2')).toBe(401);
    const byPassword = await askToken(app, 't2', [], basic('gil', PASSWORD));
    expect(byPassword.statusCode).toBe(200);
  });

  it('is good for its time, a week unless told', async () => {
    const short = await make('ann', { expire: '30m' });
    const long = await make('ann', {});
    laterMs = 31 * 60_000;
    expect(await logIn(short.spec.apiKey)).toBe(401);
    expect(await logIn(long.spec.apiKey)).toBe(200);
    laterMs = 169 * 3_600_000;
    expect(await logIn(long.spec.apiKey)).toBe(401);
  });

  it.each([
    ['PUT', 'application/json', (key: object) => ({ ...key, status: { disabled: true } })],
    ['PATCH', 'application/merge-patch+json', () => ({ status: { disabled: true } })],
    ['PATCH', 'application/strategic-merge-patch+json', () => ({ status: { disabled: true } })],
    [
      'PATCH',
      'application/json-patch+json',
      () => [{ op: 'replace', path: '/status/disabled', value: true }],
    ],
  ] as const)('is switched off at once by %s of %s, and on again', async (method, type, change) => {
    const made = await make('ann');
    const url = `${BASE}/${made.metadata.name}`;
    const registryToken = await askToken(app, 't-1', [], basic('x', made.spec.apiKey));
    const header = `Bearer ${registryToken.json<{ token: string }>().token}`;
    const base = () =>
      t.gatekeeper.admitBase({ authorization: header, address: '' }, 't-1', undefined);
    await expect(base()).resolves.toMatchObject({ username: 'ann' });

    const read = (await send('ann', url)).json<KeyObject>();
    const answer = await send('ann', url, { method, type, json: change(read) });
    expect(answer.json()).toMatchObject({ status: { disabled: true } });
    expect(await logIn(made.spec.apiKey)).toBe(401);
    await expect(base()).rejects.toThrow(Challenge);

    const stale = await send('ann', url, { method: 'PUT', json: { ...read, status: {} } });
    expect(stale.statusCode).toBe(409);
    const on = { status: { disabled: false } };
    expect((await send('ann', url, { method: 'PUT', json: on })).statusCode).toBe(200);
    expect(await logIn(made.spec.apiKey)).toBe(200);
  });

  it('changes in nothing else', async () => {
    const { metadata } = await make('ann');
    for (const spec of [{ apiKey: 'x' }, { username: 'root' }, { tenantID: 't2' }]) {
      const url = `${BASE}/${metadata.name}`;
      const response = await send('ann', url, { method: 'PUT', json: { spec } });
      expect(response.statusCode).toBe(422);
      expect(response.json()).toMatchObject({ kind: 'Status', reason: 'Invalid', code: 422 });
    }
  });

  it('ends when it is deleted', async () => {
    const { metadata, spec } = await make('ann');
    const url = `${BASE}/${metadata.name}`;
    const deleted = await send('ann', url, { method: 'DELETE' });
    expect(deleted.json()).toMatchObject({ kind: 'Status', status: 'Success' });
    expect(await logIn(spec.apiKey)).toBe(401);
    expect((await send('ann', url)).statusCode).toBe(404);
  });

  it("is its user's and its tenant's administrators' affair", async () => {
    const { metadata } = await make('ann');
    const foreign = await make('eve', {}, 't2');
    const { name } = metadata;
    expect((await list('tia')).map((key) => key.metadata.name)).toContain(name);
    expect((await list('tia')).map(({ spec }) => spec.tenantID)).not.toContain('t2');
    const status = async (username: string, of: string, tenant = 't-1') =>
      (await send(username, `${BASE}/${of}`, { tenant })).statusCode;
    expect(await status('tia', name)).toBe(200);
    expect(await status('eve', name, 't2')).toBe(404);
    expect(await status('ann', foreign.metadata.name)).toBe(404);
    expect(await status('tia', foreign.metadata.name)).toBe(404);
    const admins = (await make('tia')).metadata.name;
    expect(await status('ann', admins)).toBe(404);
    expect((await list('ann')).map((key) => key.metadata.name)).not.toContain(admins);
    expect(await status('root', foreign.metadata.name)).toBe(200);
    const json = { status: { disabled: true } };
    const change = { method: 'PATCH', type: 'application/merge-patch+json', json } as const;
    expect((await send('tia', `${BASE}/${name}`, change)).statusCode).toBe(200);
  });

  it('is selected by its fields', async () => {
    const { metadata, spec } = await make('ann');
    const names = async (username: string, selector: string) =>
      (await list(username, `?fieldSelector=${encodeURIComponent(selector)}`)).map(
        (key) => key.metadata.name,
      );
    expect(await names('ann', `metadata.name=${metadata.name}`)).toEqual([metadata.name]);
    expect(await names('ann', `spec.apiKey=${spec.apiKey}`)).toEqual([metadata.name]);
    expect(await names('ann', 'spec.username!=ann')).toEqual([]);
    expect(await names('tia', 'spec.username=ann')).toContain(metadata.name);
    expect(await names('root', 'spec.tenantID=t-1')).toContain(metadata.name);
    expect((await send('ann', `${BASE}?fieldSelector=spec.x=1`)).statusCode).toBe(400);
  });

  it('makes no further key, and is not made without credentials', async () => {
    const { spec } = await make('ann');
    const post = { method: 'POST', json: {} } as const;
    const url = `${BASE}/default/token`;
    const byKey = await send('ann', url, { ...post, password: spec.apiKey });
    expect(byKey.statusCode).toBe(403);
    expect((await send('', url, post)).json()).toMatchObject({
      code: 401,
      message: 'Unauthorized',
    });
    expect((await send('ann', url, { ...post, password: 'x' })).statusCode).toBe(401);
    expect((await send('eve', url, post)).statusCode).toBe(403);
  });

  it('is made with a password too', async () => {
    const url = `${BASE}/default/password`;
    const post = (fields: object) => send('', url, { method: 'POST', json: fields });
    const password = Buffer.from(PASSWORD).toString('base64');
    const right = { tenantID: 't-1', username: 'ann', password, expire: '1h' };
    const made = await post(right);
    expect(made.statusCode).toBe(201);
    const { spec } = made.json<KeyObject>();
    expect(await logIn(spec.apiKey)).toBe(200);
    const text = Buffer.from(spec.apiKey).toString('base64');
    expect((await post({ ...right, password: text })).statusCode).toBe(401);
    expect((await post({ ...right, password: 'd3Jvbmc=' })).statusCode).toBe(401);
    expect((await post({ ...right, tenantID: 't2' })).statusCode).toBe(401);
    expect((await post({ ...right, password: '%%' })).statusCode).toBe(422);
    expect((await post({ ...right, expire: '0s' })).statusCode).toBe(422);
  });

  it('of an administrator of the system is good in every tenant', async () => {
    const { spec } = await make('root');
    expect(spec.tenantID).toBe('');
    expect(await logIn(spec.apiKey)).toBe(200);
    expect(await logIn(spec.apiKey, 't2')).toBe(200);
  });

  it('is told of in discovery', async () => {
    const group = await send('', '/apis/auth.tkestack.io');
    expect(group.json()).toMatchObject({ kind: 'APIGroup', name: 'auth.tkestack.io' });
    const resources = await send('', '/apis/auth.tkestack.io/v1');
    expect(resources.json<{ resources: unknown[] }>().resources).toHaveLength(3);
  });
});
