import { randomBytes } from 'node:crypto';
import { createServer, IncomingMessage, request, type Server } from 'node:http';
import { Socket } from 'node:net';
import { PassThrough, Readable } from 'node:stream';
import { digestOf } from '@berth/oci';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Content, chunkOf, createTestProject, openContent } from '../../test/content.ts';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import {
  type BlobUploadsService,
  createBlobUploadRepository,
  createBlobUploadsService,
  createRepositoryDirectory,
  createRepositoryRepository,
} from '../artifacts/index.ts';
import { createMemoryBlobStore } from '../blobstore/index.ts';
import { createQuotaCheckRepository } from './quota-check.repository.ts';
import { createQuotaGate, type QuotaGate } from './quota-gate.ts';
import { createQuotaUsageRepository, type QuotaUsage } from './quota-usage.repository.ts';
import { createUploadQuota } from './upload-quota.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const PIECE = 64 * KIB;
const store = createMemoryBlobStore();
const refused = { kind: 'refused', message: expect.stringContaining('Quota exceeded') };

let database: TestDatabase;
let content: Content;
let uploads: BlobUploadsService;
let gate: QuotaGate;
let now = 0;
let names = 0;
let target = { repository: '', projectId: 0 };
let key = { ...target, principal: 'user:7', id: '' };

beforeAll(async () => {
  database = await createTestDatabase();
  content = openContent(database, store);
});
afterAll(async () => {
  await content.close();
  await database.drop();
});

beforeEach(async () => {
  const { db } = content;
  names += 1;
  target = {
    repository: `p${names}/app`,
    projectId: await createTestProject(content, `p${names}`),
  };
  await db.insertInto('quota').values({ project_id: target.projectId }).execute();
  gate = createQuotaGate({
    rows: createQuotaUsageRepository(db),
    settings: () => ({ enforced: true }),
    publish: () => undefined,
  });
  uploads = createBlobUploadsService({
    store,
    blobs: content.blobRows,
    uploads: createBlobUploadRepository(db),
    repositories: createRepositoryDirectory(createRepositoryRepository(db)),
    invalidation: { ...noInvalidation },
    quota: createUploadQuota(gate, () => now),
  });
});

const nothing = () => Promise.resolve();
const noInvalidation = {
  manifests: nothing,
  blob: nothing,
  repository: nothing,
  project: nothing,
  user: nothing,
  robot: nothing,
  configuration: nothing,
};

async function limit(bytes: number): Promise<void> {
  await content.db
    .updateTable('quota')
    .set({ hard_storage: bytes })
    .where('project_id', '=', target.projectId)
    .execute();
  gate.forget();
}

async function start(): Promise<void> {
  key = {
    ...target,
    principal: key.principal,
    id: await uploads.start(target, key.principal, 'sha256'),
  };
}

function usage(): Promise<QuotaUsage> {
  return createQuotaUsageRepository(content.db).usage(target.projectId);
}

async function reserved(): Promise<number> {
  const rows = await content.db
    .selectFrom('quota_reservation')
    .select('bytes')
    .where('project_id', '=', target.projectId)
    .execute();
  return rows.reduce((sum, { bytes }) => sum + bytes, 0);
}

async function isGone(): Promise<boolean> {
  await expect(uploads.getOffset(key)).rejects.toMatchObject({ code: 'BLOB_UPLOAD_UNKNOWN' });
  return (await store.statStaged(key.id)) === undefined && (await reserved()) === 0;
}

/** Whose length is told. */
function sized(bytes: Buffer, start?: number) {
  return { ...chunkOf(bytes, start), length: bytes.length };
}

/** Whose length is not; `taken` counts the bytes that were read. */
function streamed(pieces: number) {
  const counter = { taken: 0 };
  const source = Readable.from(
    (function* () {
      for (let index = 0; index < pieces; index += 1) {
        counter.taken += PIECE;
        yield Buffer.alloc(PIECE, index);
      }
    })(),
    { highWaterMark: 1 },
  );
  return { chunk: chunkOf(source), counter };
}

