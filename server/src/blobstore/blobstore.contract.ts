import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { PassThrough, Readable, Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { type Digest, digestOf, parseDigest } from '@berth/oci';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BlobStoreError } from './blobstore.errors.ts';
import type { BlobStore, ByteRange } from './blobstore.ts';

export interface BlobStoreFixture {
  readonly store: BlobStore;
  readonly cleanup: () => Promise<void>;
}

/** A source of the given chunks. */
export function sourceOf(...chunks: Buffer[]): Readable {
  return Readable.from(chunks);
}

/** A source that yields the chunks and then fails. */
export function brokenSource(...chunks: Buffer[]): Readable {
  async function* generate(): AsyncGenerator<Buffer> {
    yield* chunks;
    throw new Error('connection reset');
  }
  return Readable.from(generate());
}

/** What the promise rejects with, or undefined when it resolves. */
export function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
}

/** What the promise rejects with; fails the test when that is no BlobStoreError. */
export async function rejectionOf(promise: Promise<unknown>): Promise<BlobStoreError> {
  const error = await rejection(promise);
  if (!(error instanceof BlobStoreError)) {
    throw new TypeError(`expected a BlobStoreError, got ${String(error)}`, { cause: error });
  }
  return error;
}

/** Pushes bytes as one upload. */
export async function put(
  store: BlobStore,
  bytes: Buffer,
  digest: Digest = digestOf(bytes),
): Promise<Digest> {
  const uploadId = randomUUID();
  await store.append(uploadId, 0, sourceOf(bytes), { willCommit: true });
  await store.commit(uploadId, digest);
  return digest;
}

/** Reads a blob, or a range of it, through a sink that keeps no chunk beyond its callback. */
export async function readBlob(
  store: BlobStore,
  digest: Digest,
  range?: ByteRange,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  await using reader = await store.open(digest);
  await reader.copyTo(sink, range);
  return Buffer.concat(chunks);
}

/** All that an iterable yields. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

/** Resolves with the loopback port once the server listens. */
export async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}

async function serveBlob(
  store: BlobStore,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  await using reader = await store.open(parseDigest((request.url ?? '').slice(1)));
  response.setHeader('content-length', reader.size);
  await reader.copyTo(response);
  response.end();
}

function closeOf(stream: Readable): Promise<void> {
  return new Promise((resolve) => {
    stream.once('close', resolve);
  });
}

