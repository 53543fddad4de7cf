import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { quietLog } from '../../test/log.ts';
import {
  connectClient,
  createDatabase,
  createNotifications,
  type Database,
  openPool,
} from '../db/index.ts';
import { AppError, createBackground } from '../lib/index.ts';
import { createInformer } from './informer.ts';
import {
  bookDefinition,
  callerOf,
  idleBackend,
  type KubeStand,
  type Shelf,
  shelfDefinition,
  startKubeStand,
} from './kube.fixture.ts';
import type { KubeApiPorts } from './kube-api.ts';
import { createKubeObjects, KUBE_CHANNEL, type KubeStore } from './kube-objects.ts';
import type { ObjectEvent } from './objects.ts';
import { followKube } from './replicas.ts';

const PATH = '/apis/example.berth.dev/v1/namespaces';

let database: TestDatabase;
let db: Database;
let objects: KubeStore;
let stand: KubeStand;

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
  objects = createObjects();
  stand = await startKubeStand(objects, { log: quietLog });
});

afterEach(() => stand.close());

function createObjects(): KubeStore {
  const definitions = () => [shelfDefinition(idleBackend()), bookDefinition()];
  return createKubeObjects({ db, definitions, log: quietLog });
}

async function restart(ports: Partial<KubeApiPorts>): Promise<void> {
  await stand.close();
  stand = await startKubeStand(objects, { log: quietLog, ...ports });
}

function put(name: string, tenantID = 'a', labels: Record<string, string> = {}): Promise<Shelf> {
  return objects.create<Shelf>({
    apiVersion: 'example.berth.dev/v1',
    kind: 'Shelf',
    metadata: { labels },
    spec: { name, tenantID, users: [], finalizers: [] },
    status: { phase: 'Available', count: 0 },
  });
}

async function relabel({ metadata }: Shelf, labels: Record<string, string>): Promise<void> {
  const { name } = metadata;
  await objects.change<Shelf>('Shelf', { namespace: '', name }, (shelf) => ({
    ...shelf,
    metadata: { ...shelf.metadata, labels },
  }));
}

// The events are of many shapes; matchers look at them.
// oxlint-disable-next-line typescript/no-explicit-any
type Event = { readonly type: string; readonly object: any };

interface Watching {
  next(): Promise<Event | undefined>;
  /** All that come until the server ends the stream. */
  rest(): Promise<Event[]>;
  stop(): void;
}

async function watch(query = '', headers: Record<string, string> = {}): Promise<Watching> {
  const aborting = new AbortController();
  const response = await fetch(`${stand.url}${PATH}?watch=true&${query}`, {
    headers: { tenant: 'a', ...headers },
    signal: aborting.signal,
  });
  expect(response.status).toBe(200);
  if (response.body === null) throw new Error('there is no stream');
  const input = Readable.fromWeb(response.body);
  input.on('error', () => undefined);
  const lines = createInterface({ input })[Symbol.asyncIterator]();
  const next = async (): Promise<Event | undefined> => {
    const { value, done } = await lines.next();
    return done === true ? undefined : JSON.parse(value);
  };
  return {
    next,
    rest: async () => {
      const events: Event[] = [];
      for (let event = await next(); event !== undefined; event = await next()) events.push(event);
      return events;
    },
    stop: () => aborting.abort(),
  };
}

const brief = (event: Event | undefined) => [event?.type, event?.object.spec?.name];