describe('a push whose length is told', () => {
  it.each([100, 20 * KIB])('of %i bytes fits to the last byte', async (size) => {
    await limit(size);
    const bytes = randomBytes(size);
    const digest = digestOf(bytes);
    await uploads.pushWhole(target, digest, sized(bytes));
    expect(await usage()).toEqual({ hard: size, used: size });
    expect((await content.blobRows.find(target.repository, digest))?.size).toBe(size);
    expect(await reserved()).toBe(0);
  });

  it.each([100, 20 * KIB])('of %i bytes is refused before a byte is read', async (size) => {
    await limit(size - 1);
    let isWanted = false;
    const bytes = randomBytes(size);
    const chunk = { ...sized(bytes), accept: () => void (isWanted = true) };
    await expect(uploads.pushWhole(target, digestOf(bytes), chunk)).rejects.toMatchObject(refused);
    expect(isWanted).toBe(false);
    await start();
    const finishing = uploads.finish(key, digestOf(bytes), { ...sized(bytes) });
    await expect(finishing).rejects.toMatchObject(refused);
    expect(await isGone()).toBe(true);
    expect((await usage()).used).toBe(0);
  });

  it('costs nothing when the project has the blob', async () => {
    const bytes = randomBytes(20 * KIB);
    await limit(bytes.length);
    await uploads.pushWhole(target, digestOf(bytes), sized(bytes));
    await limit(bytes.length + 1);
    const other = { ...target, repository: `${target.repository}/other` };
    await uploads.pushWhole(other, digestOf(bytes), sized(bytes));
    expect((await usage()).used).toBe(bytes.length);
  });

  it('of more than the known blob has is not let through under its name', async () => {
    const bytes = randomBytes(20 * KIB);
    await limit(30 * KIB);
    await uploads.pushWhole(target, digestOf(bytes), sized(bytes));
    const { chunk, counter } = streamed(16);
    await expect(uploads.pushWhole(target, digestOf(bytes), chunk)).rejects.toMatchObject(refused);
    expect(counter.taken).toBeLessThanOrEqual(3 * PIECE);
  });

  it('keeps its room when it ends with a wrong digest, for nobody', async () => {
    await limit(MIB);
    const wrong = digestOf(Buffer.from('wrong'));
    const bytes = randomBytes(20 * KIB);
    await expect(uploads.pushWhole(target, wrong, sized(bytes))).rejects.toMatchObject({
      code: 'DIGEST_INVALID',
    });
    expect(await reserved()).toBe(0);
    await start();
    await uploads.append(key, sized(bytes));
    expect(await reserved()).toBe(bytes.length);
    await expect(uploads.finish(key, wrong, undefined)).rejects.toMatchObject({
      code: 'DIGEST_INVALID',
    });
    expect(await isGone()).toBe(true);
  });
});

describe('an upload in chunks', () => {
  it('counts what is staged, whatever the last request brings', async () => {
    await limit(MIB);
    await start();
    const bytes = randomBytes(MIB + 1);
    await uploads.append(key, sized(bytes.subarray(0, MIB)));
    const finishing = uploads.finish(key, digestOf(bytes), sized(bytes.subarray(MIB), MIB));
    await expect(finishing).rejects.toMatchObject(refused);
    expect(await isGone()).toBe(true);
    expect((await usage()).used).toBe(0);
  });

  it('has its room reserved until it is over', async () => {
    await limit(MIB);
    await start();
    const bytes = randomBytes(MIB);
    await uploads.append(key, sized(bytes));
    await expect(
      uploads.pushWhole(target, digestOf(Buffer.from('x')), sized(Buffer.from('x'))),
    ).rejects.toMatchObject(refused);
    await uploads.finish(key, digestOf(bytes), undefined);
    expect(await reserved()).toBe(0);
    expect((await usage()).used).toBe(MIB);
  });

  it('that is cancelled gives its room back', async () => {
    await limit(MIB);
    await start();
    await uploads.append(key, sized(randomBytes(KIB)));
    expect(await reserved()).toBe(KIB);
    await uploads.cancel(key);
    expect(await isGone()).toBe(true);
  });

  it('that was cut keeps room for what came, and goes on', async () => {
    await limit(MIB);
    await start();
    const body = new PassThrough();
    const appending = uploads.append(key, { ...chunkOf(body), length: MIB });
    body.write(randomBytes(KIB));
    await vi.waitFor(async () => expect(await reserved()).toBe(MIB));
    body.destroy(new Error('cut'));
    await expect(appending).rejects.toMatchObject({ kind: 'interrupted' });
    expect(await reserved()).toBe(await uploads.getOffset(key));
    await uploads.append(key, sized(randomBytes(KIB)));
  });

  it('reserves again when it is resumed after its reservation ran out', async () => {
    await limit(MIB);
    await start();
    const bytes = randomBytes(MIB);
    await uploads.append(key, sized(bytes));
    await content.db.deleteFrom('quota_reservation').execute();
    await uploads.pushWhole(target, digestOf(Buffer.from('x')), sized(Buffer.from('x')));
    const finishing = uploads.finish(key, digestOf(bytes), undefined);
    await expect(finishing).rejects.toMatchObject(refused);
    expect(await isGone()).toBe(true);
    expect((await usage()).used).toBe(1);
  });

  it('renews its reservation while bytes flow', async () => {
    await limit(MIB);
    await start();
    const body = new PassThrough();
    const appending = uploads.append(key, { ...chunkOf(body), length: 2 * KIB });
    body.write(randomBytes(KIB));
    await vi.waitFor(async () => expect(await reserved()).toBe(2 * KIB));
    await content.db.deleteFrom('quota_reservation').execute();
    now += 31_000;
    body.end(randomBytes(KIB));
    expect(await appending).toBe(2 * KIB);
    expect(await reserved()).toBe(2 * KIB);
  });
});

