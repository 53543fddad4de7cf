import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { Agent, type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { digestOf, mediaType } from '@berth/oci';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { imageManifest } from '../test/content.ts';
import { createTestDatabase, type TestDatabase } from '../test/database.ts';
import { quietLog } from '../test/log.ts';
import {
  ADMIN_PASSWORD,
  basicHeader,
  startTestRegistry,
  type TestRegistry,
  testConfig,
} from '../test/registry.ts';
import { ensureAdminAccount, resetAdminPassword } from './admin-account.ts';
import { createDatabase, openPool } from './db/index.ts';
import {
  createExternalAccountRepository,
  createIdentityService,
  createUserRepository,
} from './identity/index.ts';
import { createProjectRepository, createProjectsService } from './projects/index.ts';

const admin = { authorization: basicHeader() };

async function statusOf(url: string, headers: Record<string, string> = {}): Promise<number> {
  const answer = await fetch(url, { headers });
  await answer.bytes();
  return answer.status;
}

async function pushBlob(registry: TestRegistry, repository: string) {
  const bytes = randomBytes(64);
  const blob = { digest: digestOf(bytes), size: bytes.length };
  const url = `${registry.url}/v2/${repository}/blobs/uploads/?digest=${blob.digest}`;
  const answer = await fetch(url, { method: 'POST', headers: admin, body: bytes });
  expect(answer.status).toBe(201);
  return blob;
}

/** Pushes an image under a tag and gives its digest. */
async function pushImage(registry: TestRegistry, repository: string, tag: string) {
  const [config, layer] = [
    await pushBlob(registry, repository),
    await pushBlob(registry, repository),
  ];
  const body = imageManifest(config, layer);
  const answer = await fetch(`${registry.url}/v2/${repository}/manifests/${tag}`, {
    method: 'PUT',
    headers: { ...admin, 'content-type': mediaType.ociManifest },
    body,
  });
  expect(answer.status).toBe(201);
  return digestOf(body);
}

async function digestAt(registry: TestRegistry, repository: string, tag: string) {
  const url = `${registry.url}/v2/${repository}/manifests/${tag}`;
  const answer = await fetch(url, { headers: admin });
  await answer.bytes();
  return answer.headers.get('docker-content-digest');
}

describe('the token routes', () => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await startTestRegistry();
  });
  afterAll(() => registry.stop());

  const ask = (query: string, headers: Record<string, string> = {}) =>
    fetch(`${registry.url}/service/token?${query}`, { headers });
  const send = (form: Record<string, string> | string, headers: Record<string, string> = {}) =>
    fetch(`${registry.url}/service/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: typeof form === 'string' ? form : new URLSearchParams(form).toString(),
    });
  const service = 'service=harbor-registry';

  it('give tokens of the life that is configured', async () => {
    const issue = async () => (await ask(service, { authorization: basicHeader() })).json();
    expect(await issue()).toMatchObject({ expires_in: 1800 });
    const setLife = async (minutes: number) => {
      const answer = await fetch(`${registry.url}/api/v2.0/configurations`, {
        method: 'PUT',
        headers: { authorization: basicHeader(), 'content-type': 'application/json' },
        body: JSON.stringify({ token_expiration: minutes }),
      });
      expect(answer.status).toBe(200);
    };
    await setLife(5);
    expect(await issue()).toMatchObject({ expires_in: 300 });
    await setLife(30);
  });

  it('give a token for a password, which opens /v2/', async () => {
    const answer = await ask(service, admin);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const issued: unknown = await answer.json();
    expect(issued).toMatchObject({ token_type: 'Bearer', expires_in: 1800 });
    const token = tokenOf(issued);
    expect(await statusOf(`${registry.url}/v2/`, { authorization: `Bearer ${token}` })).toBe(200);
    expect(await statusOf(`${registry.url}/v2/`, { authorization: `Bearer ${token}x` })).toBe(401);
  });

  it.each([
    ['an anonymous caller without a scope', service, {}, 401],
    ['an anonymous caller with one', `${service}&scope=repository:library/a:pull`, {}, 200],
    ['a wrong password', service, { authorization: basicHeader('admin', 'wrong') }, 401],
    ['an unknown user', service, { authorization: basicHeader('nobody', 'wrong') }, 401],
    ['a name with a NUL', service, { authorization: basicHeader('a\u0000b', 'wrong') }, 401],
    ['another scheme', service, { authorization: 'Digest x' }, 401],
    ['no service', '', admin, 200],
    ['another service', 'service=other', admin, 400],
    ['nonsense for a scope', `${service}&scope=%00%ff`, admin, 200],
  ])('answer GET of %s', async (_what, query, headers, status) => {
    const answer = await ask(query, headers);
    expect(answer.status).toBe(status);
    if (status === 401) expect(await answer.text()).toContain('UNAUTHORIZED');
  });

  it.each([
    ['the right password', { username: 'admin', password: ADMIN_PASSWORD }, 200],
    ['a wrong password', { username: 'admin', password: 'wrong' }, 401],
    ['no user', { password: 'wrong' }, 401],
    ['another service', { username: 'admin', password: ADMIN_PASSWORD, service: 'other' }, 400],
  ])('answer POST with %s', async (_what, form, status) => {
    const answer = await send({ grant_type: 'password', service: 'harbor-registry', ...form });
    expect(answer.status).toBe(status);
  });

  it('refuse a POST that is no form, or too large', async () => {
    expect((await send('{}', { 'content-type': 'application/x-unknown' })).status).toBe(415);
    expect((await send(`x=${'y'.repeat(70_000)}`)).status).toBe(413);
  });

  it('show the certificates of the keys', async () => {
    const answer = await fetch(`${registry.url}/service/token/certificates`);
    expect(await answer.text()).toMatch(
      /^-----BEGIN CERTIFICATE-----\n[^]+-----END CERTIFICATE-----\n$/,
    );
  });

  it.each([
    '/api/v2.0/projects?name=%00',
    `/v2/library/app/referrers/${digestOf(Buffer.from('x'))}?artifactType=%00`,
    '/api/v2.0/projects/a%00b',
  ])('and others do not break on a NUL (%s)', async (path) => {
    expect(await statusOf(`${registry.url}${path}`, admin)).toBeLessThan(500);
  });
});

describe('two replicas of one database', () => {
  let database: TestDatabase;
  let dataDir = '';
  let here: TestRegistry;
  let there: TestRegistry;
  let operator: Client;
  beforeAll(async () => {
    database = await createTestDatabase();
    dataDir = await mkdtemp(join(tmpdir(), 'berth-replicas-'));
    const options = { databaseUrl: database.url, dataDir, storage: 'filesystem' } as const;
    [here, there] = await Promise.all([startTestRegistry(options), startTestRegistry(options)]);
    operator = new Client({ ...database.connection, database: 'postgres' });
    await operator.connect();
  });
  afterAll(async () => {
    await allowConnections(true);
    await operator.end();
    await Promise.all([here.stop(), there.stop()]);
    await database.drop();
    await rm(dataDir, { recursive: true });
  });

  const allowConnections = (allowed: boolean) =>
    operator.query(`ALTER DATABASE ${database.connection.database} ALLOW_CONNECTIONS ${allowed}`);
  /** What the other replica gives for the tag, once that is `digest` or time is over. */
  async function findThere(tag: string, digest: string): Promise<string | null> {
    const deadline = performance.now() + 8_000;
    for (;;) {
      const found = await digestAt(there, 'library/app', tag);
      if (found === digest || performance.now() > deadline) return found;
    }
  }

  it('sign tokens that the other takes', async () => {
    const answer = await fetch(`${here.url}/service/token`, { headers: admin });
    const authorization = `Bearer ${tokenOf(await answer.json())}`;
    expect(await statusOf(`${there.url}/v2/`, { authorization })).toBe(200);
  });

  it('hear of tags that moved at the other', async () => {
    const first = await pushImage(here, 'library/app', 'v1');
    expect(await findThere('v1', first)).toBe(first);
    const second = await pushImage(here, 'library/app', 'v1');
    expect(await findThere('v1', second)).toBe(second);
  });

  it('hear of manifests that were deleted at the other', async () => {
    const digest = await pushImage(here, 'library/app', 'gone');
    expect(await findThere('gone', digest)).toBe(digest);
    const url = `${here.url}/v2/library/app/manifests/${digest}`;
    expect((await fetch(url, { method: 'DELETE', headers: admin })).status).toBe(202);
    await vi.waitFor(async () => expect(await digestAt(there, 'library/app', 'gone')).toBeNull());
  });

  it('show nothing of a deleted project in the one made again under its name', async () => {
    const api = `${here.url}/api/v2.0/projects`;
    const create = () =>
      fetch(api, {
        method: 'POST',
        headers: { ...admin, 'content-type': 'application/json' },
        body: JSON.stringify({ project_name: 'again' }),
      });
    expect((await create()).status).toBe(201);
    const { digest } = await pushBlob(here, 'again/app');
    const blobAt = ({ url }: TestRegistry) =>
      statusOf(`${url}/v2/again/app/blobs/${digest}`, admin);
    expect([await blobAt(here), await blobAt(there)]).toEqual([200, 200]);
    const deleted = await fetch(`${api}/again`, { method: 'DELETE', headers: admin });
    expect(deleted.status).toBe(200);
    expect((await create()).status).toBe(201);
    expect(await blobAt(here)).toBe(404);
    await vi.waitFor(async () => expect(await blobAt(there)).toBe(404));
    // Both know the new repository, not the old one's row.
    await pushImage(here, 'again/app', 'v1');
    await pushImage(there, 'again/app', 'v2');
  });

  async function expectMoved(): Promise<void> {
    const digest = await pushImage(here, 'library/app', 'v2');
    expect(await findThere('v2', digest)).toBe(digest);
  }

  it('trust no memory while they cannot hear, and hear again afterwards', async () => {
    await expectMoved();
    // Connections that are open stay; the listeners cannot come back.
    await allowConnections(false);
    const { rows } = await operator.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = $1 AND query ILIKE 'listen%'`,
      [database.connection.database],
    );
    expect(rows).toHaveLength(2);
    await expectMoved();
    await expectMoved();
    await allowConnections(true);
    await expectMoved();
  });
});

