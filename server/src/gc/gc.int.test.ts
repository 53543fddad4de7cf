import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
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
import type { CollectOptions } from './collection.ts';
import { createGarbageCollector } from './create-garbage-collector.ts';
import { createGarbageCollectionJob } from './gc.job.ts';
import { gcParameters } from './gc-parameters.ts';
import { holdGarbageCollection } from './hold.repository.ts';
import type { SweepPoints } from './sweep.repository.ts';

let database: TestDatabase;
let directory = '';
let store: BlobStore;
let content: Content;
let target = { repository: 'team/app', projectId: 0 };
let undeleteDays = 0;
const LARGE = 40_000;

beforeEach(async () => {
  database = await createTestDatabase();
  directory = await mkdtemp(join(tmpdir(), 'berth-gc-'));
  store = await createFilesystemBlobStore({ root: directory });
  content = openContent(database, store);
  target = { ...target, projectId: await createTestProject(content, 'team') };
  undeleteDays = 0;
});
afterEach(async () => {
  await content.close();
  await database.drop();
  await rm(directory, { recursive: true });
});

interface Overrides {
  readonly points?: SweepPoints;
  readonly store?: BlobStore;
  readonly uploadSeconds?: number;
  readonly trashSeconds?: number;
  readonly isForeign?: boolean;
}

function openCollector(overrides: Overrides = {}) {
  const { points, uploadSeconds = 86_400, trashSeconds = 300, isForeign = false } = overrides;
  return createGarbageCollector({
    store: overrides.store ?? store,
    db: content.db,
    log: quietLog,
    metrics: createMetrics(),
    trash: content.trash,
    removal: content.removal,
    invalidation: { blob: async () => undefined },
    settings: { leaseSeconds: 900, uploadSeconds, trashSeconds, undeleteDays: () => undeleteDays },
    isForeign: async () => isForeign,
    ...(points && { points }),
  });
}

async function collect(options: CollectOptions = {}, overrides: Overrides = {}) {
  const lines: string[] = [];
  const collected = await openCollector(overrides).collect(options, {
    signal: new AbortController().signal,
    log: (line) => void lines.push(line),
    checkIn: () => undefined,
  });
  return { ...collected, lines: lines.join('\n') };
}

/** Ends all leases, and makes what waits for their end due. */
async function passLeases(): Promise<void> {
  await sql`UPDATE blob SET leased_until = now() - interval '1 second'`.execute(content.db);
  await sql`UPDATE gc_candidate SET due_at = now() - interval '1 second'`.execute(content.db);
  await sql`UPDATE repository_blob SET created_at = created_at - interval '1 hour'`.execute(
    content.db,
  );
}

async function passDays(days: number): Promise<void> {
  await sql`UPDATE repository_blob SET created_at = created_at - make_interval(days => ${days})`.execute(
    content.db,
  );
}

async function pushImage(tag: string, layer: Buffer, repository = target.repository) {
  const place = { ...target, repository };
  const parts = [await pushBlob(content, place), await pushBlob(content, place, layer)] as const;
  const { digest } = await putManifest(imageManifest(...parts, tag), { tag }, repository);
  return { digest, config: parts[0].digest, layer: parts[1].digest };
}

function putManifest(
  bytes: Buffer,
  reference: { tag: string } | { digest: Digest },
  repository = target.repository,
) {
  return content.manifests.put({
    ...target,
    repository,
    reference,
    tags: [],
    contentType: mediaType.ociManifest,
    content: bytes,
    actor: testActor,
  });
}

function deleteImage(digest: Digest) {
  return content.removal.deleteArtifact(target.repository, digest, testActor);
}

async function hasRow(digest: Digest): Promise<boolean> {
  return (await content.blobRows.findSize(digest)) !== undefined;
}

/** Rows of a table, in words. */
async function dump(): Promise<string> {
  const tables = ['blob', 'repository_blob', 'artifact', 'tag', 'deleted_artifact', 'gc_candidate'];
  const more = ['deleted_artifact_blob', 'project_blob', 'quota_delta', 'gc_state', 'tag_history'];
  const rows = [];
  for (const table of [...tables, ...more]) {
    const { rows: found } = await sql<{ row: string }>`
      SELECT t::text AS row FROM ${sql.table(table)} t ORDER BY 1`.execute(content.db);
    rows.push(table, ...found.map(({ row }) => row));
  }
  return rows.join('\n');
}

