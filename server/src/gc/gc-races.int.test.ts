import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Digest, digestOf, mediaType } from '@berth/oci';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type Content,
  chunkOf,
  createTestProject,
  imageManifest,
  openContent,
  pushBlob,
  testActor,
} from '../../test/content.ts';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { quietLog } from '../../test/log.ts';
import { type BlobStore, createFilesystemBlobStore } from '../blobstore/index.ts';
import { createMetrics } from '../telemetry/index.ts';
import { createGarbageCollector } from './create-garbage-collector.ts';

/** Blobs that race at once: as many as a process has connections. */
const WIDTH = 8;
/** 125 make a thousand races of each kind and order. */
const ROUNDS = Number(process.env['GC_RACE_ROUNDS'] ?? 4);
const SIZE = 20_000;

let database: TestDatabase;
let directory = '';
let store: BlobStore;
/** The process of the clients, and that of the collector. */
let clients: Content;
let keeper: Content;
let projectId = 0;
const HOME = 'team/home';
const AWAY = 'team/away';

beforeEach(async () => {
  database = await createTestDatabase();
  directory = await mkdtemp(join(tmpdir(), 'berth-gc-'));
  store = await createFilesystemBlobStore({ root: directory });
  clients = openContent(database, store);
  keeper = openContent(database, store);
  projectId = await createTestProject(clients, 'team');
});
afterEach(async () => {
  await clients.close();
  await keeper.close();
  await database.drop();
  await rm(directory, { recursive: true });
});

/** One blob and what a client does with it. */
interface Race {
  readonly layer: Digest;
  /** Resolves whether the client was told that it worked. */
  act(): Promise<boolean>;
}

type Point = 'beforeMove' | 'beforeCommit';

async function collect(points: { [P in Point]?: () => Promise<void> } = {}): Promise<void> {
  const collector = createGarbageCollector({
    store,
    points,
    db: keeper.db,
    log: quietLog,
    metrics: createMetrics(),
    trash: keeper.trash,
    removal: keeper.removal,
    invalidation: { blob: async () => undefined },
    settings: {
      leaseSeconds: 900,
      uploadSeconds: 86_400,
      trashSeconds: 300,
      undeleteDays: () => 0,
    },
    isForeign: async () => false,
  });
  const { signal } = new AbortController();
  await collector.collect({}, { signal, log: () => undefined, checkIn: () => undefined });
}

async function passTime(): Promise<void> {
  await sql`UPDATE blob SET leased_until = now() - interval '1 second'`.execute(keeper.db);
  await sql`UPDATE gc_candidate SET due_at = now() - interval '1 second'`.execute(keeper.db);
  await sql`UPDATE repository_blob SET created_at = now() - interval '2 days'`.execute(keeper.db);
}

/** Until each action has ended or waits for a lock. */
async function settleOrWait(actions: readonly Promise<unknown>[]): Promise<void> {
  let ended = 0;
  for (const action of actions) {
    const note = () => {
      ended += 1;
    };
    action.then(note, note);
  }
  for (;;) {
    const { rows } = await sql<{ waiting: number }>`
      SELECT count(*) AS waiting FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock'`.execute(keeper.db);
    if (ended + (rows[0]?.waiting ?? 0) >= actions.length) return;
  }
}

/** Locks that hold statements up, taken by the SQL, until released. */
async function closeGate(lock: ReturnType<typeof sql>): Promise<() => Promise<void>> {
  const closed = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  const gate = keeper.db.transaction().execute(async (tx) => {
    await lock.execute(tx);
    closed.resolve();
    await opened.promise;
  });
  await closed.promise;
  return async () => {
    opened.resolve();
    await gate;
  };
}

/** Clients act at a point of the sweep. */
async function raceAt(point: Point, races: readonly Race[]): Promise<boolean[]> {
  let actions: Promise<boolean>[] | undefined;
  await collect({
    async [point]() {
      if (actions !== undefined) return;
      actions = races.map((race) => race.act());
      await settleOrWait(actions);
    },
  });
  return Promise.all(actions ?? races.map((race) => race.act()));
}

/** Clients are stopped between what they read and what they write, and all is collected then. */
async function raceGated(races: readonly Race[]): Promise<boolean[]> {
  const open = await closeGate(
    sql`SELECT FROM repository WHERE name IN (${HOME}, ${AWAY}) FOR UPDATE`,
  );
  const actions = races.map((race) => race.act());
  await settleOrWait(actions);
  await collect();
  await open();
  return Promise.all(actions);
}

interface Outcome {
  /** How many were told that it worked. */
  readonly acted: number;
  /** Blobs that somebody was told of, or that are referred to, and that are not there. */
  readonly lost: readonly Digest[];
}

async function judge(races: readonly Race[], told: readonly boolean[]): Promise<Outcome> {
  const { rows } = await sql<{ digest: Digest }>`
    SELECT digest FROM blob WHERE content IS NULL AND (
      EXISTS (SELECT FROM repository_blob link WHERE link.digest = blob.digest)
      OR EXISTS (SELECT FROM deleted_artifact_blob held WHERE held.digest = blob.digest))`.execute(
    keeper.db,
  );
  const referenced = new Set(rows.map(({ digest }) => digest));
  const lost: Digest[] = [];
  for (const [index, { layer }] of races.entries()) {
    const isThere = (await store.stat(layer))?.size === SIZE;
    const isMeant = told[index] === true || referenced.has(layer);
    if (isMeant && !(isThere && referenced.has(layer))) lost.push(layer);
  }
  return { lost, acted: told.filter(Boolean).length };
}