describe('the administrator of a fresh registry', () => {
  let dataDir = '';
  let database: TestDatabase;
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'berth-admin-'));
    database = await createTestDatabase();
  });
  afterEach(async () => {
    await database.drop();
    await rm(dataDir, { recursive: true });
  });

  it('gets a password in a file of its own, kept over a restart, void after a reset', async () => {
    const options = { dataDir, databaseUrl: database.url, adminPassword: undefined };
    const first = await startTestRegistry(options);
    const file = first.adminPasswordFile ?? '';
    const password = (await readFile(file, 'utf8')).trim();
    expect(password).toMatch(/^\w{24}$/);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const login = (registry: TestRegistry, with_: string) =>
      statusOf(`${registry.url}/v2/`, { authorization: basicHeader('admin', with_) });
    expect(await login(first, password)).toBe(200);
    await first.stop();

    const second = await startTestRegistry(options);
    expect((await readFile(file, 'utf8')).trim()).toBe(password);
    expect(await login(second, password)).toBe(200);
    await second.stop();

    const db = createDatabase(openPool({ url: database.url, poolSize: 1, log: quietLog }));
    const identity = createIdentityService(
      createUserRepository(db),
      createExternalAccountRepository(db),
    );
    const fresh = await resetAdminPassword({ ...second.config }, identity);
    const row = await createUserRepository(db).findByName('admin');
    expect(row?.mustChangePassword).toBe(true);
    await db.destroy();
    await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' });
    const third = await startTestRegistry(options);
    expect(third.adminPasswordFile).toBeUndefined();
    expect(await login(third, password)).toBe(401);
    expect(await login(third, fresh)).toBe(200);
    await third.stop();
  });

  it('is asked to change a generated password, and its file goes with it', async () => {
    const options = { dataDir, databaseUrl: database.url, adminPassword: undefined };
    const first = await startTestRegistry(options);
    const file = first.adminPasswordFile ?? '';
    const generated = (await readFile(file, 'utf8')).trim();
    const info = async ({ url }: TestRegistry) =>
      Object(await (await fetch(`${url}/api/v2.0/systeminfo`)).json());
    const current = async ({ url }: TestRegistry, password: string) => {
      const headers = { authorization: basicHeader('admin', password) };
      const answer = await fetch(`${url}/api/v2.0/users/current`, { headers });
      return Object(await answer.json());
    };
    expect(await info(first)).toMatchObject({ initial_admin_password: { file: 'admin-password' } });
    const user = await current(first, generated);
    expect(user).toMatchObject({ username: 'admin', password_change_required: true });

    const path = `${first.url}/api/v2.0/users/${user.user_id}/password`;
    const change = { old_password: generated, new_password: ADMIN_PASSWORD };
    const changed = await fetch(path, {
      method: 'PUT',
      headers: {
        authorization: basicHeader('admin', generated),
        'content-type': 'application/json',
      },
      body: JSON.stringify(change),
    });
    expect(changed.status).toBe(200);
    await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await info(first)).not.toHaveProperty('initial_admin_password');
    expect(await current(first, ADMIN_PASSWORD)).not.toHaveProperty('password_change_required');
    await first.stop();

    // A file that somebody put back tells no password.
    await writeFile(file, `${generated}\n`);
    const second = await startTestRegistry(options);
    expect(second.adminPasswordFile).toBeUndefined();
    expect(await info(second)).not.toHaveProperty('initial_admin_password');
    await second.stop();
  });

  it('has no file with a configured password, which later settings do not change', async () => {
    const options = { dataDir, databaseUrl: database.url };
    const first = await startTestRegistry({ ...options, adminPassword: 'first password' });
    expect(first.adminPasswordFile).toBeUndefined();
    await first.stop();
    const second = await startTestRegistry({ ...options, adminPassword: 'second password' });
    const login = (password: string) =>
      statusOf(`${second.url}/v2/`, { authorization: basicHeader('admin', password) });
    expect([await login('first password'), await login('second password')]).toEqual([200, 401]);
    await second.stop();
  });

  it('of replicas that start at once is told no password that does not work', async () => {
    const db = createDatabase(openPool({ url: database.url, poolSize: 4, log: quietLog }));
    const services = () => ({
      identity: createIdentityService(
        createUserRepository(db),
        createExternalAccountRepository(db),
      ),
      projects: createProjectsService({
        projects: createProjectRepository(db),
        announce: () => Promise.resolve(),
        settings: {
          storagePerProject: () => -1,
          creationRestriction: () => 'everyone',
          anonymousListing: () => true,
        },
      }),
    });
    const directories = await Promise.all(
      [1, 2].map(() => mkdtemp(join(tmpdir(), 'berth-replica-'))),
    );
    const files = await Promise.all(
      directories.map((directory) => {
        const config = testConfig({
          dataDir: directory,
          databaseUrl: database.url,
          adminPassword: undefined,
        });
        return ensureAdminAccount(config, services());
      }),
    );
    const told = files.filter((file) => file !== undefined);
    const { identity } = services();
    const works = await Promise.all(
      told.map(async (file) =>
        identity.verifyPassword('admin', (await readFile(file, 'utf8')).trim()),
      ),
    );
    await db.destroy();
    for (const directory of directories) await rm(directory, { recursive: true });
    expect(told.length).toBeGreaterThan(0);
    expect(works).not.toContain('wrong');
  });
});