describe('a deleted image', () => {
  it('gives its bytes back once nothing is leased any more', async () => {
    const { digest, layer, config } = await pushImage('v1', randomBytes(LARGE));
    await deleteImage(digest);
    expect(await collect()).toMatchObject({ purgedBlobs: 0, purgedManifests: 0 });
    expect(await hasRow(layer)).toBe(true);
    await passLeases();
    expect(await collect()).toMatchObject({
      purgedBlobs: 2,
      purgedManifests: 1,
      freedSpace: LARGE + 100,
    });
    expect(await hasRow(layer)).toBe(false);
    expect(await hasRow(config)).toBe(false);
    expect(await store.stat(layer)).toBeUndefined();
    expect((await content.db.selectFrom('gc_candidate').selectAll().execute()).length).toBe(0);
  });

  it('is kept for undeletion as long as it can be brought back, and comes back whole', async () => {
    undeleteDays = 7;
    const { digest, layer } = await pushImage('v1', randomBytes(LARGE));
    await deleteImage(digest);
    await passLeases();
    const { purgedBlobs, lines } = await collect({ full: true });
    expect(purgedBlobs).toBe(0);
    expect(lines).toContain('their artifacts can be brought back for 7 days');
    await content.trash.restore(target, digest, testActor);
    await passLeases();
    expect(await collect({ full: true })).toMatchObject({ purgedBlobs: 0 });
    expect(await store.stat(layer)).toBeDefined();
  });

  it('goes at once when somebody says so', async () => {
    undeleteDays = 7;
    const { digest } = await pushImage('v1', randomBytes(LARGE));
    await deleteImage(digest);
    await passLeases();
    expect(await collect({ full: true, purgeDeleted: true })).toMatchObject({ purgedBlobs: 2 });
  });

  it('leaves blobs that another image or repository needs', async () => {
    const layer = randomBytes(LARGE);
    const first = await pushImage('v1', layer);
    await pushImage('v2', layer);
    await pushImage('v1', layer, 'team/other');
    await deleteImage(first.digest);
    await passLeases();
    expect(await collect({ full: true })).toMatchObject({ purgedBlobs: 1 });
    expect(await hasRow(first.config)).toBe(false);
    expect(await store.stat(first.layer)).toBeDefined();
  });

  it('stays while somebody uploads to its repository', async () => {
    const { digest, layer } = await pushImage('v1', randomBytes(LARGE));
    await deleteImage(digest);
    await passLeases();
    const id = await content.uploads.start(target, 'ann', 'sha256');
    expect(await collect({ full: true })).toMatchObject({ purgedManifests: 0 });
    expect(await hasRow(layer)).toBe(true);
    const { repository, projectId } = target;
    await content.uploads.cancel({ repository, projectId, principal: 'ann', id });
    expect(await collect()).toMatchObject({ purgedManifests: 1, purgedBlobs: 2 });
  });

  it('can be pushed again by a manifest alone while a blob of it is leased', async () => {
    const { digest, config, layer } = await pushImage('v1', randomBytes(LARGE));
    await passLeases();
    expect(await content.blobs.touch(target.repository, layer)).toBe(true);
    await deleteImage(digest);
    await collect({ full: true });
    const sizes = { config: { digest: config, size: 100 }, layer: { digest: layer, size: LARGE } };
    await putManifest(imageManifest(sizes.config, sizes.layer, 'again'), { tag: 'v1' });
    expect(await store.stat(layer)).toBeDefined();
  });
});

describe('a lease', () => {
  it.each([
    ['a push', (bytes: Buffer) => pushBlob(content, target, bytes)],
    ['a touch', (bytes: Buffer) => content.blobs.touch(target.repository, digestOf(bytes))],
    [
      'a mount',
      (bytes: Buffer) =>
        content.blobs.mount(
          { ...target, repository: 'team/new', actor: testActor },
          digestOf(bytes),
          'everywhere',
        ),
    ],
    ['a claim', (bytes: Buffer) => content.blobRows.claim(digestOf(bytes))],
  ])('is renewed by %s', async (_name, use) => {
    const bytes = randomBytes(LARGE);
    await pushBlob(content, target, bytes);
    await passLeases();
    await use(bytes);
    const { rows } = await sql<{ left: number }>`
      SELECT extract(epoch FROM leased_until - now())::float8 AS left FROM blob`.execute(
      content.db,
    );
    expect(rows[0]?.left).toBeGreaterThan(850);
  });

  it('is asked for once by those who touch again and again', async () => {
    const { digest } = await pushBlob(content, target);
    await content.blobs.touch(target.repository, digest);
    await passLeases();
    await content.blobs.touch(target.repository, digest);
    const { rows } = await sql`SELECT FROM blob WHERE leased_until > now()`.execute(content.db);
    expect(rows).toEqual([]);
  });

  it('is not given where the blob is not', async () => {
    const { digest } = await pushBlob(content, target);
    expect(await content.blobs.touch('team/other', digest)).toBe(false);
  });
});