/** Whether the client was told so; a refusal is an answer, any other failure is not. */
async function answer(work: Promise<unknown>, ...refusals: string[]): Promise<boolean> {
  try {
    return (await work) !== false;
  } catch (error) {
    const isRefusal =
      error instanceof Error &&
      (('code' in error && refusals.includes(String(error.code))) ||
        ('kind' in error && refusals.includes(String(error.kind))));
    if (isRefusal) return false;
    throw error;
  }
}

const home = () => ({ repository: HOME, projectId });
const away = () => ({ repository: AWAY, projectId });

async function pushImage() {
  const [config, layer] = await Promise.all([
    pushBlob(clients, home()),
    pushBlob(clients, home(), randomBytes(SIZE)),
  ]);
  const bytes = imageManifest(config, layer);
  await putManifest(bytes);
  return { bytes, digest: digestOf(bytes), layer: layer.digest };
}

function putManifest(content: Buffer) {
  return clients.manifests.put({
    ...home(),
    reference: { digest: digestOf(content) },
    tags: [],
    contentType: mediaType.ociManifest,
    content,
    actor: testActor,
  });
}

/** Prepares a round of races of one kind; what they are about is garbage then, or nearly. */
const kinds: readonly [name: string, prepare: () => Promise<Race>][] = [
  [
    'an upload of the same bytes',
    async () => {
      const bytes = randomBytes(SIZE);
      const { digest: layer } = await pushBlob(clients, away(), bytes);
      await clients.blobs.delete(AWAY, layer);
      const act = () => answer(clients.uploads.pushWhole(home(), layer, chunkOf(bytes)));
      return { layer, act };
    },
  ],
  [
    'a mount of an old upload',
    async () => {
      const { digest: layer } = await pushBlob(clients, away(), randomBytes(SIZE));
      const target = { ...home(), actor: testActor };
      return { layer, act: () => answer(clients.blobs.mount(target, layer, { from: AWAY })) };
    },
  ],
  [
    'a look at an old upload, and a manifest',
    async () => {
      const config = await pushBlob(clients, home());
      const layer = await pushBlob(clients, home(), randomBytes(SIZE));
      const act = async () => {
        const all = await Promise.all(
          [config, layer].map(({ digest }) => clients.blobs.touch(HOME, digest)),
        );
        if (all.includes(false)) return false;
        await putManifest(imageManifest(config, layer));
        return true;
      };
      return { act, layer: layer.digest };
    },
  ],
  [
    'a manifest whose blobs only the trash has',
    async () => {
      const { bytes, digest, layer } = await pushImage();
      await clients.removal.deleteArtifact(HOME, digest, testActor);
      return { layer, act: () => answer(putManifest(bytes), 'MANIFEST_BLOB_UNKNOWN') };
    },
  ],
  [
    'an undeletion',
    async () => {
      const { digest, layer } = await pushImage();
      await clients.removal.deleteArtifact(HOME, digest, testActor);
      const act = () =>
        answer(clients.trash.restore(home(), digest, testActor), 'not-found', 'precondition');
      return { layer, act };
    },
  ],
  [
    'a copy of what is being deleted',
    async () => {
      const { digest, layer } = await pushImage();
      const from = { repository: HOME, digest };
      const act = () => {
        const copy = clients.copies.copy({ ...away(), from, actor: testActor });
        return answer(copy, 'not-found', 'conflict');
      };
      await clients.removal.deleteArtifact(HOME, digest, testActor);
      return { layer, act };
    },
  ],
];

/** One after the other, which makes the deadlocks of our own making impossible to overlook. */
async function prepareAll(prepare: () => Promise<Race>): Promise<Race[]> {
  const races = await Promise.all(Array.from({ length: WIDTH }, prepare));
  await passTime();
  return races;
}

describe.each(kinds)('%s', (_name, prepare) => {
  it.each(['beforeMove', 'beforeCommit'] as const)(
    'at the instant of a sweep, %s, loses nothing',
    async (point) => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const races = await prepareAll(prepare);
        expect((await judge(races, await raceAt(point, races))).lost).toEqual([]);
      }
    },
    600_000,
  );

  it('that began before a collection, and ends after it, loses nothing', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const races = await prepareAll(prepare);
      expect((await judge(races, await raceGated(races))).lost).toEqual([]);
    }
  }, 600_000);
});

describe('a look at an old upload that is about to be unlinked', () => {
  const [, , [, prepare] = ['', () => Promise.reject(new Error('no such kind'))]] = kinds;

  it('waits for that, and tells that it is gone', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const races = (await prepareAll(prepare)).slice(0, 3);
      // The collector waits here with the links deleted.
      const open = await closeGate(sql`SELECT FROM project_blob FOR UPDATE`);
      const collection = collect();
      await settleOrWait([collection]);
      const looks = races.map((race) => race.act());
      await settleOrWait([collection, ...looks]);
      await open();
      await collection;
      expect(await judge(races, await Promise.all(looks))).toEqual({ acted: 0, lost: [] });
    }
  }, 600_000);

  it('that came first is what it said', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const races = (await prepareAll(prepare)).slice(0, 3);
      const looks = races.map((race) => race.act());
      const [told] = await Promise.all([Promise.all(looks), collect()]);
      await collect();
      expect((await judge(races, told)).lost).toEqual([]);
    }
  }, 600_000);
});
