import { createHash, randomUUID } from 'node:crypto';
import { PassThrough, type Readable } from 'node:stream';
import { type Digest, digestAlgorithm, digestFromHex, isDigest } from '@berth/oci';
import {
  type BlobEntry,
  type BlobReader,
  type BlobStore,
  BlobStoreError,
} from '../blobstore/index.ts';
import { AppError } from '../lib/index.ts';
import { BackupDamagedError } from './backup.errors.ts';
import type { BackupFault } from './manifest.ts';

/** How many blobs are under way at once: small ones wait for the disk most of the time. */
const PARALLEL = 8;

export interface Transfer {
  readonly copied: number;
  readonly copiedBytes: number;
  /** There already, with the right size. */
  readonly present: number;
  readonly faults: readonly BackupFault[];
}

export interface TransferOptions {
  readonly blobs: AsyncIterable<BlobEntry>;
  readonly from: BlobStore;
  readonly to: BlobStore;
  readonly signal: AbortSignal | undefined;
  /** After each blob. */
  readonly onBlob: (done: number, bytes: number) => void;
}

/**
 * Copies the blobs that `to` lacks. Each is hashed on its way, and on disk before it counts. What
 * `from` cannot give is a fault and not copied; what `to` cannot take ends it.
 *
 * @throws AppError too-large when there is no space
 */
export async function transferBlobs(options: TransferOptions): Promise<Transfer> {
  const { from, to, signal, onBlob } = options;
  const total = { copied: 0, copiedBytes: 0, present: 0 };
  const faults: BackupFault[] = [];
  await each(options.blobs, PARALLEL, async (blob) => {
    signal?.throwIfAborted();
    const outcome = await transferBlob(from, to, blob, signal);
    if (outcome === 'present') total.present += 1;
    else if (outcome === 'copied') {
      total.copied += 1;
      total.copiedBytes += blob.size;
    } else faults.push({ digest: blob.digest, reason: outcome.reason });
    onBlob(total.copied + total.present + faults.length, total.copiedBytes);
  });
  return { ...total, faults };
}

async function transferBlob(
  from: BlobStore,
  to: BlobStore,
  blob: BlobEntry,
  signal: AbortSignal | undefined,
): Promise<'copied' | 'present' | { reason: string }> {
  const found = await to.stat(blob.digest);
  if (found?.size === blob.size) return 'present';
  const reader = await openBlob(from, blob);
  if ('reason' in reader) return reader;
  await using _closed = reader;
  const uploadId = randomUUID();
  const hash = createHash(digestAlgorithm(blob.digest));
  const outcome = await appendBlob(to, uploadId, reader, (chunk) => hash.update(chunk), signal);
  const isRight =
    outcome === undefined &&
    digestFromHex(digestAlgorithm(blob.digest), hash.digest('hex')) === blob.digest;
  if (!isRight) {
    await to.cancel(uploadId);
    return { reason: outcome ?? 'damaged' };
  }
  await to.commit(uploadId, blob.digest).catch(explain);
  return 'copied';
}

/** A fault as text, or undefined when all bytes are in the staging of `to`. */
async function appendBlob(
  to: BlobStore,
  uploadId: string,
  reader: BlobReader,
  onChunk: (chunk: Buffer) => void,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const pipe = new PassThrough();
  const reading = feed(reader, pipe, signal);
  try {
    await to.append(uploadId, 0, pipe, { onChunk, willCommit: true });
    return undefined;
  } catch (error) {
    pipe.destroy();
    const failure = await reading;
    signal?.throwIfAborted();
    const isSource = error instanceof BlobStoreError && error.kind === 'interrupted';
    if (isSource && failure !== undefined) return `unreadable (${failure})`;
    await to.cancel(uploadId).catch(() => undefined);
    return explain(error);
  } finally {
    await reading;
  }
}

/** Why it ended early, if it did. */
async function feed(
  reader: BlobReader,
  pipe: PassThrough,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  try {
    await reader.copyTo(pipe, undefined, signal);
    pipe.end();
    return undefined;
  } catch (error) {
    const reason = error instanceof Error ? error : new Error(String(error));
    pipe.destroy(reason);
    return reason.message;
  }
}

async function openBlob(
  store: BlobStore,
  { digest, size }: BlobEntry,
): Promise<BlobReader | { reason: string }> {
  try {
    const reader = await store.open(digest);
    if (reader.size === size) return reader;
    await reader[Symbol.asyncDispose]();
    return { reason: `${reader.size} bytes instead of ${size}` };
  } catch (error) {
    if (!(error instanceof BlobStoreError)) throw error;
    return { reason: error.kind === 'not-found' ? 'missing' : `unreadable (${error.message})` };
  }
}

/** Whether the bytes are there and right; the reason if not. */
export async function checkBlob(
  store: BlobStore,
  blob: BlobEntry,
  options: { readonly quick: boolean; readonly signal: AbortSignal | undefined },
): Promise<string | undefined> {
  const reader = await openBlob(store, blob);
  if ('reason' in reader) return reader.reason;
  await using _closed = reader;
  if (options.quick) return undefined;
  const pipe = new PassThrough();
  const reading = feed(reader, pipe, options.signal);
  const digest = await hashOf(pipe, blob.digest).catch(() => undefined);
  const failure = await reading;
  options.signal?.throwIfAborted();
  if (failure !== undefined) return `unreadable (${failure})`;
  return digest === blob.digest ? undefined : 'damaged';
}

async function hashOf(source: Readable, digest: Digest): Promise<string> {
  const hash = createHash(digestAlgorithm(digest));
  for await (const chunk of source) hash.update(chunk);
  return `${digestAlgorithm(digest)}:${hash.digest('hex')}`;
}

/** The blobs of a list that a set has. @throws BackupDamagedError */
export async function* parseBlobs(lines: AsyncIterable<string>): AsyncGenerator<BlobEntry, void> {
  for await (const line of lines) {
    const [digest = '', size = ''] = line.split('\t');
    if (!isDigest(digest) || !/^\d+$/.test(size)) {
      throw new BackupDamagedError('the list of blobs is damaged');
    }
    yield { digest, size: Number(size) };
  }
}

/** Works on several items at a time; the first error ends it, once those under way have ended. */
export async function each<T>(
  items: AsyncIterable<T>,
  parallel: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.asyncIterator]();
  const failure = new AbortController();
  const worker = async (): Promise<void> => {
    try {
      while (!failure.signal.aborted) {
        const next = await iterator.next();
        if (next.done === true) return;
        await work(next.value);
      }
    } catch (error) {
      failure.abort();
      throw error;
    }
  };
  const outcomes = await Promise.allSettled(Array.from({ length: parallel }, worker));
  await iterator.return?.();
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

function explain(error: unknown): never {
  if (!(error instanceof BlobStoreError)) throw error;
  throw new AppError('too-large', `the blobs cannot be written: ${error.message}`, {
    cause: error,
  });
}