describe('an upload without a manifest', () => {
  it('waits a day, and then for the end of its lease', async () => {
    const { digest } = await pushBlob(content, target, randomBytes(LARGE));
    await passLeases();
    await collect();
    expect(await hasRow(digest)).toBe(true);
    await passDays(2);
    expect(await collect()).toMatchObject({ purgedBlobs: 1, freedSpace: LARGE });
    const { rows } = await sql<{ used: number }>`
      SELECT coalesce(sum(bytes), 0)::bigint AS used FROM quota_delta`.execute(content.db);
    expect(rows[0]?.used).toBe(0);
  });

  it('that is leased, or in a repository where somebody uploads, waits another day', async () => {
    const { digest } = await pushBlob(content, target, randomBytes(LARGE));
    await passDays(2);
    await collect();
    await passLeases();
    expect(await collect()).toMatchObject({ purgedBlobs: 0 });
    expect(await hasRow(digest)).toBe(true);
    await passDays(2);
    const { repository, projectId } = target;
    const id = await content.uploads.start(target, 'ann', 'sha256');
    expect(await collect({ full: true })).toMatchObject({ purgedBlobs: 0 });
    await content.uploads.cancel({ repository, projectId, principal: 'ann', id });
    await passDays(2);
    expect(await collect({ full: true })).toMatchObject({ purgedBlobs: 1 });
  });

  it('that is pushed again is as good as new', async () => {
    const bytes = randomBytes(LARGE);
    await pushBlob(content, target, bytes);
    await passDays(2);
    await pushBlob(content, target, bytes);
    await passLeases();
    expect(await collect({ full: true })).toMatchObject({ purgedBlobs: 0 });
  });

  it('that a manifest needs stays for ever', async () => {
    const { layer } = await pushImage('v1', randomBytes(LARGE));
    await passDays(200);
    await passLeases();
    expect(await collect({ full: true })).toMatchObject({ purgedBlobs: 0 });
    expect(await store.stat(layer)).toBeDefined();
  });
});

describe('untagged artifacts', () => {
  it('go when asked for: those that lost their tag, with what only they list', async () => {
    const layer = randomBytes(LARGE);
    const first = await pushImage('v1', layer);
    await pushImage('v2', randomBytes(LARGE));
    await content.removal.deleteTag(target.repository, 'v1', testActor);
    await passLeases();
    expect(await collect({ full: true })).toMatchObject({ purgedBlobs: 0 });
    const { lines, ...collected } = await collect({ full: true, deleteUntagged: true });
    expect(collected).toMatchObject({ purgedBlobs: 2, purgedManifests: 1 });
    expect(lines).toContain(`untagged artifact deleted: team/app@${first.digest}`);
    expect(await content.manifests.find('team/app', { tag: 'v2' })).toBeDefined();
  });

  it('that never had a tag, and are as young as a push under way, stay', async () => {
    const parts = [await pushBlob(content, target), await pushBlob(content, target)] as const;
    const bytes = imageManifest(...parts);
    await putManifest(bytes, { digest: digestOf(bytes) });
    await collect({ full: true, deleteUntagged: true });
    expect(await content.manifests.find('team/app', { digest: digestOf(bytes) })).toBeDefined();
    await sql`UPDATE artifact SET pushed_at = now() - interval '1 hour'`.execute(content.db);
    await collect({ full: true, deleteUntagged: true });
    const other = openContent(database, store);
    expect(await other.manifests.find('team/app', { digest: digestOf(bytes) })).toBeUndefined();
    await other.close();
  });

  it('stay while the storage of another registry is taken over', async () => {
    const { digest } = await pushImage('v1', randomBytes(LARGE));
    await content.removal.deleteTag(target.repository, 'v1', testActor);
    await passLeases();
    const order = { full: true, deleteUntagged: true };
    expect((await collect(order, { isForeign: true })).lines).toContain('untagged artifacts stay');
    expect(await content.manifests.find('team/app', { digest })).toBeDefined();
    await collect(order);
    expect(await content.manifests.find('team/app', { digest })).toBeUndefined();
  });

  it('tagged between the look and the deletion stay', async () => {
    const { digest } = await pushImage('v1', randomBytes(LARGE));
    expect(await content.removal.deleteUntagged('team/app', digest, testActor, 0)).toBe(false);
    expect(await content.manifests.find('team/app', { tag: 'v1' })).toBeDefined();
  });
});