/** Runs `handle` on a request sent raw as `wire`; `cut` ends what the client sends. */
async function withRequest(
  wire: string,
  handle: (request: IncomingMessage, cut: () => void) => Promise<void>,
): Promise<void> {
  const outcome = Promise.withResolvers<void>();
  const server = createServer((request) => {
    handle(request, () => socket.end()).then(outcome.resolve, outcome.reject);
  });
  const socket = connect(await listen(server), '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(wire);
  try {
    await outcome.promise;
  } finally {
    socket.destroy();
    server.closeAllConnections();
    server.close();
  }
}

/** Text in the type of a validated digest: the store must not depend on the type. */
function unchecked(text: string): Digest {
  const untyped: unknown = text;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- this lie is the test
  return untyped as Digest;
}

const HOSTILE_IDS = [
  '',
  '.',
  '..',
  '../../etc/passwd',
  '/etc/passwd',
  'a\0b',
  `${randomUUID()}\0`,
  `${randomUUID()}/../x`,
  randomUUID().toUpperCase().replace(/^./, 'A'),
  'a'.repeat(5_000),
];

const HOSTILE_DIGESTS = [
  '',
  'sha256:',
  'sha256:../../../../etc/passwd',
  `sha256:${'a'.repeat(63)}`,
  `sha256:${'a'.repeat(63)}\0`,
  `sha256:${'A'.repeat(64)}`,
  `sha256:${'a'.repeat(64)}\n`,
  `sha256:${'a'.repeat(5_000)}`,
  `sha512:${'a'.repeat(64)}`,
  `md5:${'a'.repeat(32)}`,
  `../x:${'a'.repeat(64)}`,
];

/** The behaviour every blob store has, whatever it keeps its bytes in. */
export function describeBlobStore(name: string, create: () => Promise<BlobStoreFixture>): void {
  describe(`${name} blob store`, () => {
    let fixture: BlobStoreFixture;
    let store: BlobStore;

    beforeEach(async () => {
      fixture = await create();
      store = fixture.store;
    });
    afterEach(async () => {
      await fixture.cleanup();
    });

    describe('append', () => {
      it('stages bytes, counts them and shows each chunk in order', async () => {
        const chunks = Array.from({ length: 40 }, () => randomBytes(64 * 1024 - 7));
        const hash = createHash('sha256');
        const appended = await store.append(randomUUID(), 0, sourceOf(...chunks), {
          onChunk: (chunk) => hash.update(chunk),
        });
        const all = Buffer.concat(chunks);
        expect(appended.offset).toBe(all.length);
        expect(`sha256:${hash.digest('hex')}`).toBe(digestOf(all));
      });

      it('keeps a body of tiny chunks in order', async () => {
        const uploadId = randomUUID();
        const all = randomBytes(3_000);
        const chunks = Array.from(all, (_, index) => all.subarray(index, index + 1));
        await store.append(uploadId, 0, sourceOf(...chunks));
        expect(await buffer(store.readStaged(uploadId))).toEqual(all);
      });

      it('goes on from an offset', async () => {
        const uploadId = randomUUID();
        const [first, second] = [randomBytes(700_000), randomBytes(1_300_000)];
        await store.append(uploadId, 0, sourceOf(first));
        const { offset } = await store.append(uploadId, first.length, sourceOf(second));
        expect(offset).toBe(2_000_000);
        expect(await buffer(store.readStaged(uploadId))).toEqual(Buffer.concat([first, second]));
      });

      it('cuts what lies beyond the offset, also for an empty source', async () => {
        const uploadId = randomUUID();
        await store.append(uploadId, 0, sourceOf(Buffer.from('abcdef')));
        await store.append(uploadId, 3, sourceOf(Buffer.from('X')));
        expect(await buffer(store.readStaged(uploadId))).toEqual(Buffer.from('abcX'));
        expect(await store.append(uploadId, 2, sourceOf())).toEqual({ offset: 2 });
        expect(await buffer(store.readStaged(uploadId))).toEqual(Buffer.from('ab'));
      });

      it('starts again at 0 over what a crash left', async () => {
        const uploadId = randomUUID();
        await store.append(uploadId, 0, sourceOf(Buffer.from('a long first try')));
        await store.append(uploadId, 0, sourceOf(Buffer.from('short')));
        expect(await buffer(store.readStaged(uploadId))).toEqual(Buffer.from('short'));
      });

      it('refuses an offset past the staged bytes', async () => {
        const uploadId = randomUUID();
        expect((await rejectionOf(store.append(uploadId, 1, sourceOf()))).kind).toBe('invalid');
        await store.append(uploadId, 0, sourceOf(Buffer.from('abc')));
        expect((await rejectionOf(store.append(uploadId, 4, sourceOf()))).kind).toBe('invalid');
        expect(await buffer(store.readStaged(uploadId))).toEqual(Buffer.from('abc'));
      });

      it.each([-1, 0.5, Number.NaN, 2 ** 53])('refuses the offset %d', async (offset) => {
        const error = await rejectionOf(store.append(randomUUID(), offset, sourceOf()));
        expect(error.kind).toBe('invalid');
      });

      it('keeps what came before the source failed, and can go on from there', async () => {
        const uploadId = randomUUID();
        const [first, second] = [randomBytes(1_500_000), randomBytes(10)];
        const error = await rejectionOf(store.append(uploadId, 0, brokenSource(first)));
        expect(error).toMatchObject({ kind: 'interrupted', offset: first.length });
        await store.append(uploadId, first.length, sourceOf(second));
        const digest = digestOf(Buffer.concat([first, second]));
        await store.commit(uploadId, digest);
        expect(digestOf(await readBlob(store, digest))).toBe(digest);
      });

      it('takes a source that closes without an end for interrupted', async () => {
        const source = new PassThrough();
        source.write('abc');
        const onChunk = (): unknown => source.destroy();
        const error = await rejectionOf(store.append(randomUUID(), 0, source, { onChunk }));
        expect(error).toMatchObject({ kind: 'interrupted', offset: 3 });
      });

      it('takes a source that was destroyed or read before for interrupted', async () => {
        const destroyed = sourceOf(Buffer.from('abc')).destroy();
        const consumed = sourceOf(Buffer.from('abc'));
        await buffer(consumed);
        const ended = new PassThrough({ autoDestroy: false });
        ended.end('abc');
        await buffer(ended);
        for (const source of [destroyed, consumed, ended]) {
          const error = await rejectionOf(store.append(randomUUID(), 0, source));
          expect(error).toMatchObject({ kind: 'interrupted', offset: 0 });
        }
      });

      it('takes a request cut before its Content-Length for interrupted', async () => {
        const head = 'PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n';
        await withRequest(`${head}abc`, async (request, onChunk) => {
          const appending = store.append(randomUUID(), 0, request, { onChunk });
          const error = await rejectionOf(appending);
          expect(error).toMatchObject({ kind: 'interrupted', offset: 3 });
        });
      });

      it('takes a chunked request without its last chunk for interrupted', async () => {
        const head = 'PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n';
        await withRequest(`${head}3\r\nabc\r\n`, async (request, onChunk) => {
          const appending = store.append(randomUUID(), 0, request, { onChunk });
          const error = await rejectionOf(appending);
          expect(error).toMatchObject({ kind: 'interrupted', offset: 3 });
        });
      });

      it('takes an incomplete request that ends like a whole one for interrupted', async () => {
        const head = 'PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n';
        await withRequest(`${head}abc`, async (request) => {
          const onChunk = (): unknown => request.push(null);
          const error = await rejectionOf(store.append(randomUUID(), 0, request, { onChunk }));
          expect(error).toMatchObject({ kind: 'interrupted', offset: 3 });
        });
      });

      it('takes a whole request for complete', async () => {
        const head = 'PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n';
        await withRequest(`${head}abc`, async (request) => {
          expect(await store.append(randomUUID(), 0, request)).toEqual({ offset: 3 });
        });
      });

      it('stops when its signal fires, and leaves the source to the caller', async () => {
        const source = new PassThrough();
        source.write('abc');
        const controller = new AbortController();
        const { signal } = controller;
        const onChunk = (): void => controller.abort(new Error('shutting down'));
        const appending = store.append(randomUUID(), 0, source, { signal, onChunk });
        const error = await rejectionOf(appending);
        expect(error).toMatchObject({ kind: 'interrupted', offset: 3 });
        expect(error.cause).toBe(signal.reason);
        expect(source.destroyed).toBe(false);
      });

      it('stops at once when its signal had fired before', async () => {
        const signal = AbortSignal.abort();
        const source = new PassThrough();
        const error = await rejectionOf(store.append(randomUUID(), 0, source, { signal }));
        expect(error).toMatchObject({ kind: 'interrupted', offset: 0 });
      });

      it('accepts exactly maxSize bytes and keeps nothing of a longer source', async () => {
        const uploadId = randomUUID();
        const options = { maxSize: 1_000_000 };
        await store.append(uploadId, 0, sourceOf(randomBytes(10)), options);
        const long = Array.from({ length: 20 }, () => randomBytes(50_000));
        const error = await rejectionOf(store.append(uploadId, 10, sourceOf(...long), options));
        expect(error.kind).toBe('too-large');
        expect((await buffer(store.readStaged(uploadId))).length).toBe(10);
        const fitting = sourceOf(randomBytes(999_990));
        expect(await store.append(uploadId, 10, fitting, options)).toEqual({ offset: 1_000_000 });
      });

      it('survives errors of the source that come after it gave up', async () => {
        const source = new PassThrough();
        source.write('abcdef');
        await rejectionOf(store.append(randomUUID(), 0, source, { maxSize: 3 }));
        source.destroy(new Error('late'));
        await closeOf(source);
        const early = new PassThrough();
        const refused = rejectionOf(store.append('..', 0, early));
        early.destroy(new Error('late'));
        expect((await refused).kind).toBe('invalid');
      });

      it('is interrupted before a chunk its observer throws at', async () => {
        const uploadId = randomUUID();
        let count = 0;
        function onChunk(): void {
          count += 1;
          if (count === 2) throw new Error('quota');
        }
        const source = sourceOf(Buffer.from('abc'), Buffer.from('def'));
        const error = await rejectionOf(store.append(uploadId, 0, source, { onChunk }));
        expect(error).toMatchObject({ kind: 'interrupted', offset: 3 });
        expect(await buffer(store.readStaged(uploadId))).toEqual(Buffer.from('abc'));
      });
    });

    describe('staging', () => {
      it('reads absent staging as empty', async () => {
        expect(await buffer(store.readStaged(randomUUID()))).toHaveLength(0);
      });

      it('tells how many bytes are staged, until they are committed or cancelled', async () => {
        const [cancelled, committed] = [randomUUID(), randomUUID()];
        expect(await store.statStaged(cancelled)).toBeUndefined();
        const bytes = Buffer.from('staged');
        for (const id of [cancelled, committed]) await store.append(id, 0, sourceOf(bytes));
        expect(await store.statStaged(cancelled)).toEqual({ size: 6 });
        await store.cancel(cancelled);
        await store.commit(committed, digestOf(bytes));
        expect(await store.statStaged(cancelled)).toBeUndefined();
        expect(await store.statStaged(committed)).toBeUndefined();
      });

      it('lists uploads until they are cancelled or committed', async () => {
        const [cancelled, committed] = [randomUUID(), randomUUID()];
        const before = Date.now();
        for (const id of [cancelled, committed]) {
          await store.append(id, 0, sourceOf(Buffer.from('abc')));
        }
        const listed = await collect(store.listStaged());
        expect(new Set(listed.map(({ uploadId }) => uploadId))).toEqual(
          new Set([cancelled, committed]),
        );
        for (const { modifiedAt } of listed) {
          expect(Math.abs(modifiedAt.getTime() - before)).toBeLessThan(60_000);
        }
        await store.cancel(cancelled);
        await store.cancel(cancelled);
        await store.commit(committed, digestOf(Buffer.from('abc')));
        expect(await collect(store.listStaged())).toEqual([]);
      });
    });

    describe('commit', () => {
      it('makes the staged bytes a blob', async () => {
        const bytes = randomBytes(1_000_003);
        const digest = await put(store, bytes);
        expect(await store.stat(digest)).toEqual({ size: bytes.length });
        expect(await readBlob(store, digest)).toEqual(bytes);
      });

      it('keeps sha512 blobs beside sha256 ones', async () => {
        const bytes = Buffer.from('twice');
        await put(store, bytes);
        const digest = digestOf(bytes, 'sha512');
        expect(await store.stat(digest)).toBeUndefined();
        await put(store, bytes, digest);
        expect(await readBlob(store, digest)).toEqual(bytes);
        expect(await collect(store.list())).toHaveLength(2);
      });

      it.each(['sha256', 'sha512'] as const)(
        'makes an empty %s blob, with or without staging',
        async (algorithm) => {
          const digest = digestOf(Buffer.alloc(0), algorithm);
          expect(await store.commit(randomUUID(), digest)).toEqual({ size: 0 });
          await store.delete(digest);
          await put(store, Buffer.alloc(0), digest);
          expect(await store.stat(digest)).toEqual({ size: 0 });
          expect(await readBlob(store, digest)).toHaveLength(0);
        },
      );

      it('never makes an empty blob of another digest', async () => {
        const bytes = Buffer.from('abc');
        const digest = await put(store, bytes);
        expect((await rejectionOf(store.commit(randomUUID(), digest))).kind).toBe('not-found');
        const empty = randomUUID();
        await store.append(empty, 0, sourceOf());
        expect((await rejectionOf(store.commit(empty, digest))).kind).toBe('invalid');
        expect(await readBlob(store, digest)).toEqual(bytes);
      });

      it('keeps the blob when the same bytes are committed again', async () => {
        const bytes = randomBytes(5_000);
        const digest = await put(store, bytes);
        await put(store, bytes);
        expect(await readBlob(store, digest)).toEqual(bytes);
        expect(await collect(store.listStaged())).toEqual([]);
      });

      it('heals a blob of other bytes of the same size by a re-push', async () => {
        const bytes = randomBytes(5_000);
        const digest = await put(store, randomBytes(5_000), digestOf(bytes));
        await put(store, bytes);
        expect(await readBlob(store, digest)).toEqual(bytes);
      });

      it('heals a blob of another size by a re-push', async () => {
        const bytes = randomBytes(5_000);
        const digest = digestOf(bytes);
        await put(store, bytes.subarray(0, 100), digest);
        await put(store, bytes, digest);
        expect(await readBlob(store, digest)).toEqual(bytes);
      });

      it('places one blob for 50 commits of it at once', async () => {
        const bytes = randomBytes(20_000);
        const digest = digestOf(bytes);
        await Promise.all(Array.from({ length: 50 }, () => put(store, bytes)));
        expect(await readBlob(store, digest)).toEqual(bytes);
        expect(await collect(store.list())).toEqual([{ digest, size: bytes.length }]);
        expect(await collect(store.listStaged())).toEqual([]);
      });

      it('never fails beside deletes of the same digest', async () => {
        const bytes = randomBytes(100);
        const digest = digestOf(bytes);
        for (let round = 0; round < 20; round += 1) {
          await Promise.all([put(store, bytes), store.delete(digest), put(store, bytes)]);
        }
        await put(store, bytes);
        expect(await readBlob(store, digest)).toEqual(bytes);
      });
    });

    describe('open', () => {
      it('rejects for an absent blob', async () => {
        const digest = digestOf(Buffer.from('absent'));
        expect(await store.stat(digest)).toBeUndefined();
        expect((await rejectionOf(store.open(digest))).kind).toBe('not-found');
      });

      it.each([
        [0, 0],
        [0, 262_143],
        [262_144, 262_144],
        [1, 900_000],
        [999_999, 999_999],
        [0, 999_999],
      ])('copies the range %d-%d', async (start, end) => {
        const bytes = randomBytes(1_000_000);
        const digest = await put(store, bytes);
        const copied = await readBlob(store, digest, { start, end });
        expect(copied.equals(bytes.subarray(start, end + 1))).toBe(true);
      });

      it.each([
        [-1, 2],
        [2, 1],
        [0, 3],
        [3, 3],
        [0, Number.POSITIVE_INFINITY],
        [Number.NaN, 1],
        [0.5, 1],
      ])('refuses the range %d-%d of three bytes', async (start, end) => {
        const digest = await put(store, Buffer.from('abc'));
        const error = await rejectionOf(readBlob(store, digest, { start, end }));
        expect(error.kind).toBe('invalid');
      });

      it('hands over chunks that a sink may keep', async () => {
        const bytes = randomBytes(3_000_000);
        await using reader = await store.open(await put(store, bytes));
        const sink = new PassThrough();
        const received = buffer(sink);
        await reader.copyTo(sink);
        sink.end();
        expect((await received).equals(bytes)).toBe(true);
      });

      it('does not end the sink, and lets several copies share the reader', async () => {
        const bytes = randomBytes(1_000_000);
        await using reader = await store.open(await put(store, bytes));
        const sinks = Array.from({ length: 5 }, () => new PassThrough());
        const received = sinks.map((sink) => buffer(sink));
        await Promise.all(sinks.map((sink) => reader.copyTo(sink)));
        for (const sink of sinks) {
          expect(sink.writableEnded).toBe(false);
          sink.end();
        }
        for (const copy of await Promise.all(received)) expect(copy.equals(bytes)).toBe(true);
      });

      it('waits for a slow sink instead of filling it', async () => {
        const digest = await put(store, randomBytes(4_000_000));
        await using reader = await store.open(digest);
        const stuck = new Writable({ write: () => undefined });
        const controller = new AbortController();
        const reason = new Error('enough');
        const copying = rejection(reader.copyTo(stuck, undefined, controller.signal));
        // Each takes at least as long as a read of the copy that should not happen.
        for (let turn = 0; turn < 50; turn += 1) await store.stat(digest);
        expect(stuck.writableLength).toBeGreaterThan(0);
        expect(stuck.writableLength).toBeLessThanOrEqual(512 * 1024);
        controller.abort(reason);
        expect(await copying).toBe(reason);
      });

      it('rejects when a sink closes that never took its last chunk', async () => {
        await using reader = await store.open(await put(store, Buffer.from('abc')));
        const sink = new Writable({
          write() {
            setImmediate(() => sink.destroy());
          },
        });
        expect((await rejectionOf(reader.copyTo(sink))).kind).toBe('interrupted');
      });

      it('rejects with the reason of its signal', async () => {
        await using reader = await store.open(await put(store, randomBytes(4_000_000)));
        const reason = new Error('enough');
        const before = reader.copyTo(new PassThrough(), undefined, AbortSignal.abort(reason));
        await expect(before).rejects.toBe(reason);
        const controller = new AbortController();
        const sink = new PassThrough();
        const copying = reader.copyTo(sink, undefined, controller.signal);
        sink.once('readable', () => controller.abort(reason));
        await expect(copying).rejects.toBe(reason);
      });

      it('rejects when the sink closes, fails or was closed before', async () => {
        await using reader = await store.open(await put(store, randomBytes(4_000_000)));
        const closing = new PassThrough();
        closing.once('readable', () => closing.destroy());
        expect((await rejectionOf(reader.copyTo(closing))).kind).toBe('interrupted');
        expect((await rejectionOf(reader.copyTo(closing))).kind).toBe('interrupted');
        const failure = new Error('sink broke');
        const failing = new Writable({ write: (_chunk, _encoding, done) => done(failure) });
        failing.on('error', () => undefined);
        const error = await rejectionOf(reader.copyTo(failing));
        expect(error).toMatchObject({ kind: 'interrupted', cause: failure });
      });

      it('copies whole to a socket, with other copies going on', async () => {
        const blobs = Array.from({ length: 6 }, () => randomBytes(2_000_000));
        const digests = await Promise.all(blobs.map((bytes) => put(store, bytes)));
        const server = createServer((request, response) => {
          serveBlob(store, request, response).catch(() => response.destroy());
        });
        const port = await listen(server);
        try {
          const bodies = await Promise.all(
            digests.map(async (digest) => {
              const response = await fetch(`http://127.0.0.1:${port}/${digest}`);
              return digestOf(Buffer.from(await response.arrayBuffer()));
            }),
          );
          expect(bodies).toEqual(digests);
        } finally {
          server.closeAllConnections();
          server.close();
        }
      });
    });

    describe('delete', () => {
      it('hides the blob, and restore brings it back', async () => {
        const bytes = randomBytes(3_000);
        const digest = await put(store, bytes);
        expect(await store.delete(digest)).toBe(true);
        expect(await store.stat(digest)).toBeUndefined();
        expect(await store.delete(digest)).toBe(false);
        expect(await collect(store.list())).toEqual([]);
        expect(await store.restore(digest)).toBe(true);
        expect(await readBlob(store, digest)).toEqual(bytes);
        expect(await store.restore(digest)).toBe(false);
      });

      it('leaves open readers reading', async () => {
        const bytes = randomBytes(3_000);
        const digest = await put(store, bytes);
        await using reader = await store.open(digest);
        await store.delete(digest);
        await store.emptyTrash(new Date(Date.now() + 60_000));
        const sink = new PassThrough();
        await reader.copyTo(sink);
        sink.end();
        expect(await buffer(sink)).toEqual(bytes);
      });

      it('lets a push place the blob anew, which restore then leaves alone', async () => {
        const bytes = randomBytes(3_000);
        const digest = await put(store, bytes.subarray(0, 10), digestOf(bytes));
        await store.delete(digest);
        await put(store, bytes);
        expect(await store.restore(digest)).toBe(true);
        expect(await readBlob(store, digest)).toEqual(bytes);
        expect(await store.delete(digest)).toBe(true);
      });

      it('unlinks from the trash only what was deleted long enough ago', async () => {
        const digest = await put(store, Buffer.from('old'));
        await put(store, Buffer.from('kept'));
        await store.delete(digest);
        expect(await store.emptyTrash(new Date(Date.now() - 60_000))).toBe(0);
        expect(await store.restore(digest)).toBe(true);
        await store.delete(digest);
        expect(await store.emptyTrash(new Date(Date.now() + 60_000))).toBe(1);
        expect(await store.emptyTrash(new Date(Date.now() + 60_000))).toBe(0);
        expect(await store.restore(digest)).toBe(false);
        expect(await collect(store.list())).toHaveLength(1);
      });
    });

    it('lists what the trash holds', async () => {
      const digest = await put(store, Buffer.from('old'));
      expect(await collect(store.listTrashed())).toEqual([]);
      await store.delete(digest);
      expect(await collect(store.listTrashed())).toEqual([{ digest, size: 3 }]);
      await store.restore(digest);
      expect(await collect(store.listTrashed())).toEqual([]);
    });

    describe('quarantine', () => {
      async function versionOf(digest: Digest): Promise<string> {
        await using reader = await store.open(digest);
        return reader.version;
      }

      it('puts a blob aside for good, and lets a push place it anew', async () => {
        const digest = await put(store, Buffer.from('bad'), digestOf(Buffer.from('right')));
        expect(await store.quarantine(digest, await versionOf(digest))).toBe(true);
        expect(await store.stat(digest)).toBeUndefined();
        expect(await collect(store.list())).toEqual([]);
        expect(await store.restore(digest)).toBe(false);
        expect(await store.emptyTrash(new Date(Date.now() + 60_000))).toBe(0);
        await put(store, Buffer.from('right'));
        expect(await readBlob(store, digest)).toEqual(Buffer.from('right'));
        expect(await collect(store.listQuarantined())).toEqual([{ digest, size: 3 }]);
      });

      it('leaves what was placed anew since it was read', async () => {
        const bytes = randomBytes(500);
        const digest = await put(store, randomBytes(500), digestOf(bytes));
        const version = await versionOf(digest);
        await put(store, bytes);
        expect(await store.quarantine(digest, version)).toBe(false);
        expect(await readBlob(store, digest)).toEqual(bytes);
        expect(await collect(store.listQuarantined())).toEqual([]);
      });

      it('gives readers of the same bytes the same version', async () => {
        const digest = await put(store, randomBytes(500));
        expect(await versionOf(digest)).toBe(await versionOf(digest));
      });

      it('takes a blob that is gone for nothing', async () => {
        const digest = await put(store, Buffer.from('x'));
        const version = await versionOf(digest);
        await store.delete(digest);
        expect(await store.quarantine(digest, version)).toBe(false);
        expect(await store.restore(digest)).toBe(true);
      });
    });

    it('lists every blob with its size', async () => {
      const sizes = new Map<string, number>();
      for (let size = 1; size <= 40; size += 1) {
        sizes.set(await put(store, Buffer.alloc(size, size)), size);
      }
      const listed = await collect(store.list());
      expect(new Map(listed.map(({ digest, size }) => [digest, size]))).toEqual(sizes);
      expect(listed).toHaveLength(40);
    });

    it.each(HOSTILE_IDS)('refuses the upload id %j', async (uploadId) => {
      const digest = digestOf(Buffer.alloc(0));
      const attempts = [
        store.append(uploadId, 0, sourceOf(Buffer.from('x'))),
        store.commit(uploadId, digest),
        store.cancel(uploadId),
        buffer(store.readStaged(uploadId)),
      ];
      for (const attempt of attempts) expect((await rejectionOf(attempt)).kind).toBe('invalid');
      expect(await collect(store.listStaged())).toEqual([]);
    });

    it.each(HOSTILE_DIGESTS)('refuses the digest %j', async (text) => {
      const digest = unchecked(text);
      const uploadId = randomUUID();
      await store.append(uploadId, 0, sourceOf(Buffer.from('x')));
      const attempts = [
        store.commit(uploadId, digest),
        store.stat(digest),
        store.open(digest),
        store.delete(digest),
        store.restore(digest),
        store.quarantine(digest, ''),
      ];
      for (const attempt of attempts) expect((await rejectionOf(attempt)).kind).toBe('invalid');
    });

    it('passes its own probe, many at once too, and leaves nothing behind', async () => {
      await Promise.all([store.probe(), store.probe(), store.probe()]);
      expect(await collect(store.listStaged())).toEqual([]);
      expect(await collect(store.list())).toEqual([]);
    });
  });
}
