import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { type Digest, digestOf } from '@berth/oci';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Content, chunkOf, createTestProject, openContent } from '../../test/content.ts';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { type BlobStore, createFilesystemBlobStore } from '../blobstore/index.ts';

let database: TestDatabase;
let directory = '';
let store: BlobStore;
let content: Content;
let target = { repository: 'team/app', projectId: 0 };
const ann = 'user:7';
/** What the store writes at a time. */
const BATCH_BYTES = 512 * 1024;

beforeAll(async () => {
  database = await createTestDatabase();
  directory = await mkdtemp(join(tmpdir(), 'berth-uploads-'));
  store = await createFilesystemBlobStore({ root: directory });
  content = openContent(database, store);
  target = { ...target, projectId: await createTestProject(content, 'team') };
});
afterAll(async () => {
  await content.close();
  await database.drop();
  await rm(directory, { recursive: true });
});

let key = { ...target, principal: ann, id: '' };
beforeEach(async () => {
  const id = await content.uploads.start(target, ann, 'sha256');
  key = { ...target, principal: ann, id };
});

async function stored(bytes: Buffer): Promise<boolean> {
  const blob = await content.blobs.find(target.repository, digestOf(bytes));
  return blob?.content?.equals(bytes) ?? false;
}

/** A body that is sent piece by piece. */
function openBody(): Readable {
  const body = new Readable({ read: () => undefined });
  // As with a request: nobody needs to listen.
  return body.on('error', () => undefined);
}

describe('an upload', () => {
  it('grows chunk by chunk and becomes a blob', async () => {
    const bytes = randomBytes(300);
    expect(await content.uploads.getOffset(key)).toBe(0);
    expect(await content.uploads.append(key, chunkOf(bytes.subarray(0, 100), 0))).toBe(100);
    expect(await content.uploads.append(key, chunkOf(bytes.subarray(100, 200)))).toBe(200);
    expect(await content.uploads.getOffset(key)).toBe(200);
    await content.uploads.finish(key, digestOf(bytes), chunkOf(bytes.subarray(200), 200));
    expect(await stored(bytes)).toBe(true);
    await expect(content.uploads.getOffset(key)).rejects.toMatchObject({
      code: 'BLOB_UPLOAD_UNKNOWN',
    });
  });

  it('of no bytes becomes the empty blob', async () => {
    await content.uploads.finish(key, digestOf(Buffer.alloc(0)), undefined);
    expect(await stored(Buffer.alloc(0))).toBe(true);
  });

  it('may be checked with another algorithm than it was started with', async () => {
    const bytes = randomBytes(50);
    await content.uploads.append(key, chunkOf(bytes));
    const digest = digestOf(bytes, 'sha512');
    await content.uploads.finish(key, digest, undefined);
    expect((await content.blobs.find(target.repository, digest))?.size).toBe(50);
  });

  it.each([0, 99, 101, 1000])('refuses a chunk that starts at %i instead of 100', async (start) => {
    const bytes = randomBytes(100);
    await content.uploads.append(key, chunkOf(bytes));
    for (const work of [
      () => content.uploads.append(key, chunkOf('x', start)),
      () => content.uploads.finish(key, digestOf(bytes), chunkOf('x', start)),
    ]) {
      await expect(work()).rejects.toMatchObject({ code: 'RANGE_INVALID' });
    }
    expect(await content.uploads.getOffset(key)).toBe(100);
    await content.uploads.finish(key, digestOf(bytes), undefined);
    expect(await stored(bytes)).toBe(true);
  });

  it('ends with a wrong digest, and leaves nothing', async () => {
    await content.uploads.append(key, chunkOf('right'));
    const finishing = content.uploads.finish(key, digestOf(Buffer.from('wrong')), undefined);
    await expect(finishing).rejects.toMatchObject({ code: 'DIGEST_INVALID' });
    await expect(content.uploads.getOffset(key)).rejects.toMatchObject({
      code: 'BLOB_UPLOAD_UNKNOWN',
    });
    expect(await stagedIds()).not.toContain(key.id);
    expect(await store.stat(digestOf(Buffer.from('right')))).toBeUndefined();
  });

  it('is unknown to everyone but its principal, in its repository', async () => {
    await content.uploads.append(key, chunkOf('mine'));
    await content.uploads.start({ ...target, repository: 'team/other' }, ann, 'sha256');
    for (const foreign of [
      { ...key, principal: 'user:8' },
      { ...key, principal: 'anonymous' },
      { ...key, principal: 'user:70' },
      { ...key, repository: 'team/other' },
      { ...key, repository: 'team/none' },
      { ...key, id: randomUUID() },
    ]) {
      const digest = digestOf(Buffer.from('mine'));
      for (const work of [
        () => content.uploads.getOffset(foreign),
        () => content.uploads.append(foreign, chunkOf('x')),
        () => content.uploads.finish(foreign, digest, undefined),
        () => content.uploads.cancel(foreign),
      ]) {
        await expect(work()).rejects.toMatchObject({ code: 'BLOB_UPLOAD_UNKNOWN' });
      }
    }
    expect(await content.uploads.getOffset(key)).toBe(4);
  });

  it('that is cancelled is gone with its bytes', async () => {
    await content.uploads.append(key, chunkOf('x'));
    expect(await stagedIds()).toContain(key.id);
    await content.uploads.cancel(key);
    expect(await stagedIds()).not.toContain(key.id);
    await expect(content.uploads.cancel(key)).rejects.toMatchObject({
      code: 'BLOB_UPLOAD_UNKNOWN',
    });
  });
});