describe('a dry run', () => {
  it.each([{}, { purgeDeleted: true }])('tells what the run does (%j)', async (more) => {
    undeleteDays = 'purgeDeleted' in more ? 7 : 0;
    await pushImage('v1', randomBytes(LARGE));
    const second = await pushImage('v2', randomBytes(LARGE));
    await pushBlob(content, target, randomBytes(LARGE));
    await content.removal.deleteTag(target.repository, 'v1', testActor);
    await deleteImage(second.digest);
    await passDays(2);
    await passLeases();
    const options = { full: true, deleteUntagged: true, ...more };
    const before = await dump();
    const told = await collect({ ...options, dryRun: true });
    expect(await dump()).toBe(before);
    const done = await collect(options);
    const { freedSpace, purgedBlobs, purgedManifests } = done;
    expect(told).toMatchObject({ freedSpace, purgedBlobs, purgedManifests });
    expect(told).toMatchObject({ purgedBlobs: 5, purgedManifests: 2 });
  });

  it('counts nothing that is kept for undeletion', async () => {
    undeleteDays = 7;
    const { digest } = await pushImage('v1', randomBytes(LARGE));
    await pushImage('v2', randomBytes(LARGE));
    await content.removal.deleteTag(target.repository, 'v2', testActor);
    await deleteImage(digest);
    await passLeases();
    const options = { full: true, deleteUntagged: true };
    expect(await collect({ ...options, dryRun: true })).toMatchObject({ purgedBlobs: 0 });
    expect(await collect(options)).toMatchObject({ purgedBlobs: 0 });
    expect(await openCollector().estimate()).toMatchObject({ deletableBlobs: 0, heldBlobs: 4 });
  });
});

describe('bytes without a row', () => {
  async function putOrphan(): Promise<Digest> {
    const bytes = randomBytes(LARGE);
    const id = randomUUID();
    await store.append(id, 0, Readable.from([bytes]));
    await store.commit(id, digestOf(bytes));
    return digestOf(bytes);
  }

  it('get one by a full collection, and go when nobody used them for a lease', async () => {
    const digest = await putOrphan();
    await collect();
    expect(await hasRow(digest)).toBe(false);
    await collect({ full: true });
    expect(await hasRow(digest)).toBe(true);
    await passLeases();
    expect(await collect()).toMatchObject({ purgedBlobs: 1, freedSpace: LARGE });
    expect(await store.stat(digest)).toBeUndefined();
  });

  it('stay while another registry may need them', async () => {
    const digest = await putOrphan();
    const { lines } = await collect({ full: true }, { isForeign: true });
    expect(await hasRow(digest)).toBe(false);
    expect(lines).toContain('was not imported yet');
  });
});

describe('a store that fails', () => {
  it('keeps the row of what it could not move, and the rest goes', async () => {
    const doomed = await pushImage('v1', randomBytes(LARGE));
    await deleteImage(doomed.digest);
    await passLeases();
    let isBroken = true;
    const broken: BlobStore = Object.assign(Object.create(store), {
      async delete(digest: Digest) {
        // Moved, and failed to become durable.
        const isMoved = await store.delete(digest);
        if (isBroken && digest === doomed.layer) throw new Error('the disk is ill');
        return isMoved;
      },
    });
    // Private members know their own object only.
    for (const name of ['stat', 'restore', 'listTrashed', 'emptyTrash', 'list'] as const) {
      Object.assign(broken, { [name]: Reflect.get(store, name).bind(store) });
    }
    expect(await collect({}, { store: broken })).toMatchObject({ purgedBlobs: 1 });
    expect(await hasRow(doomed.layer)).toBe(true);
    expect(await store.stat(doomed.layer)).toBeDefined();
    isBroken = false;
    await passLeases();
    expect(await collect({}, { store: broken })).toMatchObject({ purgedBlobs: 1 });
    expect(await store.stat(doomed.layer)).toBeUndefined();
  });
});

