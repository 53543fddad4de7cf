import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { createRecordingLog, quietLog } from '../../test/log.ts';
import { anonymous, createProjectAccess, type Principal } from '../access/index.ts';
import { type AuditEntry, registerApi } from '../api/index.ts';
import { createDatabase, type Database, openPool } from '../db/index.ts';
import { createHttpServer } from '../http/index.ts';
import { AppError } from '../lib/index.ts';
import { createSecretBox } from '../secrets/index.ts';
import { createConfigurationRepository } from './configuration.repository.ts';
import { configurationRoutes } from './configuration.routes.ts';
import {
  type ConfigurationPorts,
  type ConfigurationService,
  openConfiguration,
} from './configuration.service.ts';
import { parseOverwrite } from './overwrite.ts';

let database: TestDatabase;
let db: Database;
const secrets = createSecretBox({ key: randomBytes(32) });
const by = { by: 'admin' };

function open(ports: Partial<ConfigurationPorts> = {}): Promise<ConfigurationService> {
  return openConfiguration({
    repository: createConfigurationRepository(db),
    secrets,
    countUsers: () => Promise.resolve(0),
    checkAuditEndpoint: () => Promise.resolve(),
    log: quietLog,
    ...ports,
  });
}

async function stored(key: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('configuration')
    .select('value')
    .where('key', '=', key)
    .executeTakeFirst();
  return row?.value;
}

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDatabase(openPool({ connection: database.connection, poolSize: 4, log: quietLog }));
});
afterEach(async () => {
  await db.deleteFrom('configuration').execute();
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});

describe('the configuration', () => {
  it('starts with defaults and keeps what was put, typed, over a restart', async () => {
    const config = await open();
    expect(config.get('token_expiration')).toBe(30);
    const keys = await config.put(
      { token_expiration: '45', read_only: 'true', oidc_extra_redirect_parms: '{"a":"b"}' },
      by,
    );
    expect(keys).toEqual(['token_expiration', 'read_only', 'oidc_extra_redirect_parms']);
    for (const reader of [config, await open()]) {
      expect(reader.get('token_expiration')).toBe(45);
      expect(reader.current()).toMatchObject({
        read_only: true,
        oidc_extra_redirect_parms: { a: 'b' },
        session_timeout: 60,
      });
    }
  });

  it('changes only what was named', async () => {
    const config = await open();
    await config.put({ token_expiration: 45 }, by);
    await config.put({ session_timeout: 15, token_expiration: null }, by);
    expect(config.current()).toMatchObject({ token_expiration: 45, session_timeout: 15 });
    expect(await config.put({}, by)).toEqual([]);
  });

  it('takes all changes or none', async () => {
    const config = await open();
    await expect(
      config.put({ token_expiration: 45, ldap_scope: 7, no_such: 1 }, by),
    ).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringMatching(/^ldap_scope: .*; no_such: there is no such key$/),
    });
    expect(config.get('token_expiration')).toBe(30);
    expect(await stored('token_expiration')).toBeUndefined();
  });

  it('passes over what a later version stored', async () => {
    await db.insertInto('configuration').values({ key: 'from_the_future', value: 'x' }).execute();
    const config = await open();
    await config.put({ token_expiration: 45 }, by);
    expect(config.get('token_expiration')).toBe(45);
    expect(await stored('from_the_future')).toBe('x');
  });

  it('refuses to start with a value that it cannot read', async () => {
    await db
      .insertInto('configuration')
      .values([
        { key: 'anonymous_listing', value: 'maybe' },
        { key: 'ldap_scope', value: '1' },
      ])
      .execute();
    await expect(open()).rejects.toMatchObject({
      name: 'StoredConfigurationError',
      keys: ['anonymous_listing'],
    });
  });
});