describe('a watch', () => {
  it('without a version begins with what there is, then tells every change', async () => {
    const one = await put('one');
    const watching = await watch();
    expect(brief(await watching.next())).toEqual(['ADDED', 'one']);
    await put('two');
    expect(brief(await watching.next())).toEqual(['ADDED', 'two']);
    await relabel(one, { a: '1' });
    const modified = await watching.next();
    expect(brief(modified)).toEqual(['MODIFIED', 'one']);
    await objects.remove('Shelf', { namespace: '', name: one.metadata.name }, one.metadata.uid);
    const deleted = await watching.next();
    expect(brief(deleted)).toEqual(['DELETED', 'one']);
    expect(Number(deleted?.object.metadata.resourceVersion)).toBeGreaterThan(
      Number(modified?.object.metadata.resourceVersion),
    );
    watching.stop();
  });

  it('from the version of a list tells each later change once', async () => {
    const first = await put('one');
    await put('two');
    await put('three');
    const watching = await watch(`resourceVersion=${first.metadata.resourceVersion}`);
    const told = [await watching.next(), await watching.next()];
    await put('four');
    told.push(await watching.next());
    expect(told.map(brief)).toEqual([
      ['ADDED', 'two'],
      ['ADDED', 'three'],
      ['ADDED', 'four'],
    ]);
    watching.stop();
  });

  it('while many write at once misses nothing and keeps the order', async () => {
    await put('first');
    const watching = await watch();
    await watching.next();
    const names = Array.from({ length: 40 }, (_, at) => `n${at}`);
    await Promise.all(names.map((name) => put(name)));
    const events: (Event | undefined)[] = [];
    for (const _ of names) events.push(await watching.next());
    expect(new Set(events.map((event) => brief(event)[1])).size).toBe(40);
    const versions = events.map((event) => Number(event?.object.metadata.resourceVersion));
    expect(versions).toEqual(versions.toSorted((a, b) => a - b));
    watching.stop();
  });

  it('B9: tells nothing of other tenants, but everything to the privileged', async () => {
    const mine = await watch();
    const all = await watch('', { tenant: '', user: 'root' });
    await put('foreign', 'b');
    await put('own');
    expect(brief(await mine.next())).toEqual(['ADDED', 'own']);
    expect(brief(await all.next())).toEqual(['ADDED', 'foreign']);
    mine.stop();
    all.stop();
  });

  it('tells objects that enter the selection as added, those that leave as deleted', async () => {
    const one = await put('one');
    const watching = await watch('labelSelector=a%3D1');
    await relabel(one, { a: '1' });
    expect(brief(await watching.next())).toEqual(['ADDED', 'one']);
    await relabel(one, { a: '1', b: '1' });
    expect(brief(await watching.next())).toEqual(['MODIFIED', 'one']);
    await relabel(one, { a: '2' });
    const left = await watching.next();
    expect(left).toMatchObject({ type: 'DELETED', object: { metadata: { labels: { a: '1' } } } });
    watching.stop();
  });

  it('of one object by its path or by its name tells of that alone', async () => {
    const one = await put('one');
    const watching = await watch(`fieldSelector=metadata.name%3D${one.metadata.name}`);
    await put('two');
    expect(brief(await watching.next())).toEqual(['ADDED', 'one']);
    await relabel(one, { a: '1' });
    expect(brief(await watching.next())).toEqual(['MODIFIED', 'one']);
    watching.stop();
  });

  it('sends bookmarks when asked, and one at its end', async () => {
    await restart({ bookmarkMs: 20 });
    await put('one');
    const watching = await watch('allowWatchBookmarks=true&timeoutSeconds=1');
    const events = await watching.rest();
    expect(events.map(({ type }) => type).slice(0, 2)).toEqual(['ADDED', 'BOOKMARK']);
    expect(events.at(-1)).toEqual({
      type: 'BOOKMARK',
      object: {
        kind: 'Shelf',
        apiVersion: 'example.berth.dev/v1',
        metadata: {
          resourceVersion: events[0]?.object.metadata.resourceVersion,
          creationTimestamp: null,
        },
      },
    });
  });

  it('from a version that the log no longer has is told so with 410', async () => {
    const { metadata } = await put('one');
    await put('two');
    await put('three');
    await objects.trim(0, 1);
    const watching = await watch(`resourceVersion=${metadata.resourceVersion}`);
    expect(await watching.rest()).toMatchObject([
      { type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } },
    ]);
  });

  it('can be of tables, whose columns come once', async () => {
    await put('one');
    await put('two');
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
    const watching = await watch('', { accept });
    const [first, second] = [await watching.next(), await watching.next()];
    expect(first?.object.columnDefinitions).toHaveLength(3);
    expect(second?.object).toMatchObject({ kind: 'Table', columnDefinitions: [] });
    expect(second?.object.rows[0].cells[1]).toMatch(/one|two/);
    watching.stop();
  });

  it('ends when the server stops', async () => {
    const watching = await watch();
    stand.api.stop();
    expect(await watching.rest()).toEqual([]);
    const response = await fetch(`${stand.url}${PATH}?watch=true`, { headers: { tenant: 'a' } });
    expect(response.status).toBe(503);
    await response.body?.cancel();
  });

  it('ends when its caller may no longer see it', async () => {
    let isKnown = true;
    await restart({
      bookmarkMs: 20,
      authenticate: async () => {
        if (isKnown) return callerOf('a');
        throw new AppError('unauthenticated', 'gone');
      },
    });
    const watching = await watch();
    isKnown = false;
    expect(await watching.rest()).toMatchObject([{ type: 'ERROR', object: { code: 401 } }]);
  });

  it('gives its listener back when the client goes away', async () => {
    let listeners = 0;
    const listen = objects.listen.bind(objects);
    objects.listen = (listener) => {
      listeners += 1;
      const stop = listen(listener);
      return () => {
        listeners -= 1;
        stop();
      };
    };
    await put('one');
    const watching = await watch();
    await watching.next();
    expect(listeners).toBe(1);
    watching.stop();
    await vi.waitFor(() => expect(listeners).toBe(0));
  });
});

