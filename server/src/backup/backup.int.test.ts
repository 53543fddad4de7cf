import { randomBytes } from 'node:crypto';
import { open, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { digestOf } from '@berth/oci';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type BackupBench,
  createBackupBench,
  createOwnedDatabase,
  listDefinitions,
  MIGRATIONS,
  migrateTo,
} from '../../test/backups.ts';
import { type Content, createTestProject, pushBlob } from '../../test/content.ts';
import { type Pushed, pushAccessory, pushImage, tagsOf } from '../../test/images.ts';
import type { BlobStore } from '../blobstore/index.ts';
import { listMigrations } from '../db/index.ts';
import { takeGcLock } from '../gc/hold.repository.ts';
import {
  BackupDamagedError,
  createBackup,
  ensureKnownSchema,
  pruneBackups,
  restoreBackup,
  verifyBackup,
} from './index.ts';
import type { BackupManifest } from './manifest.ts';

let bench: BackupBench;
let registry: Awaited<ReturnType<BackupBench['openRegistry']>>;
let place: { repository: string; projectId: number };

beforeEach(async () => {
  bench = await createBackupBench();
  registry = await bench.openRegistry();
  place = { repository: 'library/app', projectId: await createTestProject(registry, 'library') };
});
afterEach(() => bench[Symbol.asyncDispose]());

/** Too large to be in the database. */
function pushFile(content: Content = registry): Promise<Pushed> {
  return pushBlob(content, place, randomBytes(20_000));
}

async function pushTagged(tag: string, content: Content = registry) {
  const blobs = [await pushFile(content), await pushFile(content)] as const;
  return pushImage(content, place, { tags: [tag], blobs });
}

const backUp = (options: Parameters<typeof createBackup>[2] = {}) =>
  createBackup(bench.directory, bench.backupPorts(registry), options);

async function restoreNewest() {
  const database = await bench.createDatabase({ empty: true });
  const ports = await bench.restorePorts(database);
  const set = await bench.directory.getSet(undefined);
  const manifest = await bench.directory.getManifest(set);
  const transfer = await restoreBackup(bench.directory, { set, manifest }, ports);
  return { database, ports, transfer, content: bench.openRestored(database, ports) };
}

const contentsOf = ({ tables }: BackupManifest) =>
  tables.map(({ name, lines, sha256 }) => ({ name, lines, sha256 }));

async function readBlob(store: BlobStore, { digest }: Pushed): Promise<string> {
  await using reader = await store.open(digest);
  const pipe = new PassThrough();
  const [bytes] = await Promise.all([buffer(pipe), reader.copyTo(pipe).then(() => pipe.end())]);
  return digestOf(bytes);
}

async function verifyNewest(quick = false): Promise<string[]> {
  const faults: string[] = [];
  const set = await bench.directory.getSet(undefined);
  await verifyBackup(bench.directory, set, { quick, onFault: (text) => faults.push(text) });
  return faults;
}

/** Overwrites a byte in the middle. */
async function damage(path: string): Promise<void> {
  const file = await open(path, 'r+');
  const { size } = await file.stat();
  const at = Math.floor(size / 2);
  const { buffer: byte } = await file.read(Buffer.alloc(1), 0, 1, at);
  await file.write(Buffer.from([(byte[0] ?? 0) ^ 0xff]), 0, 1, at);
  await file.close();
}

function poolPath({ digest }: Pushed): string {
  const [algorithm = '', hex = ''] = digest.split(':');
  const layout = ['blobs', 'docker', 'registry', 'v2', 'blobs', algorithm, hex.slice(0, 2), hex];
  return join(bench.directory.path, ...layout, 'data');
}