describe('a body that is cut', () => {
  it('leaves what came, and the client goes on from there', async () => {
    const bytes = randomBytes(300_000);
    const body = openBody();
    const appending = content.uploads.append(key, chunkOf(body));
    body.push(bytes.subarray(0, 200_000));
    body.destroy(new Error('cut'));
    await expect(appending).rejects.toMatchObject({ kind: 'interrupted' });
    const offset = await content.uploads.getOffset(key);
    expect(offset).toBeLessThanOrEqual(200_000);
    await content.uploads.append(key, chunkOf(bytes.subarray(offset), offset));
    await content.uploads.finish(key, digestOf(bytes), undefined);
    expect((await store.stat(digestOf(bytes)))?.size).toBe(300_000);
  });

  it('of a whole push leaves nothing', async () => {
    const before = await stagedIds();
    const body = openBody();
    const pushing = content.uploads.pushWhole(target, digestOf(Buffer.from('x')), chunkOf(body));
    body.push('x');
    body.destroy(new Error('cut'));
    await expect(pushing).rejects.toMatchObject({ kind: 'interrupted' });
    expect(await stagedIds()).toEqual(before);
  });
});

describe('requests for one upload at once', () => {
  it('never mix their bytes', async () => {
    const parts = ['a', 'b', 'c', 'd', 'e'].map((letter) => letter.repeat(70_000));
    const offsets = await Promise.all(
      parts.map((part) => content.uploads.append(key, chunkOf(Readable.from(halves(part))))),
    );
    expect(offsets.toSorted((a, b) => a - b)).toEqual(
      parts.map((_, index) => (index + 1) * 70_000),
    );
    const order = parts.toSorted(
      (a, b) => (offsets[parts.indexOf(a)] ?? 0) - (offsets[parts.indexOf(b)] ?? 0),
    );
    await content.uploads.finish(key, digestOf(Buffer.from(order.join(''))), undefined);
  });

  it('that start at the same byte are granted once', async () => {
    const outcomes = await Promise.allSettled(
      [1, 2, 3].map(() => content.uploads.append(key, chunkOf('x'.repeat(10), 0))),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await content.uploads.getOffset(key)).toBe(10);
  });

  it('and an offset asked meanwhile is that of after', async () => {
    const body = openBody();
    const appending = content.uploads.append(key, chunkOf(body));
    const asking = content.uploads.getOffset(key);
    body.push('12345');
    body.push(null);
    expect(await asking).toBe(5);
    expect(await appending).toBe(5);
  });
});