describe('objects of the server itself', () => {
  it('are told to subscribers in order, before the writer goes on', async () => {
    const heard: ObjectEvent[] = [];
    objects.subscribe((event) => heard.push(event));
    const one = await put('one');
    expect(heard).toMatchObject([{ type: 'ADDED', object: { spec: { name: 'one' } } }]);
    await relabel(one, { a: '1' });
    expect(heard[1]).toMatchObject({ type: 'MODIFIED', previous: { metadata: { labels: {} } } });
    await objects.remove('Shelf', { namespace: '', name: one.metadata.name }, 'another uid');
    await objects.remove('Shelf', { namespace: '', name: one.metadata.name }, one.metadata.uid);
    expect(heard.map(({ type }) => type)).toEqual(['ADDED', 'MODIFIED', 'DELETED']);
  });

  it('are found by key, keep a number for life, and refuse a second of a key', async () => {
    const one = await put('one');
    expect(await objects.findUnique('Shelf', 'a/one')).toEqual(one);
    const id = await objects.idOf(one.metadata.uid);
    await expect(put('one')).rejects.toMatchObject({ code: 409, reason: 'AlreadyExists' });
    await objects.remove('Shelf', { namespace: '', name: one.metadata.name }, one.metadata.uid);
    const again = await put('one');
    const next = await objects.idOf(again.metadata.uid);
    expect([typeof id, next === id]).toEqual(['number', false]);
    expect(await objects.idOf('nobody')).toBeUndefined();
  });

  it('change under many hands without a loss', async () => {
    const one = await put('one');
    const key = { namespace: '', name: one.metadata.name };
    await Promise.all(
      Array.from({ length: 8 }, () =>
        objects.change<Shelf>('Shelf', key, (shelf) => ({
          ...shelf,
          status: { ...shelf.status, count: shelf.status.count + 1 },
        })),
      ),
    );
    expect((await objects.find<Shelf>('Shelf', key))?.status.count).toBe(8);
    expect(await objects.change('Shelf', { namespace: '', name: 'x' }, (x) => x)).toBeUndefined();
  });

  it('of another replica are heard by its message, and after a lost connection', async () => {
    const other = createObjects();
    const notifications = createNotifications({
      connect: () => connectClient({ connection: database.connection, log: quietLog }),
      log: quietLog,
      channel: KUBE_CHANNEL,
    });
    const background = createBackground(quietLog);
    followKube({ notifications, objects: other, background, log: quietLog });
    const informer = createInformer<Shelf>(other, 'Shelf', ({ spec }) => spec.name);
    await informer.ready();
    await vi.waitFor(() => expect(notifications.connected).toBe(true));
    await put('one');
    await vi.waitFor(() => expect(informer.peek('one')).toBeDefined());
    await sql`
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND query LIKE 'LISTEN%'
    `.execute(db);
    await vi.waitFor(() => expect(notifications.connected).toBe(false));
    await put('two');
    await vi.waitFor(() => expect(informer.peek('two')).toBeDefined(), { timeout: 5_000 });
    await background.stop();
    await notifications.close();
  });

  it('in an informer are as the last change left them, also after changes were missed', async () => {
    const other = createObjects();
    const informer = createInformer<Shelf>(other, 'Shelf', ({ spec }) => spec.name);
    const one = await put('one');
    await informer.ready();
    expect([...informer.all()]).toHaveLength(1);
    const epoch = informer.epoch();
    await objects.remove('Shelf', { namespace: '', name: one.metadata.name }, one.metadata.uid);
    await put('two');
    await put('three');
    await objects.trim(0, 1);
    await other.pull();
    await vi.waitFor(() => expect(informer.peek('one')).toBeUndefined());
    await vi.waitFor(() => expect(informer.peek('two')).toBeDefined());
    expect(informer.peek('three')).toBeDefined();
    expect(informer.epoch()).toBeGreaterThan(epoch);
  });
});