describe('a sweep that dies', () => {
  async function prepare() {
    const image = await pushImage('v1', randomBytes(LARGE));
    await deleteImage(image.digest);
    await passLeases();
    return image;
  }

  it.each(['beforeMove', 'beforeCommit'] as const)(
    '%s leaves what the next one collects',
    async (point) => {
      const { layer } = await prepare();
      const points = { [point]: () => Promise.reject(new Error('killed')) };
      await expect(collect({}, { points })).rejects.toThrow('killed');
      expect(await hasRow(layer)).toBe(true);
      expect(await store.stat(layer)).toBeDefined();
      expect(await collect()).toMatchObject({ purgedBlobs: 2 });
    },
  );

  it('with its connection before the COMMIT puts the bytes back', async () => {
    const { layer } = await prepare();
    const points = {
      async beforeCommit() {
        await sql`
          SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND state = 'idle in transaction'`.execute(content.db);
      },
    };
    await expect(collect({}, { points })).rejects.toThrow(/connection|terminat|ECONNRESET/i);
    expect(await hasRow(layer)).toBe(true);
    expect(await store.stat(layer)).toBeDefined();
    expect(await collect()).toMatchObject({ purgedBlobs: 2 });
  });

  it('with its process is healed by the next process, before the trash is emptied', async () => {
    const { layer } = await pushImage('v1', randomBytes(LARGE));
    await store.delete(layer);
    await collect({}, { trashSeconds: -60 });
    expect(await store.stat(layer)).toBeDefined();
  });

  it('with its process is healed by whoever reads the blob', async () => {
    const { layer } = await pushImage('v1', randomBytes(100_000));
    const blob = await content.blobs.find(target.repository, layer);
    if (blob === undefined) throw new Error('not pushed');
    await store.delete(layer);
    await using reader = await content.blobs.open(blob);
    expect(reader.size).toBe(100_000);
  });
});

describe('the trash of the store', () => {
  it('is emptied after its grace, except of what has a row', async () => {
    const { digest, layer } = await pushImage('v1', randomBytes(LARGE));
    const kept = await pushBlob(content, target, randomBytes(LARGE));
    await deleteImage(digest);
    await passLeases();
    await collect();
    await store.delete(kept.digest);
    expect(await store.restore(layer)).toBe(true);
    await store.delete(layer);
    // The machine's clock, with some room.
    await collect({}, { trashSeconds: -60 });
    expect(await store.restore(layer)).toBe(false);
    expect(await store.stat(kept.digest)).toBeDefined();
  });
});

describe('a backup', () => {
  it('holds sweeps and the trash, until it is over', async () => {
    const { digest, layer } = await pushImage('v1', randomBytes(LARGE));
    await deleteImage(digest);
    await passLeases();
    {
      await using hold = await holdGarbageCollection(content.db);
      const { lines, purgedBlobs } = await collect({ full: true }, { trashSeconds: -60 });
      expect(purgedBlobs).toBe(0);
      expect(lines).toContain('a backup holds garbage collection');
      expect(await store.stat(layer)).toBeDefined();
      await hold.check();
    }
    expect(await collect()).toMatchObject({ purgedBlobs: 2 });
  });

  it('waits for a batch under way', async () => {
    const { digest, layer } = await pushImage('v1', randomBytes(LARGE));
    await deleteImage(digest);
    await passLeases();
    const holding = Promise.withResolvers<void>();
    let bytesWhenHeld: unknown = 'not held';
    const points = {
      async beforeMove() {
        const held = holdGarbageCollection(content.db).then(async (hold) => {
          bytesWhenHeld = await store.stat(layer);
          await hold[Symbol.asyncDispose]();
        });
        held.then(holding.resolve, holding.reject);
      },
    };
    await collect({}, { points });
    await holding.promise;
    expect(bytesWhenHeld).toBeUndefined();
  });
});

describe('two collectors', () => {
  it('share the work, and count each blob once', async () => {
    for (let index = 0; index < 150; index += 1) {
      await pushBlob(content, { ...target, repository: 'team/many' }, randomBytes(20_000));
    }
    await content.removal.deleteRepository('team/many', testActor);
    await passLeases();
    const results = await Promise.all([collect(), collect(), collect({ workers: 3 })]);
    expect(results.reduce((sum, { purgedBlobs }) => sum + purgedBlobs, 0)).toBe(150);
    const { rows } = await sql`SELECT FROM blob`.execute(content.db);
    expect(rows).toEqual([]);
  });
});

