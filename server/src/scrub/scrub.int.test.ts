import { randomBytes } from 'node:crypto';
import { copyFile, mkdtemp, readdir, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { type Digest, digestEncoded, digestOf, mediaType } from '@berth/oci';
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
import { createRecordingLog, type LogEntry } from '../../test/log.ts';
import { nodeFileSystem } from '../blobstore/filesystem/durable.ts';
import { createFilesystemBlobStore } from '../blobstore/index.ts';
import { transact } from '../db/index.ts';
import { createJobQueue } from '../jobs/index.ts';
import { createSchedules } from '../schedules/index.ts';
import { createMetrics, type Metrics } from '../telemetry/index.ts';
import { createScrub, newScrub, type ScrubParts } from './scrub.job.ts';

let database: TestDatabase;
let directory = '';
let content: Content;
let metrics: Metrics;
let entries: LogEntry[];
let dropped: string[];
let target = { repository: 'team/app', projectId: 0 };

beforeEach(async () => {
  database = await createTestDatabase();
  directory = await mkdtemp(join(tmpdir(), 'berth-scrub-'));
  content = openContent(database, await createFilesystemBlobStore({ root: directory }));
  target = { ...target, projectId: await createTestProject(content, 'team') };
  dropped = [];
});
afterEach(async () => {
  await content.close();
  await database.drop();
  await rm(directory, { recursive: true });
});

function open(options: Partial<ScrubParts> = {}) {
  metrics = createMetrics();
  const recording = createRecordingLog();
  ({ entries } = recording);
  return createScrub({
    db: content.db,
    store: content.store,
    invalidation: {
      blob: async (repository, digest) => void dropped.push(`${repository} ${digest}`),
    },
    log: recording.log,
    metrics,
    bytesPerSecond: 0,
    ...options,
  });
}

/** Runs one pass, or the rest of it. */
async function scrub(options: Partial<ScrubParts> = {}, signal = new AbortController().signal) {
  const report: Record<string, unknown> = {};
  const lines: string[] = [];
  const context = {
    signal,
    taskId: 1,
    executionId: 1,
    vendorId: -1,
    attempt: 0,
    log: (line: string) => void lines.push(line),
    checkIn: ({ execution = {} }) => void Object.assign(report, execution),
  };
  await open(options).job.run({}, context);
  return { report, lines };
}

const clean = {
  corrupt: 0,
  missing: 0,
  still_missing: 0,
  unreadable: 0,
  healed: 0,
  damaged_manifests: 0,
  orphans: 0,
};

function pathOf(digest: Digest): string {
  const hex = digestEncoded(digest);
  return join(directory, 'docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex, 'data');
}

const quarantined = async () => (await readdir(join(directory, 'quarantine'))).toSorted();
const nameAside = (digest: Digest) => digest.replace(':', '-');

/** A file of its own. */
async function pushFile(size = 20_000) {
  const bytes = randomBytes(size);
  const { digest } = await pushBlob(content, target, bytes);
  return { bytes, digest };
}

/** Bytes in the row. */
async function pushKept() {
  const bytes = randomBytes(500);
  const digest = digestOf(bytes);
  await content.uploads.pushWhole(target, digest, { ...chunkOf(bytes), length: bytes.length });
  return { bytes, digest };
}

/** What a client that just came reads. */
async function read(digest: Digest): Promise<Buffer | undefined> {
  const other = openContent(database, content.store);
  try {
    const blob = await other.blobs.find(target.repository, digest);
    if (blob === undefined) return undefined;
    const chunks: Buffer[] = [];
    const sink = new Writable({
      write(chunk: Buffer, _encoding, done) {
        chunks.push(Buffer.from(chunk));
        done();
      },
    });
    await using reader = await other.blobs.open(blob);
    await reader.copyTo(sink);
    return Buffer.concat(chunks);
  } finally {
    await other.close();
  }
}

async function gauge(): Promise<string> {
  const text = await metrics.registry.getSingleMetricAsString('berth_corrupt_blobs');
  return text.trim().split('\n').at(-1) ?? '';
}

describe('sound data', () => {
  it('is read whole and left alone', async () => {
    const files = [await pushFile(), await pushFile(700_000), await pushFile(1)];
    const kept = await pushKept();
    const { report, lines } = await scrub();
    expect(report).toMatchObject({ ...clean, blobs: 4, bytes: 720_501, stage: 'done' });
    expect(lines).toHaveLength(1);
    for (const { bytes, digest } of [...files, kept]) expect(await read(digest)).toEqual(bytes);
    expect([await quarantined(), dropped]).toEqual([[], []]);
    expect(await gauge()).toBe('berth_corrupt_blobs 0');
  });
});

describe('every damage', () => {
  type Pushed = Awaited<ReturnType<typeof pushFile>>;

  async function flipBit({ bytes, digest }: Pushed) {
    const flipped = Buffer.from(bytes);
    flipped[12_345] = (flipped[12_345] ?? 0) ^ 1;
    await writeFile(pathOf(digest), flipped);
  }
  const damages: readonly [string, (one: Pushed, other: Pushed) => Promise<void>][] = [
    ['a flipped bit', flipBit],
    ['a truncation to nothing', ({ digest }) => truncate(pathOf(digest), 0)],
    ['zeros of the same size', ({ digest }) => writeFile(pathOf(digest), Buffer.alloc(20_000))],
    ['bytes at the end', ({ digest }) => writeFile(pathOf(digest), 'x', { flag: 'a' })],
    ["another blob's bytes", (one, other) => copyFile(pathOf(other.digest), pathOf(one.digest))],
  ];

  it.each(damages)(
    'of a file (%s) is found, put aside, and healed by a push',
    async (_what, damage) => {
      const [one, other] = [await pushFile(), await pushFile()];
      await damage(one, other);
      const { report } = await scrub();
      expect(report).toMatchObject({ ...clean, blobs: 2, corrupt: 1 });
      expect(await quarantined()).toEqual([nameAside(one.digest)]);
      expect(await read(one.digest)).toBeUndefined();
      expect(await read(other.digest)).toEqual(other.bytes);
      expect(dropped).toContain(`team/app ${one.digest}`);
      expect(entries.filter(({ level }) => level === 'error')).not.toEqual([]);
      expect(await gauge()).toBe('berth_corrupt_blobs 1');

      expect((await scrub()).report).toMatchObject({ ...clean, still_missing: 1 });
      await pushBlob(content, target, one.bytes);
      expect(await read(one.digest)).toEqual(one.bytes);
      expect((await scrub()).report).toMatchObject({ ...clean, blobs: 2 });
      expect(await gauge()).toBe('berth_corrupt_blobs 0');
    },
  );

  it('of two files that were swapped is found in both', async () => {
    const [one, other] = [await pushFile(), await pushFile()];
    await rename(pathOf(one.digest), join(directory, 'x'));
    await rename(pathOf(other.digest), pathOf(one.digest));
    await rename(join(directory, 'x'), pathOf(other.digest));
    expect((await scrub()).report).toMatchObject({ ...clean, corrupt: 2 });
    expect(await quarantined()).toEqual([one.digest, other.digest].map(nameAside).toSorted());
  });

  it('is found in all of many, and only there', async () => {
    const pushed = await Promise.all(Array.from({ length: 40 }, () => pushFile()));
    const bad = pushed.filter((_, index) => index % 3 === 0);
    for (const blob of bad) await flipBit(blob);
    expect((await scrub()).report).toMatchObject({ ...clean, blobs: 40, corrupt: bad.length });
    for (const blob of pushed) {
      expect(await read(blob.digest)).toEqual(bad.includes(blob) ? undefined : blob.bytes);
    }
  });

  it('of bytes in a row is found, and healed by a push', async () => {
    const { bytes, digest } = await pushKept();
    await sql`UPDATE blob SET content = '\\x00'::bytea WHERE digest = ${digest}`.execute(
      content.db,
    );
    expect((await scrub()).report).toMatchObject({ ...clean, corrupt: 1 });
    expect(await read(digest)).toBeUndefined();
    await content.uploads.pushWhole(target, digest, { ...chunkOf(bytes), length: bytes.length });
    expect(await read(digest)).toEqual(bytes);
  });

  it('of a blob in two repositories is told to the caches of both', async () => {
    const { bytes, digest } = await pushFile();
    await pushBlob(content, { ...target, repository: 'team/other' }, bytes);
    await truncate(pathOf(digest), 5);
    await scrub();
    expect(dropped).toEqual([`team/app ${digest}`, `team/other ${digest}`]);
  });
});

describe('a file that is gone', () => {
  it('is told, and healed by a push', async () => {
    const { bytes, digest } = await pushFile();
    await rm(pathOf(digest));
    expect((await scrub()).report).toMatchObject({ ...clean, missing: 1 });
    expect(await read(digest)).toBeUndefined();
    await pushBlob(content, target, bytes);
    expect(await read(digest)).toEqual(bytes);
  });

  it('comes back from the trash', async () => {
    const { bytes, digest } = await pushFile();
    await content.store.delete(digest);
    expect((await scrub()).report).toMatchObject({ ...clean, healed: 1 });
    expect(await read(digest)).toEqual(bytes);
  });

  it('and comes back by itself is served again', async () => {
    const { bytes, digest } = await pushFile();
    await rename(pathOf(digest), join(directory, 'away'));
    await scrub();
    await rename(join(directory, 'away'), pathOf(digest));
    expect((await scrub()).report).toMatchObject({ ...clean, healed: 1 });
    expect(await read(digest)).toEqual(bytes);
  });
});

describe('what happens meanwhile', () => {
  it('a push that replaces a bad file is not put aside', async () => {
    const { bytes, digest } = await pushFile();
    await writeFile(pathOf(digest), randomBytes(20_000));
    let opened = 0;
    const store = await createStoreThat({
      beforeOpen: async (path) => {
        if (path !== pathOf(digest)) return;
        opened += 1;
        if (opened === 2) await pushBlob(content, target, bytes);
      },
    });
    expect((await scrub({ store })).report).toMatchObject({ ...clean, blobs: 1 });
    expect(opened).toBe(2);
    expect(await quarantined()).toEqual([]);
    expect(await read(digest)).toEqual(bytes);
  });

  it('a push at the very moment of the move is not put aside', async () => {
    const { bytes, digest } = await pushFile();
    await writeFile(pathOf(digest), randomBytes(20_000));
    let pushing: Promise<unknown> | undefined;
    let closing = async () => {};
    const store = await createStoreThat({
      beforeQuarantine: async () => {
        const placed = Promise.withResolvers<void>();
        const other = openContent(database, await createStoreThat({ afterPlace: placed.resolve }));
        pushing = pushBlob(other, target, bytes);
        closing = () => other.close();
        await placed.promise;
      },
    });
    expect((await scrub({ store })).report).toMatchObject({ ...clean, blobs: 1 });
    await pushing;
    await closing();
    expect(await quarantined()).toEqual([]);
    expect(await read(digest)).toEqual(bytes);
  });

  it('a sweep takes away what is not told as lost', async () => {
    const { digest } = await pushFile();
    const store = await createStoreThat({
      beforeOpen: async (path) => {
        if (path !== pathOf(digest)) return;
        await content.db.deleteFrom('repository_blob').execute();
        await content.db.deleteFrom('blob').execute();
        await rm(pathOf(digest), { force: true });
      },
    });
    expect((await scrub({ store })).report).toMatchObject({ ...clean, blobs: 0 });
  });

  it('a disk that fails is told, and nothing is put aside', async () => {
    const [one, other] = [await pushFile(), await pushFile()];
    const store = await createStoreThat({ failRead: true });
    const { report } = await scrub({ store });
    expect(report).toMatchObject({ ...clean, blobs: 2, unreadable: 2 });
    expect(await quarantined()).toEqual([]);
    expect(await read(one.digest)).toEqual(one.bytes);
    expect(await read(other.digest)).toEqual(other.bytes);
  });

  it('one bad reading of right bytes puts nothing aside', async () => {
    const { bytes, digest } = await pushFile();
    const store = await createStoreThat({ flipRead: 1 });
    expect((await scrub({ store })).report).toMatchObject({ ...clean, unreadable: 1 });
    expect(await quarantined()).toEqual([]);
    expect(await read(digest)).toEqual(bytes);
  });
});

interface Faults {
  readonly beforeOpen?: (path: string) => Promise<void>;
  readonly beforeQuarantine?: () => Promise<void>;
  readonly afterPlace?: () => void;
  readonly failRead?: boolean;
  /** How many reads give a wrong byte. */
  readonly flipRead?: number;
}

/** The store of these tests, over a disk that does such things. */
function createStoreThat({ flipRead = 0, ...faults }: Faults) {
  let flips = flipRead;
  return createFilesystemBlobStore({
    root: directory,
    fileSystem: {
      ...nodeFileSystem,
      async open(path, flags) {
        await faults.beforeOpen?.(path);
        return nodeFileSystem.open(path, flags);
      },
      async rename(from, to) {
        if (to.includes('/quarantine/')) await faults.beforeQuarantine?.();
        await nodeFileSystem.rename(from, to);
        if (to.endsWith('/data')) faults.afterPlace?.();
      },
      read(fd, buffer, length, position, done) {
        nodeFileSystem.read(fd, buffer, length, position, (error, bytes) => {
          if (faults.failRead === true) {
            done(Object.assign(new Error('EIO: injected'), { code: 'EIO' }), 0);
            return;
          }
          if (flips > 0) buffer[0] = (buffer[0] ?? 0) ^ 1;
          flips -= 1;
          done(error, bytes);
        });
      },
    },
  });
}

describe('a pass', () => {
  const position = async () =>
    (await content.db.selectFrom('scrub_pass').select(['stage', 'position']).execute())[0];

  /** Stops before it opens the `count`th file. */
  async function scrubUntil(count: number, how: 'stop' | 'kill') {
    const controller = new AbortController();
    const opened: string[] = [];
    const store = await createStoreThat({
      beforeOpen: async (path) => {
        if (!path.endsWith('/data')) return;
        opened.push(path);
        if (opened.length < count) return;
        if (how === 'stop') return controller.abort(new Error('stopped'));
        // Nothing is saved any more, as when the process is gone.
        await sql`ALTER TABLE scrub_pass RENAME TO scrub_pass_away`.execute(content.db);
        controller.abort(new Error('killed'));
      },
    });
    await expect(scrub({ store }, controller.signal)).rejects.toThrow(/stopped|killed/);
    if (how === 'kill') {
      await sql`ALTER TABLE scrub_pass_away RENAME TO scrub_pass`.execute(content.db);
    }
    return opened;
  }

  it('that is stopped goes on where it was, and reads nothing twice', async () => {
    const pushed = await Promise.all(Array.from({ length: 12 }, () => pushFile()));
    const digests = pushed.map(({ digest }) => digest).toSorted();
    const first = await scrubUntil(6, 'stop');
    expect(first).toHaveLength(6);
    expect(await position()).toEqual({ stage: 'blobs', position: digests[4] });
    const opened: string[] = [];
    const store = await createStoreThat({
      beforeOpen: async (path) => void (path.endsWith('/data') && opened.push(path)),
    });
    const { report, lines } = await scrub({ store });
    expect(opened).toEqual(digests.slice(5).map(pathOf));
    expect(report).toMatchObject({ ...clean, blobs: 12, stage: 'done' });
    expect(lines[0]).toContain(digests[4]);
    expect(await position()).toBeUndefined();
  });

  it('that is killed finds everything all the same', async () => {
    const pushed = await Promise.all(Array.from({ length: 12 }, () => pushFile()));
    for (const { digest } of pushed) await truncate(pathOf(digest), 3);
    await scrubUntil(7, 'kill');
    const { report } = await scrub();
    expect(report).toMatchObject({ ...clean, blobs: 12, corrupt: 12 });
    expect(await quarantined()).toHaveLength(12);
  });

  it('keeps to its rate, manifests and small blobs included', async () => {
    for (let count = 0; count < 5; count += 1) await pushFile(300_000);
    await pushKept();
    let now = 0;
    const clock = {
      now: () => now,
      sleep: async (ms: number) => void (now += ms),
    };
    const { report } = await scrub({ bytesPerSecond: 100_000, clock });
    expect(report).toMatchObject({ ...clean, bytes: 1_500_500 });
    expect(now).toBeGreaterThan(14_800);
    expect(now).toBeLessThan(15_100);
  });
});

describe('manifests', () => {
  async function pushImage(repository: string): Promise<Digest> {
    const place = { ...target, repository };
    const config = await pushBlob(content, place, Buffer.from('config'));
    const layer = await pushBlob(content, place, Buffer.from('layer'));
    const { digest } = await content.manifests.put({
      ...place,
      reference: { tag: 'v1' },
      tags: [],
      contentType: mediaType.ociManifest,
      content: imageManifest(config, layer),
      actor: testActor,
    });
    return digest;
  }

  const spoil = (repository: string) =>
    sql`UPDATE artifact SET content = '{}' FROM repository
        WHERE repository.id = repository_id AND name = ${repository}`.execute(content.db);

  async function serves(repository: string, digest: Digest): Promise<boolean> {
    const other = openContent(database, content.store);
    const [byDigest, byTag] = [
      await other.manifests.find(repository, { digest }),
      await other.manifests.find(repository, { tag: 'v1' }),
    ];
    await other.close();
    expect(byDigest === undefined).toBe(byTag === undefined);
    return byDigest !== undefined;
  }

  it('that are damaged are told and not served until a push heals them', async () => {
    const digest = await pushImage('team/app');
    expect((await scrub()).report).toMatchObject({ ...clean, manifests: 1 });
    await spoil('team/app');
    expect(await serves('team/app', digest)).toBe(false);
    const { report, lines } = await scrub();
    expect(report).toMatchObject({ ...clean, damaged_manifests: 1 });
    expect(lines.join()).toContain(`team/app@${digest}`);
    await pushImage('team/app');
    expect(await serves('team/app', digest)).toBe(true);
  });

  it('that are damaged are put right from another repository', async () => {
    const digest = await pushImage('team/app');
    await pushImage('team/other');
    await spoil('team/app');
    expect((await scrub()).report).toMatchObject({ ...clean, healed: 1 });
    expect(await serves('team/app', digest)).toBe(true);
  });

  it('that are damaged are put right from a deleted one', async () => {
    const digest = await pushImage('team/app');
    await pushImage('team/other');
    await content.removal.deleteArtifact('team/other', digest, testActor);
    await spoil('team/app');
    expect((await scrub()).report).toMatchObject({ ...clean, healed: 1 });
    expect(await serves('team/app', digest)).toBe(true);
  });
});

describe('bytes that no row knows', () => {
  it('are counted and left alone', async () => {
    await pushFile();
    const orphan = randomBytes(333);
    const id = '01234567-89ab-4def-8123-456789abcdef';
    await content.store.append(id, 0, Readable.from([orphan]));
    await content.store.commit(id, digestOf(orphan));
    const { report } = await scrub();
    expect(report).toMatchObject({ ...clean, orphans: 1, orphan_bytes: 333 });
    expect(await content.store.stat(digestOf(orphan))).toEqual({ size: 333 });
  });
});

describe('the schedule', () => {
  it('is weekly, unless there is another one', async () => {
    const schedules = createSchedules(content.db);
    await open().ensureSchedule(schedules);
    const find = () => schedules.find('DATA_SCRUB', -1);
    expect(await find()).toMatchObject({ cronType: 'Weekly', cron: '0 0 2 * * 6' });
    const own = { vendorType: 'DATA_SCRUB', vendorId: -1, parameters: {} } as const;
    await schedules.put({ ...own, cronType: 'Daily', cron: '0 0 3 * * *' });
    await open().ensureSchedule(schedules);
    expect(await find()).toMatchObject({ cron: '0 0 3 * * *' });
  });

  it('starts no pass while one is under way', async () => {
    const { scheduledWork, ensureSchedule } = open();
    const schedules = createSchedules(content.db);
    await ensureSchedule(schedules);
    const schedule = await schedules.find('DATA_SCRUB', -1);
    if (schedule === undefined) throw new Error('there is no schedule');
    const plan = () => transact(content.db, (tx) => scheduledWork.plan(tx, schedule));
    const planned = await plan();
    expect(planned).toEqual(newScrub('SCHEDULE'));
    await transact(content.db, (tx) => createJobQueue().enqueue(tx, [newScrub('MANUAL')]));
    expect(await plan()).toBeUndefined();
  });
});