describe('health', () => {
  it('is ready until the database is gone', async () => {
    const database = await createTestDatabase();
    const registry = await startTestRegistry({ databaseUrl: database.url });
    expect(await statusOf(`${registry.url}/readyz`)).toBe(200);
    await database.drop();
    const answer = await fetch(`${registry.url}/readyz`);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({
      components: [
        { name: 'database', status: 'unavailable' },
        { name: 'storage', status: 'ok' },
        { name: 'storage takeover', status: 'ok' },
      ],
    });
    expect(await statusOf(`${registry.url}/healthz`)).toBe(200);
    await registry.stop();
  });
});

describe('stopping', () => {
  const slow = { http: { drainSeconds: 25 } };

  it('lets an upload in flight end, and is over soon after', async () => {
    const registry = await startTestRegistry(slow);
    const started = await fetch(`${registry.url}/v2/library/app/blobs/uploads/`, {
      method: 'POST',
      headers: admin,
    });
    const agent = new Agent({ keepAlive: true });
    const sending = request(new URL(started.headers.get('location') ?? '', registry.url), {
      method: 'PATCH',
      agent,
      headers: { ...admin, expect: '100-continue', 'transfer-encoding': 'chunked' },
    });
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      sending.once('response', resolve).once('error', reject);
    });
    await new Promise((resolve) => sending.once('continue', resolve).flushHeaders());
    sending.write('first half, ');
    const stopping = registry.stop();
    await expect(fetch(`${registry.url}/healthz`)).rejects.toThrow('fetch failed');
    sending.end('second half');
    const answer = await answered;
    expect(answer.statusCode).toBe(202);
    expect(answer.headers.range).toBe('0-22');
    await text(answer);
    const answeredAt = performance.now();
    await stopping;
    expect(performance.now() - answeredAt).toBeLessThan(5_000);
    agent.destroy();
  });

  it('does not wait for connections that are idle', async () => {
    const registry = await startTestRegistry(slow);
    const agent = new Agent({ keepAlive: true });
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      request(`${registry.url}/healthz`, { agent })
        .once('response', resolve)
        .once('error', reject)
        .end();
    });
    await text(answer);
    const before = performance.now();
    await Promise.all([registry.stop(), registry.stop()]);
    expect(performance.now() - before).toBeLessThan(5_000);
    agent.destroy();
  });

  it('cuts what is not over in time', async () => {
    const registry = await startTestRegistry({ http: { drainSeconds: 0 } });
    const started = await fetch(`${registry.url}/v2/library/app/blobs/uploads/`, {
      method: 'POST',
      headers: admin,
    });
    const sending = request(new URL(started.headers.get('location') ?? '', registry.url), {
      method: 'PATCH',
      headers: { ...admin, expect: '100-continue', 'transfer-encoding': 'chunked' },
    });
    const cut = new Promise((resolve) => sending.once('error', resolve).once('response', resolve));
    await new Promise((resolve) => sending.once('continue', resolve).flushHeaders());
    await registry.stop();
    expect(await cut).toMatchObject({ code: 'ECONNRESET' });
    sending.destroy();
  });
});

function tokenOf(issued: unknown): string {
  const token = Object(issued).token;
  if (typeof token !== 'string') throw new Error('no token was issued');
  return token;
}