describe('the rules of a change', () => {
  it('lock auth_mode once there are users, and nothing else', async () => {
    const config = await open({ countUsers: () => Promise.resolve(1) });
    await expect(config.put({ auth_mode: 'ldap_auth' }, by)).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('auth_mode'),
    });
    await config.put({ auth_mode: 'db_auth', ldap_enabled: true }, by);
    expect(config.get('ldap_enabled')).toBe(true);
    expect(await config.getEditability()).toEqual({ isEditable: true, isAuthModeEditable: false });
  });

  it('leave auth_mode free until then', async () => {
    const config = await open();
    await config.put({ auth_mode: 'oidc_auth' }, by);
    expect(config.get('auth_mode')).toBe('oidc_auth');
    expect(await config.getEditability()).toEqual({ isEditable: true, isAuthModeEditable: true });
  });

  it('let the audit log skip the database only with an endpoint that answers', async () => {
    const asked: string[] = [];
    const config = await open({
      checkAuditEndpoint: (endpoint) => {
        asked.push(endpoint);
        return endpoint === 'up:514'
          ? Promise.resolve()
          : Promise.reject(new AppError('invalid', `nobody is at ${endpoint}`));
      },
    });
    const invalid = { kind: 'invalid' };
    await expect(config.put({ skip_audit_log_database: true }, by)).rejects.toMatchObject(invalid);
    expect(asked).toEqual([]);
    await expect(config.put({ audit_log_forward_endpoint: 'down:514' }, by)).rejects.toMatchObject({
      message: 'audit_log_forward_endpoint: nobody is at down:514',
    });
    await config.put({ audit_log_forward_endpoint: 'up:514', skip_audit_log_database: true }, by);
    await expect(config.put({ audit_log_forward_endpoint: '' }, by)).rejects.toMatchObject(invalid);
    await config.put({ audit_log_forward_endpoint: 'up:514', session_timeout: 5 }, by);
    expect(asked).toEqual(['down:514', 'up:514']);
    await config.put({ audit_log_forward_endpoint: '', skip_audit_log_database: false }, by);
    expect(config.get('skip_audit_log_database')).toBe(false);
  });

  it('hold also against changes at the same time on two replicas', async () => {
    for (let round = 0; round < 5; round += 1) {
      const [one, two] = await Promise.all([open(), open()]);
      await one.put({ audit_log_forward_endpoint: 'up:514', skip_audit_log_database: false }, by);
      const outcomes = await Promise.allSettled([
        one.put({ skip_audit_log_database: true }, by),
        two.put({ audit_log_forward_endpoint: '' }, by),
      ]);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      await Promise.all([one.refresh(), two.refresh()]);
      expect(one.current()).toEqual(two.current());
    }
  });
});

describe('memory', () => {
  it('follows changes at the same time, each seen by its maker', async () => {
    const config = await open();
    await Promise.all(
      Array.from({ length: 10 }, async (_, index) => {
        const key = (['ldap_filter', 'oidc_name'] as const)[index % 2] ?? 'oidc_name';
        await config.put({ [key]: `v${index}` }, by);
        expect(config.get(key)).not.toBe('');
      }),
    );
    expect(config.get('oidc_name')).toBe(await stored('oidc_name'));
    expect(config.get('ldap_filter')).toBe(await stored('ldap_filter'));
  });

  it('sees after a refresh what was committed before it, also when one is under way', async () => {
    const repository = createConfigurationRepository(db);
    let gate: Promise<void> | undefined;
    const list = async () => {
      const rows = await repository.list();
      await gate;
      return rows;
    };
    const [reader, writer] = await Promise.all([
      open({ repository: { ...repository, list } }),
      open(),
    ]);
    const held = Promise.withResolvers<void>();
    gate = held.promise;
    const early = reader.refresh();
    await writer.put({ session_timeout: 15 }, by);
    gate = undefined;
    const late = [reader.refresh(), reader.refresh()];
    held.resolve();
    await early;
    await Promise.all(late);
    expect(reader.get('session_timeout')).toBe(15);
  });

  it('reads through every 5 s, and tells other replicas at once', async () => {
    let now = 0;
    const reader = await open({ now: () => now });
    const writer = await open({ publish: () => reader.refresh() });
    await writer.put({ session_timeout: 15 }, by);
    expect(reader.get('session_timeout')).toBe(15);
    const silent = await open();
    await silent.put({ session_timeout: 20 }, by);
    now = 4_999;
    reader.get('session_timeout');
    await delay(50);
    expect(reader.get('session_timeout')).toBe(15);
    now = 5_000;
    reader.get('session_timeout');
    await expect.poll(() => reader.get('session_timeout')).toBe(20);
  });

  it('keeps the last values, and says so, when reading or telling fails', async () => {
    const { log, entries } = createRecordingLog();
    const repository = createConfigurationRepository(db);
    let isBroken = false;
    const config = await open({
      log,
      repository: {
        ...repository,
        list: () => (isBroken ? Promise.reject(new Error('down')) : repository.list()),
      },
      publish: () => Promise.reject(new Error('no listener')),
    });
    await config.put({ session_timeout: 15 }, by);
    expect(entries.map(({ message }) => message)).toEqual([
      'a change of the configuration spreads late',
      'the configuration was changed',
    ]);
    isBroken = true;
    config.forget();
    await expect(config.refresh()).rejects.toThrow('down');
    expect(config.get('session_timeout')).toBe(15);
    await expect.poll(() => entries.at(-1)?.level).toBe('error');
    isBroken = false;
    await config.refresh();
  });
});

