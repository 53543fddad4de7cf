import type { FastifyInstance } from 'fastify';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../test/database.ts';
import { quietLog } from '../../../test/log.ts';
import { createDatabase, type Database, openPool } from '../../db/index.ts';
import { createHttpServer } from '../../http/index.ts';
import { AppError } from '../../lib/index.ts';
import { createPersonalTokenRepository } from '../../login/personal-token.repository.ts';
import { createPersonalTokensService } from '../../login/personal-tokens.service.ts';
import {
  askToken,
  basic,
  fillTenants,
  openTenants,
  PASSWORD,
  type Tenants,
  type TokenAnswer,
} from './tenants.fixture.ts';

let database: TestDatabase;
let db: Database;
let app: FastifyInstance;
let t: Tenants;

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
        findProjectId: async () => 77,
        background: { run: () => {} },
        now: Date.now,
      }),
  });
  await fillTenants(t);
});
afterAll(async () => {
  await app.close();
  await db.destroy();
  await database.drop();
});

const ask = (tenant: string, scopes: readonly string[], authorization?: string) =>
  askToken(app, tenant, scopes, authorization);

async function tokenOf(tenant: string, scopes: readonly string[], username?: string) {
  const credentials = username === undefined ? undefined : basic(username, PASSWORD);
  const response = await ask(tenant, scopes, credentials);
  expect(response.statusCode).toBe(200);
  return response.json<TokenAnswer>().token;
}

const accessIn = (token: string) => decodeJwt<{ access: unknown[] }>(token).access;

describe('the token service', () => {
  it('B22: fills all fields of the answer, with claims for the tenant', async () => {
    const response = await ask('t-1', ['repository:priv/app:pull,push'], basic('ann', PASSWORD));
    const answer = response.json<TokenAnswer>();
    expect(answer).toMatchObject({ access_token: answer.token, expires_in: 1800 });
    expect(Math.abs(Date.parse(answer.issued_at) - Date.now())).toBeLessThan(10_000);
    expect(decodeJwt(answer.token)).toMatchObject({
      aud: 'tke',
      sub: 'ann',
      tenant: 't-1',
      access: [{ type: 'repository', name: 'priv/app', actions: ['pull', 'push'] }],
    });
    const { kid } = t.signing.current();
    expect(decodeProtectedHeader(answer.token)).toEqual({ alg: 'ES256', typ: 'JWT', kid });
    expect(response.headers['cache-control']).toBe('no-store');
  });

  it.each([
    ['B20: the catalog', 'registry:catalog:*'],
    ['B21: a name without a slash', 'repository:nginx:pull'],
    ['an unknown type', 'plugin:a/b:pull'],
    ['another name of type registry', 'registry:other:*'],
    ['no scope at all', 'x'],
    ['nothing but colons', ':::'],
    ['a host with a port', 'repository:t-1.example.com:5000/pub/x:pull'],
    ['a control character', 'repository:a\u0000/b:pull'],
  ])('never fails for %s', async (_what, scope) => {
    for (const authorization of [undefined, basic('ann', PASSWORD)]) {
      expect((await ask('t-1', [scope], authorization)).statusCode).toBe(200);
    }
  });

  it('takes several scopes in one parameter and in many, by whatever name of the tenant', async () => {
    const token = await tokenOf(
      't-1',
      ['repository:pub/a:pull repository:t-1-image-priv/b:pull', 'repository:t-1-priv/c:pull,push'],
      'ann',
    );
    expect(accessIn(token)).toMatchObject([
      { name: 'pub/a', actions: ['pull'] },
      { name: 'priv/b', actions: ['pull'] },
      { name: 'priv/c', actions: ['pull', 'push'] },
    ]);
  });

  it('B17: knows a tenant with a hyphen from the one it begins with', async () => {
    const token = await tokenOf('t-1', ['repository:priv/x:pull'], 'ann');
    expect(accessIn(token)).toMatchObject([{ name: 'priv/x', actions: ['pull'] }]);
    expect(accessIn(await tokenOf('t', ['repository:1-priv/x:pull'], 'ann'))).toEqual([]);
  });

  it('B16: takes no host for a tenant that only ends like one', async () => {
    const response = await app.inject({
      url: '/service/token?service=harbor-registry&scope=repository:pub/x:pull',
      headers: { host: 't2.evilexample.com' },
    });
    expect(decodeJwt(response.json<TokenAnswer>().token)).toMatchObject({ tenant: 'default' });
  });

  it.each(['evil.com"', 'a/b', 'x y', 'a.b.example.com'])('refuses the host %s', async (host) => {
    const response = await app.inject({ url: '/registry/auth?scope=x', headers: { host } });
    expect(response.statusCode).toBe(400);
    expect(response.body).not.toContain(host);
  });

  it('logs in only those whom the tenant knows, and never takes wrong credentials for none', async () => {
    const codes = async (tenant: string, scopes: string[], username: string, password: string) =>
      (await ask(tenant, scopes, basic(username, password))).statusCode;
    expect((await ask('t-1', [])).statusCode).toBe(401);
    expect(await codes('t-1', [], 'ann', PASSWORD)).toBe(200);
    expect(await codes('t-1', [], 'eve', PASSWORD)).toBe(401);
    expect(await codes('t-1', [], 'def', PASSWORD)).toBe(401);
    expect(await codes('default', [], 'def', PASSWORD)).toBe(200);
    expect(await codes('t-1', [], 'root', PASSWORD)).toBe(200);
    expect(await codes('t-1', ['repository:pub/x:pull'], 'ann', 'Wrong-horse-1')).toBe(401);
    expect(await codes('t-1', ['repository:pub/x:pull'], 'eve', PASSWORD)).toBe(200);
  });

  it('takes the form of OAuth2 at both paths', async () => {
    const form = { grant_type: 'password', username: 'ann', password: PASSWORD, service: 'tke' };
    const post = (fields: Record<string, string>) => ({
      method: 'POST' as const,
      headers: {
        host: 't-1.example.com',
        'content-type': 'application/x-www-form-urlencoded',
      },
      payload: new URLSearchParams(fields).toString(),
    });
    for (const url of ['/service/token', '/registry/auth']) {
      const right = await app.inject({
        url,
        ...post({ ...form, scope: 'repository:priv/x:pull' }),
      });
      expect(accessIn(right.json<TokenAnswer>().access_token)).toHaveLength(1);
      const wrong = await app.inject({ url, ...post({ ...form, password: 'x' }) });
      expect(wrong.statusCode).toBe(401);
      const refresh = await app.inject({ url, ...post({ ...form, grant_type: 'refresh_token' }) });
      expect(refresh.statusCode).toBe(400);
      const foreign = await app.inject({ url, ...post({ ...form, service: 'evil' }) });
      expect(foreign.statusCode).toBe(400);
    }
  });

  it('B15: has no route for events', async () => {
    const response = await app.inject({
      method: 'POST',
      url: '/registry/notification',
      payload: { events: [] },
    });
    expect(response.statusCode).toBe(404);
  });

  it('B56: answers when those who know the credentials are out of reach', async () => {
    const { authenticate } = t.authenticator;
    const down = new AppError('unavailable', 'the directory is out of reach');
    t.authenticator.authenticate = () => Promise.reject(down);
    try {
      expect((await ask('t-1', [], basic('ann', PASSWORD))).statusCode).toBe(503);
    } finally {
      t.authenticator.authenticate = authenticate;
    }
  });
});
