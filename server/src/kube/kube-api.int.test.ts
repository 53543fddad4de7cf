import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { createRecordingLog, quietLog } from '../../test/log.ts';
import { createDatabase, type Database, openPool } from '../db/index.ts';
import { AppError } from '../lib/index.ts';
import {
  bookDefinition,
  idleBackend,
  type KubeStand,
  type Shelf,
  shelfDefinition,
  startKubeStand,
} from './kube.fixture.ts';
import { createKubeObjects, type KubeStore } from './kube-objects.ts';

const BASE = '/apis/example.berth.dev/v1';
const APPLY = 'application/apply-patch+yaml';
const MERGE = 'application/merge-patch+json';

let database: TestDatabase;
let db: Database;
let objects: KubeStore;
let stand: KubeStand;
let backend = idleBackend();

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDatabase(openPool({ connection: database.connection, log: quietLog }));
});

afterAll(async () => {
  await db.destroy();
  await database.drop();
});

beforeEach(async () => {
  await db.deleteFrom('kube_object').execute();
  await db.deleteFrom('kube_change').execute();
  backend = idleBackend();
  objects = createObjects();
  stand = await startKubeStand(objects, { log: quietLog });
});

afterEach(() => stand.close());

function createObjects(): KubeStore {
  const definitions = () => [
    shelfDefinition({
      create: (shelf) => backend.create(shelf),
      update: (shelf) => backend.update(shelf),
    }),
    bookDefinition(),
  ];
  return createKubeObjects({ db, definitions, log: quietLog });
}

interface Sent {
  readonly type?: string;
  readonly tenant?: string;
  readonly user?: string;
  readonly accept?: string;
  readonly headers?: Record<string, string>;
}

// The bodies are of many shapes; matchers look at them.
// oxlint-disable-next-line typescript/no-explicit-any
type Body = any;