describe('a restored backup', { timeout: 60_000 }, () => {
  it('has every row as it was, for an owner who may nothing else', async () => {
    const image = await pushTagged('v1');
    await pushAccessory(registry, place, image);
    await sql`INSERT INTO audit_log (operation, resource_type, resource, username, description)
      SELECT 'create', 'artifact', E'a\t\\N\n' || n, 'ü', '' FROM generate_series(1, 500) n`.execute(
      registry.db,
    );
    await sql`INSERT INTO session (id, secret_hash, user_id, user_epoch, source, address, expires_at)
      SELECT gen_random_uuid(), '\\x00', id, 0, 'db', '', now() FROM app_user`.execute(registry.db);
    const { manifest } = await backUp();
    expect(manifest.leftOut).toContain('session');
    expect(manifest.leftOut).toContain('quota_reservation');
    expect(manifest.blobs.lines).toBe(3);

    const database = await createOwnedDatabase(bench);
    const ports = await bench.restorePorts(database);
    const set = await bench.directory.getSet(undefined);
    const transfer = await restoreBackup(bench.directory, { set, manifest }, ports);
    expect(transfer).toMatchObject({ copied: 3, faults: [] });
    const content = bench.openRestored(database, ports);
    const again = await createBackup(bench.directory, bench.backupPorts(content));
    expect(contentsOf(again.manifest)).toEqual(contentsOf(manifest));
    expect(again.manifest.sequences).toEqual(manifest.sequences);
    expect(manifest.tables.find(({ name }) => name === 'audit_log')?.lines).toBe(500);
    const fresh = await bench.createDatabase();
    expect(await listDefinitions(database)).toEqual(await listDefinitions(fresh));
    await pushTagged('v2', content);
    expect(Object.keys(await tagsOf(content.db, place.repository))).toEqual(['v1', 'v2']);
  });

  it('has all that was acknowledged before it began, beside pushes that go on', async () => {
    const acknowledged: (Pushed & { blobs: readonly Pushed[]; tag: string })[] = [];
    const stop = new AbortController();
    const pushers = Array.from({ length: 4 }, async (_, worker) => {
      for (let turn = 0; !stop.signal.aborted; turn += 1) {
        const tag = `t${worker}-${turn}`;
        acknowledged.push({ ...(await pushTagged(tag)), tag });
      }
    });
    while (acknowledged.length < 20) await Promise.race(pushers.map((p) => raceTick(p)));
    const before = [...acknowledged];
    const { manifest } = await backUp();
    expect(acknowledged.length).toBeGreaterThan(before.length);
    stop.abort();
    await Promise.all(pushers);

    const { content } = await restoreNewest();
    const tags = await tagsOf(content.db, place.repository);
    for (const { tag, digest, blobs } of before) {
      expect(tags[tag]).toBe(digest);
      for (const blob of blobs) expect(await readBlob(content.store, blob)).toBe(blob.digest);
    }
    // Whatever else came in is whole as well.
    expect(manifest.faults.count).toBe(0);
    expect(manifest.blobs.lines).toBeGreaterThanOrEqual(before.length * 2);
  });

  it('comes back at its own schema, and is brought forward from there', async () => {
    const known = await listMigrations(MIGRATIONS);
    const old = await bench.createDatabase({ empty: true });
    await migrateTo({ connection: old.connection }, known.length - 1);
    const source = bench.openRestored(old, await bench.restorePorts(old));
    await createTestProject(source, 'old');
    const { set, manifest } = await createBackup(bench.directory, bench.backupPorts(source));
    expect(manifest.migrations.length).toBe(known.length - 1);
    const { content, database } = await restoreNewest();
    const names = await content.db.selectFrom('project').select('name').execute();
    expect(names).toEqual([{ name: 'old' }]);
    const fresh = await bench.createDatabase();
    expect(await listDefinitions(database)).toEqual(await listDefinitions(fresh));
    expect(set.name).toMatch(/^\d{8}T/);
  });
});

/** Lets others run. */
function raceTick(work: Promise<void>): Promise<void> {
  return Promise.race([work, new Promise<void>((resolve) => setImmediate(resolve))]);
}

describe('a backup', { timeout: 60_000 }, () => {
  it('copies only what the one before lacks', async () => {
    await pushTagged('v1');
    expect((await backUp()).transfer).toMatchObject({ copied: 2, present: 0 });
    await pushTagged('v2');
    expect((await backUp()).transfer).toMatchObject({ copied: 2, present: 2 });
    expect(await bench.directory.listSets()).toHaveLength(2);
  });

  it('holds garbage collection while it copies, and lets go of it', async () => {
    await pushTagged('v1');
    const canCollect = () => registry.db.transaction().execute((tx) => takeGcLock(tx, 'shared'));
    const seen: boolean[] = [];
    const store: BlobStore = Object.create(registry.store, {
      open: {
        value: async (digest: Pushed['digest']) => {
          seen.push(await canCollect());
          return registry.store.open(digest);
        },
      },
    });
    await createBackup(bench.directory, {
      ...bench.backupPorts(registry),
      store: bound(registry.store, store),
    });
    expect(seen).toEqual([false, false]);
    expect(await canCollect()).toBe(true);
  });

  it('that is stopped leaves those before as they were', async () => {
    await pushTagged('v1');
    await backUp();
    await pushTagged('v2');
    for (const step of ['table', 'blobs'] as const) {
      const stop = new AbortController();
      const stopped = backUp({
        signal: stop.signal,
        onProgress: (progress) => {
          if (progress.step === step) stop.abort(new Error('stopped'));
        },
      });
      await expect(stopped).rejects.toThrow(/stopped|abort|terminated/i);
    }
    expect(await readdir(join(bench.directory.path, 'sets'))).toHaveLength(1);
    expect(await verifyNewest()).toEqual([]);
    expect((await backUp()).transfer.faults).toEqual([]);
  });

  it('names what the registry itself has lost and has the rest', async () => {
    const { blobs } = await pushTagged('v1');
    await registry.store.delete(blobs[0].digest);
    const { manifest } = await backUp();
    expect(manifest.faults).toEqual({
      count: 1,
      first: [{ digest: blobs[0].digest, reason: 'missing' }],
    });
    expect(await verifyNewest()).toEqual([`blob ${blobs[0].digest}: missing`]);
    const { content } = await restoreNewest();
    expect(await readBlob(content.store, blobs[1])).toBe(blobs[1].digest);
  });

  it('is refused beside another one, and without a registry', async () => {
    const lock = await bench.directory.lock();
    await expect(backUp()).rejects.toThrow('another backup is at work');
    lock[Symbol.dispose]();
    const empty = await bench.createDatabase({ empty: true });
    const ports = bench.backupPorts(bench.openRestored(empty, await bench.restorePorts(empty)));
    await expect(createBackup(bench.directory, ports)).rejects.toThrow('there is no registry');
    expect(await bench.directory.listSets()).toEqual([]);
  });
});