describe('the job', () => {
  const context = {
    signal: new AbortController().signal,
    taskId: 1,
    executionId: 1,
    vendorId: -1,
    attempt: 0,
    log: (_line: string) => undefined,
    checkIn: () => undefined,
  };

  it('that was stopped has not succeeded', async () => {
    const done: string[] = [];
    const job = createGarbageCollectionJob(openCollector(), async () => void done.push('done'));
    const stopped = { ...context, signal: AbortSignal.abort() };
    await expect(job.run(gcParameters.parse({}), stopped)).rejects.toThrow('aborted');
    expect(done).toEqual([]);
    await job.run(gcParameters.parse({}), context);
    expect(done).toEqual(['done']);
  });

  it('tells how far it is, and what it did', async () => {
    const { digest } = await pushImage('v1', randomBytes(LARGE));
    await deleteImage(digest);
    await passLeases();
    const told: unknown[] = [];
    const lines: string[] = [];
    const job = createGarbageCollectionJob(openCollector(), async () => undefined);
    await job.run(gcParameters.parse({}), {
      ...context,
      log: (line) => void lines.push(line),
      checkIn: (progress) => void told.push(progress),
    });
    const sums = { freed_space: LARGE + 100, purged_blobs: 2, purged_manifests: 1 };
    expect(told.at(-1)).toEqual({ execution: sums });
    expect(lines.join('\n')).toContain('2 blobs and 1 manifests are actually deleted');
  });

  it('stops when it is told to, and the next one goes on', async () => {
    const { digest } = await pushImage('v1', randomBytes(LARGE));
    await deleteImage(digest);
    await passLeases();
    const stopped = { signal: AbortSignal.abort(), log: () => undefined, checkIn: () => undefined };
    const none = await openCollector().collect({ full: true }, stopped);
    expect(none).toMatchObject({ purgedBlobs: 0 });
    expect(await collect()).toMatchObject({ purgedBlobs: 2 });
  });
});

describe('an upload in pieces', () => {
  it('whose claim ended before its row was written is not acknowledged without bytes', async () => {
    const bytes = randomBytes(LARGE);
    const digest = digestOf(bytes);
    const failing: BlobStore = Object.assign(Object.create(store), {});
    for (const name of ['append', 'stat', 'restore', 'cancel', 'readStaged'] as const) {
      Object.assign(failing, { [name]: Reflect.get(store, name).bind(store) });
    }
    Object.assign(failing, {
      async commit(id: string, wanted: Digest) {
        const stat = await store.commit(id, wanted);
        // What a sweep does that nobody holds off.
        await store.delete(wanted);
        await store.emptyTrash(new Date(Date.now() + 60_000));
        return stat;
      },
    });
    const slow = openContent(database, failing, { leaseSeconds: 0 });
    await expect(slow.uploads.pushWhole(target, digest, chunkOf(bytes))).rejects.toMatchObject({
      kind: 'io',
    });
    expect(await slow.blobs.find(target.repository, digest)).toBeUndefined();
    await slow.close();
  });
});

describe('the cost', () => {
  it('of a sweep of 5,000 blobs is that of index look-ups', async () => {
    await sql`
      INSERT INTO blob (digest, size, content, leased_until)
      SELECT 'sha256:' || encode(sha256(n::text::bytea), 'hex'), 1, 'x', now() - interval '1 hour'
      FROM generate_series(1, 20000) AS n`.execute(content.db);
    await sql`INSERT INTO gc_candidate (digest) SELECT digest FROM blob LIMIT 5000`.execute(
      content.db,
    );
    await sql`ANALYZE`.execute(content.db);
    const read = async () => {
      const { rows } = await sql<{ scanned: number; found: number }>`
        SELECT sum(seq_tup_read)::bigint AS scanned, sum(idx_scan)::bigint AS found
        FROM pg_stat_user_tables
        WHERE relname IN ('blob', 'repository_blob', 'deleted_artifact_blob')`.execute(content.db);
      return { scanned: rows[0]?.scanned ?? 0, found: rows[0]?.found ?? 0 };
    };
    await content.close();
    content = openContent(database, store);
    const before = await read();
    expect(await collect()).toMatchObject({ purgedBlobs: 5000 });
    // Statistics are told when a connection ends.
    await content.close();
    content = openContent(database, store);
    let after = await read();
    for (let tries = 0; after.found <= before.found && tries < 1_000; tries += 1) {
      after = await read();
    }
    expect(after.found).toBeGreaterThan(before.found);
    expect(after.scanned - before.scanned).toBeLessThan(10_000);
  });
});