async function send(
  method: string,
  path: string,
  body?: unknown,
  { type = 'application/json', tenant = 'a', user, accept, headers }: Sent = {},
): Promise<{ status: number; body: Body; headers: Headers }> {
  const url = path.startsWith('/apis') || !path.startsWith('/n') ? path : `${BASE}${path}`;
  const response = await fetch(stand.url + url, {
    method,
    headers: {
      ...(tenant !== '' && { tenant }),
      ...(user !== undefined && { user }),
      ...(accept !== undefined && { accept }),
      ...(body !== undefined && { 'content-type': type }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: parse(text), headers: response.headers };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function createShelf(name: string, sent: Sent = {}, spec: object = {}): Promise<Body> {
  const { status, body } = await send('POST', '/namespaces', { spec: { name, ...spec } }, sent);
  expect(status).toBe(201);
  return body;
}

describe('creation', () => {
  it('drops the client`s name, makes one, forces the tenant and fills defaults', async () => {
    const shelf = await createShelf('test', {}, { tenantID: 'b' });
    expect(shelf).toMatchObject({
      kind: 'Shelf',
      apiVersion: 'example.berth.dev/v1',
      metadata: {
        name: expect.stringMatching(/^shelf-[bcdfghjklmnpqrstvwxz2-9]{8}$/),
        generateName: 'shelf-',
        generation: 1,
        resourceVersion: expect.stringMatching(/^\d+$/),
      },
      spec: { name: 'test', tenantID: 'a', users: [] },
      status: { phase: 'Available', count: 0 },
    });
    expect(stand.audited).toMatchObject([
      { succeeded: true, request: { verb: 'create', name: shelf.metadata.name } },
    ]);
  });

  it('is refused with causes for wrong values, and writes nothing', async () => {
    const { status, body } = await send('POST', '/namespaces', {
      metadata: { labels: { 'not a label': 'x' } },
      spec: { name: '' },
    });
    expect(status).toBe(422);
    expect(body).toMatchObject({
      kind: 'Status',
      status: 'Failure',
      reason: 'Invalid',
      code: 422,
      details: {
        group: 'example.berth.dev',
        kind: 'Shelf',
        causes: [
          { field: 'metadata.labels', reason: 'FieldValueInvalid' },
          {
            field: 'spec.name',
            reason: 'FieldValueRequired',
            message: 'Required value: must specify name',
          },
        ],
      },
    });
    expect(await objects.list('Shelf')).toEqual([]);
    expect(stand.audited).toMatchObject([{ succeeded: false }]);
  });

  it.each([
    ['a wrong type', { spec: { name: 5 } }],
    ['another kind', { kind: 'Book', spec: { name: 'x' } }],
    ['another version', { apiVersion: 'v2', spec: { name: 'x' } }],
    ['a resource version', { metadata: { resourceVersion: '1' }, spec: { name: 'x' } }],
    ['labels of another type', { metadata: { labels: { a: 1 } }, spec: { name: 'x' } }],
    ['a list', [1]],
    ['no JSON', '{'],
    ['a poisoned key', '{"spec":{"name":"x","__proto__":{"a":1}}}'],
    ['a NUL', '{"spec":{"name":"x\\u0000"}}'],
    ['deep nesting', `${'{"a":'.repeat(100)}1${'}'.repeat(100)}`],
  ])('of %s is a 400', async (_what, body) => {
    const answer = await send('POST', '/namespaces', body);
    expect([answer.status, answer.body.reason]).toEqual([400, 'BadRequest']);
  });

  it('takes YAML, but no protobuf, no bomb of aliases and no more than 1.5 MiB', async () => {
    const yaml = 'spec:\n  name: test\n';
    const post = (body: string, type: string) => send('POST', '/namespaces', body, { type });
    expect((await post(yaml, 'application/yaml')).status).toBe(201);
    expect((await post('x', 'application/vnd.kubernetes.protobuf')).status).toBe(415);
    const bomb = ['a: &a [1,1,1,1,1,1,1,1,1,1]'];
    for (const [from, to] of ['ab', 'bc', 'cd', 'de'].map((pair) => pair.split(''))) {
      bomb.push(`${to}: &${to} [${Array.from({ length: 10 }, () => `*${from}`).join(',')}]`);
    }
    expect((await post(bomb.join('\n'), 'application/yaml')).status).toBe(400);
    const big = JSON.stringify({ spec: { name: 'x'.repeat(1.6 * 1024 * 1024) } });
    expect((await post(big, 'application/json')).status).toBe(413);
  });

  it('of a taken name in the tenant is a 409, in another tenant it is not', async () => {
    await createShelf('test');
    const { status, body } = await send('POST', '/namespaces', { spec: { name: 'test' } });
    expect([status, body.reason]).toEqual([409, 'AlreadyExists']);
    await createShelf('test', { tenant: 'b' });
  });

  it('leaves no object behind when the back end fails, and answers its error', async () => {
    backend.create = () => Promise.reject(new AppError('unavailable', 'the back end is down'));
    const { status, body, headers } = await send('POST', '/namespaces', { spec: { name: 'x' } });
    expect([status, body.reason, body.message]).toEqual([
      503,
      'ServiceUnavailable',
      'the back end is down',
    ]);
    expect(headers.get('retry-after')).toBe('5');
    expect(await objects.list('Shelf')).toEqual([]);
  });

  it('that fails for unknown reasons says nothing of them, but the log does', async () => {
    const { log, entries } = createRecordingLog();
    await stand.close();
    stand = await startKubeStand(objects, { log });
    backend.create = () => Promise.reject(new Error('secret of ours'));
    const { status, body } = await send('POST', '/namespaces', { spec: { name: 'x' } });
    expect([status, body.reason]).toEqual([500, 'InternalError']);
    expect(JSON.stringify(body)).not.toContain('secret');
    expect(entries).toMatchObject([{ level: 'error' }]);
  });

  it('as a dry run answers the same and stores nothing', async () => {
    const { status } = await send('POST', '/namespaces?dryRun=All', { spec: { name: 'x' } });
    expect(status).toBe(201);
    expect(await objects.list('Shelf')).toEqual([]);
    expect(stand.audited).toEqual([]);
    expect((await send('POST', '/namespaces?dryRun=x', { spec: { name: 'x' } })).status).toBe(400);
  });

  it('warns of unknown fields, or refuses them when strict', async () => {
    const body = { spec: { name: 'x', nmae: 1 } };
    const warned = await send('POST', '/namespaces', body);
    expect(warned.headers.get('warning')).toContain('spec.nmae');
    const strict = await send('POST', '/namespaces?fieldValidation=Strict', body);
    expect([strict.status, strict.body.message]).toEqual([
      400,
      'strict decoding error: unknown field "spec.nmae"',
    ]);
  });

  it('of a named kind takes the name, checks it, and keeps its namespace', async () => {
    const path = '/namespaces/lib/books';
    const book = await send('POST', path, { metadata: { name: 'b1' }, spec: { title: 't' } });
    expect(book.body.metadata).toMatchObject({ name: 'b1', namespace: 'lib' });
    expect((await send('POST', path, { metadata: { name: 'b1' } })).status).toBe(409);
    expect((await send('POST', path, { metadata: { name: 'B_1' } })).status).toBe(422);
    expect((await send('POST', path, {})).status).toBe(422);
    const other = { metadata: { name: 'b2', namespace: 'x' } };
    expect((await send('POST', path, other)).status).toBe(400);
    expect((await send('POST', `${BASE}/books`, { metadata: { name: 'b2' } })).status).toBe(405);
  });
});

describe('updates', () => {
  it('need the version, of now, of this object, by its name', async () => {
    const shelf = await createShelf('test');
    const path = `/namespaces/${shelf.metadata.name}`;
    const put = (metadata: object) => send('PUT', path, { ...shelf, metadata });
    const { resourceVersion: _, ...unversioned } = shelf.metadata;
    const missing = await put(unversioned);
    expect([missing.status, missing.body.details.causes[0]]).toMatchObject([
      422,
      { field: 'metadata.resourceVersion' },
    ]);
    const stale = await put({ ...shelf.metadata, resourceVersion: '1' });
    expect([stale.status, stale.body.message]).toEqual([
      409,
      `Operation cannot be fulfilled on namespaces.example.berth.dev "${shelf.metadata.name}": the object has been modified; please apply your changes to the latest version and try again`,
    ]);
    expect((await put({ ...shelf.metadata, uid: 'other' })).status).toBe(409);
    expect((await put({ ...shelf.metadata, name: 'other' })).status).toBe(400);
    expect((await put(shelf.metadata)).status).toBe(200);
    const absent = await send('PUT', '/namespaces/shelf-x', {
      ...shelf,
      metadata: { ...shelf.metadata, name: 'shelf-x' },
    });
    expect(absent.status).toBe(404);
  });

  it('keep the version when nothing changes, and raise the generation when the spec does', async () => {
    const shelf = await createShelf('test');
    const path = `/namespaces/${shelf.metadata.name}`;
    const same = await send('PUT', path, shelf);
    expect(same.body.metadata.resourceVersion).toBe(shelf.metadata.resourceVersion);
    const next = await send('PUT', path, { ...shelf, spec: { ...shelf.spec, displayName: 'D' } });
    expect(next.body.metadata.generation).toBe(2);
    expect(Number(next.body.metadata.resourceVersion)).toBeGreaterThan(
      Number(shelf.metadata.resourceVersion),
    );
  });

  it('B2: the main resource cannot change the status, nor the status sub-resource the spec', async () => {
    const shelf = await createShelf('test');
    const path = `/namespaces/${shelf.metadata.name}`;
    const changed = {
      ...shelf,
      spec: { ...shelf.spec, displayName: 'D' },
      status: { phase: 'Failed', count: 7 },
    };
    const main = await send('PUT', path, changed);
    expect(main.body).toMatchObject({ spec: { displayName: 'D' }, status: { count: 0 } });
    const patched = await send('PATCH', path, { status: { count: 9 } }, { type: MERGE });
    expect(patched.body.status.count).toBe(0);
    const status = await send('PUT', `${path}/status`, {
      ...changed,
      metadata: patched.body.metadata,
      spec: { ...shelf.spec, displayName: 'E' },
    });
    expect(status.body).toMatchObject({ spec: { displayName: 'D' }, status: { count: 7 } });
    const created = await send('POST', '/namespaces', {
      spec: { name: 'other' },
      status: { count: 5 },
    });
    expect(created.body.status.count).toBe(0);
  });

  it('B1: of an object of another tenant are a 404, never a failure', async () => {
    const shelf = await createShelf('test');
    const path = `/namespaces/${shelf.metadata.name}`;
    const foreign = { tenant: 'b' };
    const patch = { spec: { tenantID: 'b' } };
    expect((await send('GET', path, undefined, foreign)).status).toBe(404);
    expect((await send('PUT', path, shelf, foreign)).status).toBe(404);
    expect((await send('PATCH', path, patch, { ...foreign, type: MERGE })).status).toBe(404);
    expect((await send('PATCH', path, patch, { type: MERGE })).status).toBe(404);
    expect((await send('DELETE', path, undefined, foreign)).status).toBe(404);
    expect((await send('GET', `${path}/version/1`, undefined, foreign)).status).toBe(404);
    expect((await send('PUT', `${path}/status`, shelf, foreign)).status).toBe(404);
    expect((await send('GET', path, undefined, { tenant: '' })).status).toBe(404);
    expect((await send('GET', path, undefined, { tenant: '', user: 'root' })).status).toBe(200);
    expect((await send('GET', path)).body.spec.tenantID).toBe('a');
  });

  it('put the object back when the back end refuses', async () => {
    const shelf = await createShelf('test');
    const path = `/namespaces/${shelf.metadata.name}`;
    backend.update = () => Promise.reject(new AppError('denied', 'no'));
    const patch = { spec: { displayName: 'D' } };
    expect((await send('PATCH', path, patch, { type: MERGE })).status).toBe(403);
    expect((await send('GET', path)).body.spec).not.toHaveProperty('displayName');
  });

  it('of twenty at the same time: one wins, the others are told', async () => {
    const shelf = await createShelf('test');
    const path = `/namespaces/${shelf.metadata.name}`;
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        send('PUT', path, { ...shelf, spec: { ...shelf.spec, displayName: `D${at}` } }),
      ),
    );
    const codes = answers.map(({ status }) => status).toSorted((a, b) => a - b);
    expect(codes).toEqual([200, ...Array.from({ length: 19 }, () => 409)]);
  });

  it('by patches at the same time are tried again, so that none is lost', async () => {
    const shelf = await createShelf('test');
    const path = `/namespaces/${shelf.metadata.name}`;
    const answers = await Promise.all(
      ['a', 'b', 'c'].map((label) =>
        send('PATCH', path, { metadata: { labels: { [label]: '1' } } }, { type: MERGE }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await send('GET', path)).body.metadata.labels).toEqual({ a: '1', b: '1', c: '1' });
  });

  it('by a patch with an old version, or one that fails its test, are refused', async () => {
    const shelf = await createShelf('test');
    const path = `/namespaces/${shelf.metadata.name}`;
    const old = { metadata: { resourceVersion: '1' }, spec: { displayName: 'D' } };
    expect((await send('PATCH', path, old, { type: MERGE })).status).toBe(409);
    const type = 'application/json-patch+json';
    const test = [{ op: 'test', path: '/spec/name', value: 'x' }];
    const failed = await send('PATCH', path, test, { type });
    expect([failed.status, failed.body.reason]).toEqual([422, 'Invalid']);
    const immutable = [{ op: 'replace', path: '/spec/name', value: 'x' }];
    expect((await send('PATCH', path, immutable, { type })).status).toBe(422);
    const renamed = [{ op: 'replace', path: '/metadata/name', value: 'x' }];
    expect((await send('PATCH', path, renamed, { type })).status).toBe(400);
    expect((await send('PATCH', path, {}, { type: 'application/json' })).status).toBe(415);
    const add = [{ op: 'add', path: '/spec/displayName', value: 'D' }];
    expect((await send('PATCH', path, add, { type })).body.spec.displayName).toBe('D');
  });

  it('cannot read through a patch what is not shown, and keep it', async () => {
    const shelf = await createShelf('test', {}, { secret: 'hidden' });
    expect(JSON.stringify(shelf)).not.toContain('hidden');
    const copy = [{ op: 'copy', from: '/spec/secret', path: '/spec/displayName' }];
    const type = 'application/json-patch+json';
    const path = `/namespaces/${shelf.metadata.name}`;
    const copied = await send('PATCH', path, copy, { type });
    expect(JSON.stringify(copied.body)).not.toContain('hidden');
    await send('PATCH', path, { spec: { displayName: 'D' } }, { type: MERGE });
    expect((await objects.list<Shelf>('Shelf'))[0]?.spec).toMatchObject({
      displayName: 'D',
      secret: 'hidden',
    });
  });

  it('are refused while the registry is read-only', async () => {
    await stand.close();
    stand = await startKubeStand(objects, { log: quietLog, isReadOnly: () => true });
    expect((await send('POST', '/namespaces', { spec: { name: 'x' } })).status).toBe(403);
    expect((await send('GET', '/namespaces')).status).toBe(200);
  });
});

describe('server-side apply', () => {
  const apply = (path: string, body: unknown, query = 'fieldManager=one') =>
    send('PATCH', `${path}?${query}`, body, { type: APPLY });

  it('needs a field manager, and updates only objects whose names the server makes', async () => {
    const shelf = await createShelf('test');
    const path = `/namespaces/${shelf.metadata.name}`;
    expect((await apply(path, {}, '')).status).toBe(422);
    expect((await apply('/namespaces/test', { spec: { name: 'test' } })).body).toMatchObject({
      code: 404,
      message: expect.stringContaining('create it first'),
    });
    const applied = await apply(path, 'spec:\n  displayName: D\n');
    expect([applied.status, applied.body.spec.displayName]).toEqual([200, 'D']);
    expect(applied.body.metadata.managedFields).toContainEqual({
      manager: 'one',
      operation: 'Apply',
      apiVersion: 'example.berth.dev/v1',
      time: expect.any(String),
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:spec': { 'f:displayName': {} } },
    });
  });

  it('tells conflicts with other managers, unless forced, and drops what is said no more', async () => {
    const shelf = await createShelf('test');
    const path = `/namespaces/${shelf.metadata.name}`;
    await apply(path, { spec: { displayName: 'D' }, metadata: { labels: { a: '1' } } });
    const other = await apply(path, { spec: { displayName: 'E' } }, 'fieldManager=two');
    expect(other.body).toMatchObject({
      code: 409,
      reason: 'Conflict',
      details: {
        causes: [
          {
            reason: 'FieldManagerConflict',
            field: '.spec.displayName',
            message: 'conflict with "one" using example.berth.dev/v1',
          },
        ],
      },
    });
    const forced = await apply(path, { spec: { displayName: 'E' } }, 'fieldManager=two&force=true');
    expect(forced.body.spec.displayName).toBe('E');
    const dropped = await apply(path, { spec: {} });
    expect(dropped.body.metadata).not.toHaveProperty('labels');
    expect(dropped.body.spec.displayName).toBe('E');
  });

  it('creates objects whose names are the client`s', async () => {
    const path = '/namespaces/lib/books/b1';
    const created = await apply(path, { spec: { title: 'T' } });
    expect([created.status, created.body.spec.title]).toEqual([201, 'T']);
    const again = await apply(path, { spec: { title: 'T' } });
    expect([again.status, again.body.metadata.resourceVersion]).toEqual([
      200,
      created.body.metadata.resourceVersion,
    ]);
  });
});

describe('deletion', () => {
  it('without finalizers removes at once and answers with the object', async () => {
    const shelf = await createShelf('test');
    const path = `/namespaces/${shelf.metadata.name}`;
    const dry = await send('DELETE', `${path}?dryRun=All`);
    expect(dry.status).toBe(200);
    const wrong = { preconditions: { uid: 'x' } };
    expect((await send('DELETE', path, wrong)).status).toBe(409);
    const body = { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background' };
    const gone = await send('DELETE', path, body);
    expect([gone.status, gone.body.metadata.uid]).toEqual([200, shelf.metadata.uid]);
    expect((await send('GET', path)).status).toBe(404);
    expect((await send('DELETE', path)).status).toBe(404);
  });

  it('with finalizers waits for them; a second one is a 409', async () => {
    const shelf = await createShelf('test', {}, { finalizers: ['shelf'] });
    const path = `/namespaces/${shelf.metadata.name}`;
    const marked = await send('DELETE', path);
    expect(marked.body).toMatchObject({
      metadata: { deletionTimestamp: expect.any(String) },
      status: { phase: 'Terminating' },
    });
    const second = await send('DELETE', path);
    expect([second.status, second.body.message]).toEqual([
      409,
      expect.stringContaining('the content is being removed'),
    ]);
    const finalize = { ...marked.body, spec: { name: 'evil', finalizers: [] } };
    const finished = await send('PUT', `${path}/finalize`, finalize);
    expect([finished.status, finished.body.spec.name]).toEqual([200, 'test']);
    expect((await send('GET', path)).status).toBe(404);
  });

  it('ends by KubeObjects.change when the last finalizer goes', async () => {
    const shelf = await createShelf('test', {}, { finalizers: ['shelf'] });
    const key = { namespace: '', name: shelf.metadata.name };
    await send('DELETE', `/namespaces/${key.name}`);
    await objects.change<Shelf>('Shelf', key, (current) => ({
      ...current,
      spec: { ...current.spec, finalizers: [] },
    }));
    expect(await objects.find('Shelf', key)).toBeUndefined();
  });

  it('B9: of a collection stays in the tenant, asks every guard, and takes selectors', async () => {
    const kept = await createShelf('kept', {}, {});
    const full = await createShelf('full');
    await createShelf('foreign', { tenant: 'b' });
    const key = { namespace: '', name: full.metadata.name };
    await objects.change<Shelf>('Shelf', key, (shelf) => ({
      ...shelf,
      status: { ...shelf.status, count: 1 },
    }));
    const selector = `fieldSelector=${encodeURIComponent('spec.name!=kept')}`;
    expect((await send('DELETE', `/namespaces?${selector}`)).status).toBe(409);
    await objects.change<Shelf>('Shelf', key, (shelf) => ({
      ...shelf,
      status: { ...shelf.status, count: 0 },
    }));
    const gone = await send('DELETE', `/namespaces?${selector}`);
    expect(gone.body.items.map(({ spec }: Shelf) => spec.name)).toEqual(['full']);
    const left = (await objects.list<Shelf>('Shelf')).map(({ spec }) => spec.name);
    expect(left.toSorted()).toEqual(['foreign', 'kept']);
    expect(kept.spec.name).toBe('kept');
  });
});

describe('lists', () => {
  it('walk 250 items once each, page by page, while others are written', async () => {
    const made = await Promise.all(
      Array.from({ length: 250 }, (_, at) =>
        objects.create<Shelf>({
          apiVersion: 'example.berth.dev/v1',
          kind: 'Shelf',
          metadata: {},
          spec: { name: `n${at}`, tenantID: 'a', users: [], finalizers: [] },
          status: { phase: 'Available', count: 0 },
        }),
      ),
    );
    const seen: string[] = [];
    const versions = new Set<string>();
    let token = '';
    let left: number | undefined = 250;
    do {
      const page = await send('GET', `/namespaces?limit=40&continue=${token}`);
      seen.push(...page.body.items.map(({ spec }: Shelf) => spec.name));
      versions.add(page.body.metadata.resourceVersion);
      token = page.body.metadata.continue ?? '';
      left = page.body.metadata.remainingItemCount;
      const doomed = made.pop();
      await createShelf(`late${seen.length}`);
      if (doomed !== undefined && seen.includes(doomed.spec.name)) {
        await send('DELETE', `/namespaces/${doomed.metadata.name}`);
      }
    } while (token !== '');
    const firm = seen.filter((name) => name.startsWith('n'));
    expect(new Set(firm).size).toBe(250);
    expect(firm).toHaveLength(250);
    expect(versions.size).toBe(1);
    expect(left).toBeUndefined();
  });

  it('say how many remain only without selectors', async () => {
    for (const name of ['a', 'b', 'c']) await createShelf(name);
    const plain = await send('GET', '/namespaces?limit=1');
    expect(plain.body.metadata.remainingItemCount).toBe(2);
    const selected = await send('GET', '/namespaces?limit=1&labelSelector=!x');
    expect(selected.body.metadata).toHaveProperty('continue');
    expect(selected.body.metadata).not.toHaveProperty('remainingItemCount');
  });

  it('are of the caller`s tenant, or of all for the privileged, or of none', async () => {
    await createShelf('one');
    await createShelf('two', { tenant: 'b' });
    const names = async (sent: Sent) =>
      (await send('GET', '/namespaces', undefined, sent)).body.items.map(
        ({ spec }: Shelf) => spec.name,
      );
    expect(await names({ tenant: 'a' })).toEqual(['one']);
    expect(await names({ tenant: 'b' })).toEqual(['two']);
    expect((await names({ tenant: '', user: 'root' })).toSorted()).toEqual(['one', 'two']);
    expect(await names({ tenant: '' })).toEqual([]);
  });

  it('take field and label selectors and refuse unknown fields', async () => {
    await createShelf('one');
    const two = await createShelf('two');
    const list = (query: string) => send('GET', `/namespaces?${query}`);
    const named = await list('fieldSelector=spec.name=two');
    expect(named.body.items).toHaveLength(1);
    const unknown = await list('fieldSelector=spec.x=1');
    expect([unknown.status, unknown.body.message]).toEqual([
      400,
      'field label not supported: spec.x',
    ]);
    expect((await list('labelSelector=a+in')).status).toBe(400);
    // B8: an exact selector by the object's name finds it, whatever people call it.
    const exact = await list(`fieldSelector=metadata.name=${two.metadata.name}`);
    expect(exact.body.items).toHaveLength(1);
  });

  it('B8: search names and display names by the fuzzy header alone', async () => {
    await createShelf('Apple', {}, { displayName: 'Früchte' });
    await createShelf('pear');
    const search = async (text: string) =>
      (
        await send('GET', '/namespaces', undefined, {
          headers: { 'X-TKE-FuzzyResourceName': Buffer.from(text).toString('latin1') },
        })
      ).body.items.map(({ spec }: Shelf) => spec.name);
    expect(await search('APP')).toEqual(['Apple']);
    expect(await search('früch')).toEqual(['Apple']);
    expect(await search('')).toHaveLength(2);
  });

  it('B7: have a version and continue, from which a trimmed log makes a 410', async () => {
    for (const name of ['a', 'b', 'c']) await createShelf(name);
    const first = await send('GET', '/namespaces?limit=1');
    const { continue: token, resourceVersion } = first.body.metadata;
    await createShelf('d');
    expect(await objects.trim(0, 0)).toBeGreaterThan(0);
    const next = await send('GET', `/namespaces?limit=1&continue=${token}`);
    expect([next.status, next.body.reason]).toEqual([410, 'Expired']);
    expect(resourceVersion).toMatch(/^\d+$/);
    expect((await send('GET', '/namespaces?continue=rubbish')).status).toBe(400);
    expect((await send('GET', '/namespaces?resourceVersion=999999999')).status).toBe(504);
  });

  it('can be tables, of one object too, and metadata alone', async () => {
    const shelf = await createShelf('one');
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
    const table = await send('GET', '/namespaces', undefined, { accept });
    expect(table.body).toMatchObject({
      kind: 'Table',
      apiVersion: 'meta.k8s.io/v1',
      columnDefinitions: [
        { name: 'Name', format: 'name' },
        { name: 'Title' },
        { name: 'Created At' },
      ],
      rows: [
        {
          cells: [shelf.metadata.name, 'one', shelf.metadata.creationTimestamp],
          object: { kind: 'PartialObjectMetadata' },
        },
      ],
    });
    const path = `/namespaces/${shelf.metadata.name}`;
    expect((await send('GET', path, undefined, { accept })).body.rows).toHaveLength(1);
    const partial = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io';
    const list = await send('GET', '/namespaces', undefined, { accept: partial });
    expect(list.body.items[0]).not.toHaveProperty('spec');
    const none = 'application/vnd.kubernetes.protobuf';
    expect((await send('GET', '/namespaces', undefined, { accept: none })).status).toBe(406);
    const yaml = await send('GET', path, undefined, { accept: 'application/yaml' });
    expect(yaml.body).toContain('kind: Shelf');
  });
});

describe('paths', () => {
  it('tell a sub-resource of a kind named namespaces from kinds in a namespace', async () => {
    const shelf = await createShelf('one');
    const { name } = shelf.metadata;
    await send('POST', `/namespaces/${name}/books`, { metadata: { name: 'b1' } });
    expect((await send('GET', `/namespaces/${name}/status`)).body.kind).toBe('Shelf');
    expect((await send('GET', `/namespaces/${name}/books`)).body.kind).toBe('BookList');
    expect((await send('GET', `${BASE}/books`)).body.items).toHaveLength(1);
    expect((await send('GET', `/namespaces/${name}/version/1.2/`)).body).toEqual({
      name,
      path: '1.2',
    });
    expect((await send('POST', `/namespaces/${name}/version`, {})).status).toBe(405);
    expect((await send('GET', `/namespaces/${name}/nothing`)).status).toBe(404);
    expect((await send('DELETE', `/namespaces/${name}/status`)).status).toBe(405);
    expect((await send('GET', '/namespaces/%zz')).status).toBe(400);
  });

  it('of discovery list groups, versions, resources, sub-resources and short names', async () => {
    expect((await send('GET', '/api')).body).toMatchObject({ versions: ['v1'] });
    expect((await send('GET', '/api/v1')).body).toMatchObject({
      groupVersion: 'v1',
      resources: [{ kind: 'List', verbs: [] }],
    });
    expect((await send('GET', '/apis')).body.groups[0].name).toBe('example.berth.dev');
    expect((await send('GET', '/apis/example.berth.dev')).body.kind).toBe('APIGroup');
    const { resources } = (await send('GET', BASE)).body;
    expect(resources.map(({ name }: { name: string }) => name)).toEqual([
      'namespaces',
      'namespaces/status',
      'namespaces/finalize',
      'namespaces/version',
      'books',
    ]);
    expect(resources[0]).toMatchObject({ shortNames: ['sh'], singularName: 'namespace' });
    expect((await send('GET', '/apis/other')).status).toBe(404);
    expect((await send('GET', '/version')).body.gitVersion).toMatch(/^v1\.24\.0\+berth/);
    expect((await send('POST', '/version', {})).status).toBe(405);
    expect((await send('GET', '/openapi/v2')).body.definitions).toHaveProperty([
      'dev.berth.example.v1.Shelf',
    ]);
    const paths = Object.values<Body>((await send('GET', '/openapi/v3')).body.paths);
    const v3 = await send('GET', paths[0].serverRelativeURL);
    expect(v3.body.openapi).toBe('3.0.0');
  });
});