describe('another process', () => {
  let second: Content;
  beforeEach(() => {
    second = openContent(database, store);
    return () => second.close();
  });

  it('goes on with the upload of one that died, hashing again what is there', async () => {
    const bytes = randomBytes(5000);
    await content.uploads.append(key, chunkOf(bytes.subarray(0, 3000)));
    expect(await second.uploads.getOffset(key)).toBe(3000);
    await second.uploads.append(key, chunkOf(bytes.subarray(3000), 3000));
    await second.uploads.finish(key, digestOf(bytes), undefined);
    expect(await stored(bytes)).toBe(true);
  });

  it('finishes it with other bytes than were acknowledged to the first only as what they are', async () => {
    await content.uploads.append(key, chunkOf('one'));
    await second.uploads.append(key, chunkOf('two'));
    const digest = digestOf(Buffer.from('onetwo'));
    await content.uploads.finish(key, digest, undefined);
    expect((await content.blobs.find(target.repository, digest))?.content?.toString()).toBe(
      'onetwo',
    );
  });

  it('ignores bytes that were written but never acknowledged', async () => {
    const bytes = randomBytes(100);
    await content.uploads.append(key, chunkOf(bytes.subarray(0, 50)));
    // What a crash between the fsync and the COMMIT leaves.
    await store.append(key.id, 50, Readable.from([Buffer.from('never acknowledged')]));
    expect(await second.uploads.getOffset(key)).toBe(50);
    await second.uploads.append(key, chunkOf(bytes.subarray(50), 50));
    await second.uploads.finish(key, digestOf(bytes), undefined);
    expect(await stored(bytes)).toBe(true);
  });

  it.each([0, 6])(
    'makes no blob of unacknowledged bytes behind %i acknowledged ones',
    async (acknowledged) => {
      const known = Buffer.from(`known${key.id}`).subarray(0, acknowledged);
      if (acknowledged > 0) await content.uploads.append(key, chunkOf(known));
      await store.append(key.id, acknowledged, Readable.from([Buffer.from('more')]));
      const digest = digestOf(known);
      // Taken for what was acknowledged, or refused: anything but other bytes under this digest.
      await second.uploads.finish(key, digest, undefined).catch(() => undefined);
      const size = (await store.stat(digest))?.size ?? acknowledged;
      await store.delete(digest);
      expect(size).toBe(acknowledged);
    },
  );

  it('that takes other bytes at the same time makes no blob of wrong ones', async () => {
    const [ours, theirs] = [randomBytes(BATCH_BYTES), randomBytes(BATCH_BYTES)];
    const body = openBody();
    const appending = content.uploads.append(key, chunkOf(body));
    body.push(ours);
    await vi.waitFor(async () => {
      expect((await buffer(store.readStaged(key.id))).equals(ours)).toBe(true);
    });
    // Answered by the other replica while the first still waits for the end of its body.
    await second.uploads.append(key, chunkOf(theirs));
    body.push(null);
    await appending.catch(() => undefined);
    const digest = digestOf(ours);
    await content.uploads.finish(key, digest, undefined).catch(() => undefined);
    expect(await bytesOf(digest)).toBeOneOf([undefined, digest]);
  });
});

describe('the sweep', () => {
  const future = () => new Date(Date.now() + 60_000);

  it('ends idle uploads and drops what belongs to none', async () => {
    await content.uploads.append(key, chunkOf('x'));
    const orphan = randomUUID();
    await store.append(orphan, 0, Readable.from([Buffer.from('x')]));
    expect(await content.uploads.sweep(future())).toBeGreaterThanOrEqual(2);
    expect(await stagedIds()).toEqual([]);
    await expect(content.uploads.getOffset(key)).rejects.toMatchObject({
      code: 'BLOB_UPLOAD_UNKNOWN',
    });
  });

  it('leaves what was touched since', async () => {
    await content.uploads.append(key, chunkOf('x'));
    expect(await content.uploads.sweep(new Date(Date.now() - 60_000))).toBe(0);
    expect(await content.uploads.getOffset(key)).toBe(1);
    expect(await stagedIds()).toContain(key.id);
  });

  it('leaves blobs alone', async () => {
    const bytes = randomBytes(10);
    await content.uploads.finish(key, digestOf(bytes), chunkOf(bytes));
    await content.uploads.sweep(future());
    expect(await store.stat(digestOf(bytes))).toEqual({ size: 10 });
  });
});

/** The digest that the bytes stored under one really have; undefined when there are none. */
async function bytesOf(digest: Digest): Promise<Digest | undefined> {
  if ((await store.stat(digest)) === undefined) return undefined;
  const sink = new PassThrough();
  const collecting = buffer(sink);
  await using reader = await store.open(digest);
  await reader.copyTo(sink);
  sink.end();
  return digestOf(await collecting);
}

async function stagedIds(): Promise<string[]> {
  const ids: string[] = [];
  for await (const { uploadId } of store.listStaged()) ids.push(uploadId);
  return ids.toSorted();
}

function halves(text: string): Buffer[] {
  const middle = Math.floor(text.length / 2);
  return [Buffer.from(text.slice(0, middle)), Buffer.from(text.slice(middle))];
}