describe('an overwrite', () => {
  it('lies over what is stored, and nothing can be changed', async () => {
    await (await open()).put({ session_timeout: 15, token_expiration: 45 }, by);
    const text = '{"session_timeout":20,"oidc_client_secret":"s"}';
    const config = await open({ overwrite: parseOverwrite(text) });
    expect(config.current()).toMatchObject({ session_timeout: 20, token_expiration: 45 });
    expect(config.getSecret('oidc_client_secret')).toBe('s');
    await expect(config.put({ token_expiration: 1 }, by)).rejects.toMatchObject({ kind: 'denied' });
    await expect(config.put({ nonsense: 1 }, by)).rejects.toMatchObject({ kind: 'denied' });
    expect((await config.getEditability()).isEditable).toBe(false);
    expect(await stored('session_timeout')).toBe('15');
    expect((await open()).get('session_timeout')).toBe(15);
  });
});

describe('a secret', () => {
  it('is sealed in the database, kept when left out, cleared by the empty string', async () => {
    const config = await open();
    await config.put({ ldap_search_password: 'first', uaa_client_secret: 'u' }, by);
    const sealed = await stored('ldap_search_password');
    expect(sealed).toMatch(/^\$berth\$v1\$/);
    expect(sealed).not.toContain('first');
    await config.put({ ldap_timeout: 7 }, by);
    await config.put({ ldap_search_password: null, ldap_timeout: 8 }, by);
    expect((await open()).getSecret('ldap_search_password')).toBe('first');
    await config.put({ ldap_search_password: '' }, by);
    expect(config.getSecret('ldap_search_password')).toBe('');
    expect(await stored('ldap_search_password')).toBeUndefined();
    expect(config.getSecret('uaa_client_secret')).toBe('u');
  });

  it('is never garbage: another key, or another row, refuses to start', async () => {
    const config = await open();
    await config.put({ oidc_client_secret: 'right' }, by);
    const other = createSecretBox({ key: randomBytes(32) });
    const refused = { name: 'StoredConfigurationError', keys: ['oidc_client_secret'] };
    await expect(open({ secrets: other })).rejects.toMatchObject(refused);
    await config.put({ uaa_client_secret: 'moved' }, by);
    const moved = (await stored('uaa_client_secret')) ?? '';
    await db
      .updateTable('configuration')
      .set({ value: moved })
      .where('key', '=', 'oidc_client_secret')
      .execute();
    await expect(open()).rejects.toMatchObject(refused);
    await expect(config.refresh()).rejects.toMatchObject(refused);
    expect(config.getSecret('oidc_client_secret')).toBe('right');
  });
});

const user = { kind: 'user', groupIds: [] } as const;
const admin: Principal = { ...user, id: 1, username: 'admin', isAdmin: true };
const ann: Principal = { ...user, id: 2, username: 'ann', isAdmin: false };

