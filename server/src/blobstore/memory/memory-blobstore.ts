import { randomUUID } from 'node:crypto';
import { Readable, type Writable } from 'node:stream';
import type { Digest } from '@berth/oci';
import { ignoreErrors, pumpBatches } from '../batch-pump.ts';
import { BlobStoreError } from '../blobstore.errors.ts';
import type {
  Appended,
  AppendOptions,
  BlobEntry,
  BlobStat,
  BlobStore,
  ByteRange,
  StoredReader,
} from '../blobstore.ts';
import {
  committedSize,
  parseBlobDigest,
  parseOffset,
  parseUploadId,
  resolveRange,
} from '../keys.ts';

const COPY_BYTES = 256 * 1024;

interface Staged {
  readonly bytes: Buffer;
  readonly modifiedAt: Date;
}

interface Trashed {
  readonly bytes: Buffer;
  readonly trashedAt: Date;
}

/** Blobs in this process's memory, for tests and for registries that may forget. */
export function createMemoryBlobStore(): BlobStore {
  return new MemoryBlobStore();
}

class MemoryBlobStore implements BlobStore {
  readonly kind = 'memory';
  readonly #staged = new Map<string, Staged>();
  readonly #blobs = new Map<Digest, Buffer>();
  readonly #trash = new Map<Digest, Trashed>();
  readonly #quarantine = new Map<Digest, Buffer>();
  readonly #versions = new WeakMap<Buffer, string>();

  async append(
    uploadId: string,
    offset: number,
    source: Readable,
    options: AppendOptions = {},
  ): Promise<Appended> {
    ignoreErrors(source);
    const kept = this.#cut(parseUploadId(uploadId), parseOffset(offset));
    const chunks: Buffer[] = [];
    const limit = (options.maxSize ?? Number.POSITIVE_INFINITY) - offset;
    const { onChunk, signal } = options;
    async function write(batch: readonly Buffer[]): Promise<void> {
      // Copied: a chunk may be a small part of a much larger buffer.
      chunks.push(Buffer.concat(batch));
    }
    const end = await pumpBatches(source, write, { limit, onChunk, signal });
    if (end.kind === 'too-large') {
      throw new BlobStoreError('too-large', 'the upload exceeds the allowed size');
    }
    const bytes = Buffer.concat([kept, ...chunks]);
    this.#staged.set(uploadId, { bytes, modifiedAt: new Date() });
    if (end.kind === 'complete') return { offset: bytes.length };
    const details = { cause: end.cause, offset: bytes.length };
    throw new BlobStoreError('interrupted', 'the sender stopped before the end', details);
  }

  readStaged(uploadId: string): Readable {
    const staged = this.#staged;
    async function* chunks(): AsyncGenerator<Buffer> {
      const bytes = staged.get(parseUploadId(uploadId))?.bytes;
      if (bytes !== undefined && bytes.length > 0) yield bytes;
    }
    return Readable.from(chunks(), { objectMode: false });
  }

  async commit(uploadId: string, digest: Digest): Promise<BlobStat> {
    const bytes = this.#staged.get(parseUploadId(uploadId))?.bytes;
    const size = committedSize(bytes?.length, parseBlobDigest(digest));
    this.#blobs.set(digest, bytes ?? Buffer.alloc(0));
    this.#staged.delete(uploadId);
    return { size };
  }

  async statStaged(uploadId: string): Promise<BlobStat | undefined> {
    const staged = this.#staged.get(parseUploadId(uploadId));
    return staged === undefined ? undefined : { size: staged.bytes.length };
  }

  async cancel(uploadId: string): Promise<void> {
    this.#staged.delete(parseUploadId(uploadId));
  }