/** Methods of a class with private fields need their own `this`. */
function bound(inner: BlobStore, outer: BlobStore): BlobStore {
  return { ...outer, open: outer.open, stat: (digest) => inner.stat(digest) };
}

describe('a damaged backup', { timeout: 60_000 }, () => {
  it('is told by verify, and a restore of it leaves no row', async () => {
    const { blobs } = await pushTagged('v1');
    const { set, manifest } = await backUp();
    expect(await verifyNewest()).toEqual([]);

    await damage(poolPath(blobs[0]));
    expect(await verifyNewest(true)).toEqual([]);
    expect(await verifyNewest()).toEqual([`blob ${blobs[0].digest}: damaged`]);
    await expect(restoreNewest()).rejects.toThrow(/1 blobs of the backup .* \(damaged\)/);
    await damage(poolPath(blobs[0]));

    await damage(join(set.path, 'app_user.copy.zst'));
    expect(await verifyNewest(true)).toEqual([expect.stringContaining('app_user.copy.zst')]);
    const database = await bench.createDatabase({ empty: true });
    const ports = await bench.restorePorts(database);
    const restoring = restoreBackup(bench.directory, { set, manifest }, ports);
    await expect(restoring).rejects.toThrow(BackupDamagedError);
    const { db } = bench.openRestored(database, ports);
    expect(await db.selectFrom('artifact').select('id').execute()).toEqual([]);
    await damage(join(set.path, 'app_user.copy.zst'));

    // What one restore began another one can end.
    await restoreBackup(bench.directory, { set, manifest }, ports);
    expect(await db.selectFrom('artifact').select('id').execute()).toHaveLength(1);
  });

  it('with a changed manifest is none', async () => {
    const { set } = await backUp();
    const path = join(set.path, 'manifest.json');
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace('"isCalled": true', '"isCalled": false'));
    await expect(verifyNewest()).rejects.toThrow('manifest.json is damaged');
    await writeFile(path, text.replace('"format": 1', '"format": 2'));
    await expect(verifyNewest()).rejects.toThrow('use a newer one');
    await writeFile(path, text);
    expect(await verifyNewest()).toEqual([]);
  });
});

describe('a restore', { timeout: 60_000 }, () => {
  it('refuses a database that has a registry in it', async () => {
    const { set, manifest } = await backUp();
    const used = await bench.openRegistry();
    await createTestProject(used, 'mine');
    const ports = { ...(await bench.restorePorts(await bench.createDatabase())) };
    const restoring = restoreBackup(
      bench.directory,
      { set, manifest },
      { ...ports, connect: bench.backupPorts(used).connect },
    );
    await expect(restoring).rejects.toThrow('restore into an empty database');
  });

  it('refuses what a newer or another Berth has made', async () => {
    const { manifest } = await backUp();
    const known = await listMigrations(MIGRATIONS);
    expect(() => ensureKnownSchema(manifest, known)).not.toThrow();
    expect(() => ensureKnownSchema(manifest, known.slice(0, -1))).toThrow('made by a newer one');
    const other = known.map((migration) => ({ ...migration, checksum: '0'.repeat(64) }));
    expect(() => ensureKnownSchema(manifest, other)).toThrow('is another one in the backup');
  });
});

describe('pruning', { timeout: 60_000 }, () => {
  it('keeps the newest and all that they need', async () => {
    const first = await pushTagged('v1');
    const { set } = await backUp();
    await registry.db.deleteFrom('tag').execute();
    await sql`TRUNCATE artifact, artifact_blob, repository_blob, blob CASCADE`.execute(registry.db);
    const second = await pushTagged('v2');
    await backUp();
    const pruned = await pruneBackups(bench.directory, 1);
    expect(pruned).toMatchObject({ removed: [{ name: set.name }], blobs: 2, bytes: 40_000 });
    expect(await verifyNewest()).toEqual([]);
    const pool = await bench.directory.openPool();
    expect(await pool.stat(first.blobs[0].digest)).toBeUndefined();
    expect(await pool.stat(second.blobs[0].digest)).toBeDefined();
  });

  it('removes nothing when one that stays cannot be read', async () => {
    await pushTagged('v1');
    await backUp();
    const { set } = await backUp();
    await damage(join(set.path, 'blobs.tsv.zst'));
    await expect(pruneBackups(bench.directory, 1)).rejects.toThrow(BackupDamagedError);
    expect(await bench.directory.listSets()).toHaveLength(2);
  });
});