async function serve(config: ConfigurationService, { isReadOnly = false } = {}) {
  const { log, entries } = createRecordingLog();
  const audit: AuditEntry[] = [];
  const app = createHttpServer({ log, idleMs: 10_000 });
  const callers: Record<string, Principal> = { admin, ann };
  const routes = configurationRoutes({
    configuration: config,
    systemSettings: () => ({ with_trivy: false }),
  });
  registerApi(app, routes, {
    access: createProjectAccess({
      findRoles: () => Promise.resolve([]),
      findPolicy: () => Promise.resolve(undefined),
      peekPolicy: () => undefined,
      findPolicyById: () => Promise.resolve(undefined),
    }),
    findProject: () => Promise.resolve(undefined),
    authenticate: ({ headers }) =>
      Promise.resolve({ principal: callers[headers.authorization ?? ''] ?? anonymous }),
    csrfToken: () => '',
    recordAudit: (entry) => {
      audit.push(entry);
      return Promise.resolve();
    },
    isReadOnly: () => isReadOnly,
    addressOf: () => '192.0.2.1',
    externalUrl: undefined,
  });
  await app.ready();
  const call = (method: 'GET' | 'PUT', path: string, who: string, body?: object | string) =>
    app.inject({
      method,
      url: `/api/v2.0${path}`,
      headers: { authorization: who, ...(body && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { payload: body }),
    });
  return { app, call, audit, entries };
}

describe('over HTTP', () => {
  it('only administrators read and change it, also in read-only mode', async () => {
    const { app, call } = await serve(await open(), { isReadOnly: true });
    for (const [who, status] of [
      ['', 401],
      ['ann', 403],
      ['admin', 200],
    ] as const) {
      expect((await call('GET', '/configurations', who)).statusCode).toBe(status);
      expect((await call('GET', '/internalconfig', who)).statusCode).toBe(status);
      const put = await call('PUT', '/configurations', who, { read_only: false });
      expect([put.statusCode, put.body]).toEqual([status, status === 200 ? '' : put.body]);
    }
    await app.close();
  });

  it('shows a banner as it was put, and refuses with 400', async () => {
    const { app, call } = await serve(await open());
    const banner = '{"closable":true,"message":"hello","type":"info"}';
    await call('PUT', '/configurations', 'admin', { banner_message: banner });
    const shown = (await call('GET', '/configurations', 'admin')).json();
    expect(shown.banner_message).toEqual({ value: banner, editable: true });
    expect(shown.with_trivy).toBeUndefined();
    const inner = (await call('GET', '/internalconfig', 'admin')).json();
    expect(inner.with_trivy).toEqual({ value: false, editable: false });
    for (const wrong of [{ banner_message: 'x' }, { nothing: 1 }, { token_expiration: 'x' }]) {
      const refused = await call('PUT', '/configurations', 'admin', wrong);
      expect(refused.statusCode).toBe(400);
      expect(refused.json().errors[0].message).toContain(Object.keys(wrong)[0]);
    }
    await app.close();
  });

  it('shows what another replica stored', async () => {
    const [one, two] = await Promise.all([open(), open()]);
    const { app, call } = await serve(one);
    await two.put({ session_timeout: 15 }, by);
    const shown = (await call('GET', '/configurations', 'admin')).json();
    expect(shown.session_timeout.value).toBe(15);
    await app.close();
  });

  it('never lets a secret out: no answer, no log, no audit, no row', async () => {
    const canary = 'canary-5e0c7';
    const { log, entries: logged } = createRecordingLog();
    const config = await open({ log });
    const { app, call, audit, entries } = await serve(config);
    const keys = ['ldap_search_password', 'oidc_client_secret', 'uaa_client_secret'] as const;
    const all = Object.fromEntries(keys.map((key) => [key, canary]));
    const answers = [
      await call('PUT', '/configurations', 'admin', all),
      await call('PUT', '/configurations', 'ann', all),
      await call('PUT', '/configurations', 'admin', { ...all, oidc_client_secret: `${canary}\0` }),
      await call('PUT', '/configurations', 'admin', { ...all, token_expiration: canary }),
      await call('PUT', '/configurations', 'admin', { ...all, skip_audit_log_database: true }),
      await call('PUT', '/configurations', 'admin', [canary]),
      await call('PUT', '/configurations', 'admin', `{"oidc_client_secret": "${canary}" oops`),
      await call('PUT', '/configurations', 'admin', `"${canary}`),
      await call('GET', '/configurations', 'admin'),
      await call('GET', '/internalconfig', 'admin'),
    ];
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([
      200, 403, 400, 400, 400, 422, 400, 400, 200, 200,
    ]);
    for (const key of keys) expect(config.getSecret(key)).toBe(canary);
    expect(audit[0]).toMatchObject({ resource: keys.join(','), succeeded: true });
    const rows = await db.selectFrom('configuration').selectAll().execute();
    const seen = inspect(
      [answers.map(({ body }) => body), audit, entries, logged, rows, config, config.current()],
      { depth: 20, maxArrayLength: null, maxStringLength: null, showHidden: true },
    );
    expect(seen).toContain('the configuration was changed');
    expect(seen).not.toContain(canary);
    await app.close();
  });
});