  async *listStaged(): AsyncGenerator<{ readonly uploadId: string; readonly modifiedAt: Date }> {
    for (const [uploadId, { modifiedAt }] of this.#staged) yield { uploadId, modifiedAt };
  }

  async stat(digest: Digest): Promise<BlobStat | undefined> {
    const bytes = this.#blobs.get(parseBlobDigest(digest));
    return bytes === undefined ? undefined : { size: bytes.length };
  }

  async open(digest: Digest): Promise<StoredReader> {
    const bytes = this.#blobs.get(parseBlobDigest(digest));
    if (bytes === undefined) throw new BlobStoreError('not-found', 'no such blob');
    return new MemoryReader(bytes, this.#versionOf(bytes));
  }

  async delete(digest: Digest): Promise<boolean> {
    const bytes = this.#blobs.get(parseBlobDigest(digest));
    if (bytes === undefined) return false;
    this.#trash.set(digest, { bytes, trashedAt: new Date() });
    return this.#blobs.delete(digest);
  }

  async restore(digest: Digest): Promise<boolean> {
    const trashed = this.#trash.get(parseBlobDigest(digest));
    if (trashed === undefined) return false;
    if (this.#blobs.has(digest)) return true;
    this.#blobs.set(digest, trashed.bytes);
    return this.#trash.delete(digest);
  }

  async emptyTrash(olderThan: Date, among?: readonly Digest[]): Promise<number> {
    const isMeant = (digest: Digest) => among === undefined || among.includes(digest);
    const old = [...this.#trash].filter(
      ([digest, { trashedAt }]) => trashedAt < olderThan && isMeant(digest),
    );
    for (const [digest] of old) this.#trash.delete(digest);
    return old.length;
  }

  async *listTrashed(): AsyncGenerator<BlobEntry> {
    for (const [digest, { bytes }] of this.#trash) yield { digest, size: bytes.length };
  }

  async quarantine(digest: Digest, version: string): Promise<boolean> {
    const bytes = this.#blobs.get(parseBlobDigest(digest));
    if (bytes === undefined || this.#versionOf(bytes) !== version) return false;
    this.#quarantine.set(digest, bytes);
    return this.#blobs.delete(digest);
  }

  async *listQuarantined(): AsyncGenerator<BlobEntry> {
    for (const [digest, { length }] of this.#quarantine) yield { digest, size: length };
  }

  async *list(): AsyncGenerator<BlobEntry> {
    for (const [digest, { length }] of this.#blobs) yield { digest, size: length };
  }

  async probe(): Promise<void> {}

  #versionOf(bytes: Buffer): string {
    const version = this.#versions.get(bytes) ?? randomUUID();
    this.#versions.set(bytes, version);
    return version;
  }

  /** Cuts staging at `offset` and returns what stays. */
  #cut(uploadId: string, offset: number): Buffer {
    const staged = this.#staged.get(uploadId);
    if (staged === undefined && offset > 0) {
      throw new BlobStoreError('invalid', 'the upload has no staged bytes');
    }
    const bytes = staged?.bytes ?? Buffer.alloc(0);
    if (bytes.length < offset) {
      throw new BlobStoreError('invalid', `only ${bytes.length} bytes are staged, not ${offset}`);
    }
    const kept = bytes.subarray(0, offset);
    this.#staged.set(uploadId, { bytes: kept, modifiedAt: new Date() });
    return kept;
  }
}

class MemoryReader implements StoredReader {
  readonly size: number;
  readonly version: string;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer, version: string) {
    this.version = version;
    this.#bytes = bytes;
    this.size = bytes.length;
  }

  async copyTo(sink: Writable, range?: ByteRange, signal?: AbortSignal): Promise<void> {
    const { start, length } = resolveRange(this.size, range);
    signal?.throwIfAborted();
    if (sink.destroyed || sink.writableEnded) throw sinkClosed(sink.errored);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = (): void => reject(signal?.reason);
    const onError = (error: unknown): void => reject(sinkClosed(error));
    const onClose = (): void => reject(sinkClosed(undefined));
    signal?.addEventListener('abort', onAbort);
    sink.on('error', onError);
    sink.on('close', onClose);
    try {
      for (let from = start; from < start + length; from += COPY_BYTES) {
        const chunk = this.#bytes.subarray(from, Math.min(from + COPY_BYTES, start + length));
        await Promise.race([promise, writeChunk(sink, chunk)]);
      }
      resolve();
      await promise;
    } finally {
      signal?.removeEventListener('abort', onAbort);
      sink.off('error', onError);
      sink.off('close', onClose);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

function writeChunk(sink: Writable, chunk: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    sink.write(chunk, (error) => (error ? reject(sinkClosed(error)) : resolve()));
  });
}

function sinkClosed(cause: unknown): BlobStoreError {
  return new BlobStoreError('interrupted', 'the receiver closed before the end', { cause });
}