describe('a push whose length is not told', () => {
  it('is taken as far as the limit, and what does not fit is not stored', async () => {
    await limit(10 * PIECE + 1);
    await start();
    const { chunk, counter } = streamed(1000);
    await expect(uploads.append(key, chunk)).rejects.toMatchObject(refused);
    // One that did not fit, and what streams read ahead.
    expect(counter.taken).toBeLessThanOrEqual(13 * PIECE);
    expect(await isGone()).toBe(true);
    expect(chunk.source.destroyed).toBe(false);
  });

  it('that fits exactly is taken, and reserves no more than it has', async () => {
    await limit(10 * PIECE);
    await start();
    expect(await uploads.append(key, streamed(10).chunk)).toBe(10 * PIECE);
    expect(await reserved()).toBe(10 * PIECE);
  });

  it('asks only now and then when there is much room', async () => {
    await limit(2 ** 40);
    await start();
    const extend = vi.spyOn(gate, 'extend');
    await uploads.append(key, streamed(160).chunk);
    expect(extend.mock.calls.length).toBeLessThanOrEqual(5);
    expect(await reserved()).toBe(160 * PIECE);
  });
});

describe('an upload into a full project', () => {
  it('is not started', async () => {
    await limit(100);
    await uploads.pushWhole(target, digestOf(Buffer.alloc(100)), sized(Buffer.alloc(100)));
    await expect(start()).rejects.toMatchObject(refused);
    await limit(101);
    await start();
  });
});

describe('64 pushes at once', () => {
  it.each([
    ['told', (bytes: Buffer) => sized(bytes)],
    ['not told', (bytes: Buffer) => chunkOf(bytes)],
  ])('of lengths %s never exceed the limit, and use what they brought', async (_how, chunk) => {
    await limit(20 * 20 * KIB + 5);
    const shared = randomBytes(20 * KIB);
    const blobs = Array.from({ length: 64 }, (_, index) =>
      index % 8 === 0 ? shared : randomBytes(20 * KIB),
    );
    const outcomes = await Promise.allSettled(
      blobs.map(async (bytes, index) => {
        const repository = `${target.repository}/${index % 3}`;
        await uploads.pushWhole({ ...target, repository }, digestOf(bytes), chunk(bytes));
        return digestOf(bytes);
      }),
    );
    const stored = new Set<string>();
    for (const outcome of outcomes) {
      if (outcome.status === 'fulfilled') stored.add(outcome.value);
      else expect(outcome.reason).toMatchObject(refused);
    }
    const { hard, used } = await usage();
    expect(used).toBe(stored.size * 20 * KIB);
    expect(used).toBeLessThanOrEqual(hard);
    expect(stored.size).toBeGreaterThan(0);
    expect(await reserved()).toBe(0);
    const check = createQuotaCheckRepository(content.db);
    expect(await check.listMismatches(target.projectId)).toEqual([]);
    // What was refused fits as far as there is room, once the others are done.
    for (const bytes of blobs) {
      await uploads.pushWhole(target, digestOf(bytes), chunk(bytes)).catch(() => undefined);
    }
    expect((await usage()).used).toBe(20 * 20 * KIB);
  });
});

describe('a request of unknown length', () => {
  const whole = digestOf(Buffer.from('never'));
  let server: Server | undefined;
  let came: Promise<unknown>;
  afterEach(() => void server?.close());

  /** Sends bytes to an upload over HTTP; the body goes on when `isCut` is false. */
  async function send(bytes: Buffer, isCut: boolean) {
    const outcome = Promise.withResolvers<unknown>();
    came = outcome.promise;
    server = createServer((incoming, response) => {
      const pushing = uploads.pushWhole(target, whole, chunkOf(incoming));
      pushing.catch((error: unknown) => {
        outcome.resolve(error);
        response.writeHead(403).end();
        incoming.resume();
      });
    });
    const { port } = await listen(server);
    const sending = request({ port, method: 'POST', host: '127.0.0.1' });
    const answer = new Promise<IncomingMessage>((resolve, reject) => {
      sending.on('response', resolve).on('error', reject);
    });
    sending.write(bytes, () => {
      if (isCut) sending.destroy();
    });
    return { sending, answer };
  }

  it('that is refused is answered, and the rest of its body can be drained', async () => {
    await limit(100 * KIB);
    const { sending, answer } = await send(randomBytes(MIB), false);
    expect((await answer).statusCode).toBe(403);
    expect(await came).toMatchObject(refused);
    await new Promise<void>((resolve) => {
      sending.end(randomBytes(MIB), resolve);
    });
    expect(await reserved()).toBe(0);
  });

  it('that is cut leaves no room taken', async () => {
    await limit(100 * KIB);
    const { answer } = await send(randomBytes(50 * KIB), true);
    await expect(answer).rejects.toThrow('socket hang up');
    expect(await came).toMatchObject({ kind: 'interrupted' });
    expect(await reserved()).toBe(0);
  });
});

it('the body of a request that Node cut without a word is not taken for whole', async () => {
  await limit(100 * KIB);
  const bytes = randomBytes(KIB);
  const incoming = new IncomingMessage(new Socket());
  incoming.push(bytes);
  incoming.push(null);
  const pushing = uploads.pushWhole(target, digestOf(bytes), chunkOf(incoming));
  await expect(pushing).rejects.toMatchObject({ kind: 'interrupted' });
});

function listen(server: Server): Promise<{ port: number }> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve({ port: address !== null && typeof address === 'object' ? address.port : 0 });
    });
  });
}
