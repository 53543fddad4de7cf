import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { quietLog } from '../../test/log.ts';
import { createDatabase, type Database, openPool } from '../db/index.ts';
import { createHttpServer } from '../http/index.ts';
import { callerOf, idleBackend, shelfDefinition } from './kube.fixture.ts';
import { registerKubeApi } from './kube-api.routes.ts';
import { createKubeApi } from './kube-api.ts';
import { createKubeObjects } from './kube-objects.ts';

const PATH = '/apis/example.berth.dev/v1/namespaces';

let database: TestDatabase;
let db: Database;
let app: ReturnType<typeof createHttpServer>;
let url: string;

beforeEach(async () => {
  database = await createTestDatabase();
  db = createDatabase(openPool({ connection: database.connection, log: quietLog }));
  const definitions = () => [shelfDefinition(idleBackend())];
  app = createHttpServer({ log: quietLog, idleMs: 60_000 });
  const api = createKubeApi({
    objects: createKubeObjects({ db, definitions, log: quietLog }),
    authenticate: async () => callerOf('a'),
    authorize: () => undefined,
    audit: async () => undefined,
    isReadOnly: () => false,
    addressOf: () => '192.0.2.1',
    log: quietLog,
    version: '1.0.0',
  });
  registerKubeApi(app, api);
  url = await app.listen({ host: '127.0.0.1', port: 0 });
});

afterEach(async () => {
  await app.close();
  await db.destroy();
  await database.drop();
});

describe('the Kubernetes-style API beside the others', () => {
  it.each(['nothing', '/', ''])('refuses a body of the type %j in its own words', async (type) => {
    const refused = await fetch(url + PATH, {
      method: 'POST',
      headers: { 'content-type': type },
      body: new Uint8Array([1]),
    });
    const status = await refused.json();
    expect(status).toMatchObject({ kind: 'Status', code: refused.status });
    expect([400, 415]).toContain(refused.status);
  });

  it('gets its bodies whole and answers with its own errors and the request`s id', async () => {
    const made = await fetch(url + PATH, {
      method: 'POST',
      headers: { 'content-type': 'application/yaml', 'x-request-id': 'my-request' },
      body: 'spec: {name: test}',
    });
    expect(made.status).toBe(201);
    expect(made.headers.get('x-request-id')).toBe('my-request');
    const { metadata } = JSON.parse(await made.text());
    const gone = await fetch(`${url}${PATH}/${metadata.name}`, {
      method: 'DELETE',
      headers: { 'content-type': 'application/json' },
      body: '{"propagationPolicy":"Background"}',
    });
    expect(gone.status).toBe(200);
    expect(await (await fetch(`${url}/apis/nothing/v1/x`)).json()).toMatchObject({
      kind: 'Status',
      code: 404,
    });
    expect(await (await fetch(`${url}/other`)).json()).toHaveProperty('errors');
  });

  it.each([
    '/api',
    '/api/',
    '/api/v1',
    '/apis',
    '/apis/',
    '/version',
    '/openapi/v2',
    '/openapi/v3',
  ])('serves %s', async (path) => {
    expect((await fetch(url + path)).status).toBe(200);
  });

  it('ends watches when the server closes', async () => {
    const response = await fetch(`${url}${PATH}?watch=true`);
    const ended = response.text();
    await app.close();
    expect(await ended).toBe('');
  });
});
