import { Writable } from 'node:stream';
import { type Digest, OciError } from '@berth/oci';
import { LRUCache } from 'lru-cache';
import {
  type BlobReader,
  type BlobStore,
  BlobStoreError,
  type ByteRange,
} from '../blobstore/index.ts';
import { isForeignKeyViolation } from '../db/index.ts';
import { followUp } from '../lib/index.ts';
import type { Actor } from './actor.ts';
import type { BlobRepository, MountSources } from './blob.repository.ts';
import type { ContentCache } from './content-cache.ts';
import type { Invalidation } from './invalidation.ts';
import { DEFAULT_LEASE_SECONDS } from './lease.ts';
import type { RepositoryDirectory } from './repository-directory.ts';
import type { Room } from './room.ts';

/** A blob as it is served. */
export interface StoredBlob {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  /** The bytes, of blobs so small that reading them costs more than keeping them. */
  readonly content: Buffer | undefined;
}

export interface BlobsService {
  /** From memory, without waiting. */
  peek(repository: string, digest: Digest): StoredBlob | undefined;
  find(repository: string, digest: Digest): Promise<StoredBlob | undefined>;
  /**
   * Keeps a blob from garbage collection for half a lease at least: its caller may push here, and
   * is told that the blob need not be sent. False when the repository has it no more.
   */
  touch(repository: string, digest: Digest): Promise<boolean>;
  /** @throws BlobStoreError not-found when the store has lost it */
  open(blob: StoredBlob): Promise<BlobReader>;
  /** Shows a blob the caller may pull elsewhere in this repository too; false if there is none. */
  mount(
    target: { repository: string; projectId: number; actor: Actor },
    digest: Digest,
    sources: MountSources,
  ): Promise<boolean>;
  /** @throws OciError BLOB_UNKNOWN; DENIED while a manifest of the repository needs the blob */
  delete(repository: string, digest: Digest): Promise<void>;
}

/** Up to this, memory keeps the bytes too: configs, SBOMs, signatures, most blobs by count. */
const KEPT_BLOB_BYTES = 64 * 1024;
const MAX_TOUCHED = 20_000;

export function createBlobsService(ports: {
  readonly store: BlobStore;
  readonly blobs: BlobRepository;
  readonly repositories: RepositoryDirectory;
  readonly room: Room;
  readonly cache: ContentCache<StoredBlob>;
  readonly invalidation: Invalidation;
  /** As the repository of blobs has it. */
  readonly leaseSeconds?: number;
}): BlobsService {
  const { store, blobs, repositories, room, cache, invalidation } = ports;
  return {
    touch: createTouch(blobs, ports.leaseSeconds),
    peek: (repository, digest) => cache.peek(repository, digest),
    find: (repository, digest) =>
      cache.find(repository, digest, async () => {
        const row = await blobs.find(repository, digest);
        if (row === undefined) return undefined;
        const { size } = row;
        const isKept = row.content === undefined && size <= KEPT_BLOB_BYTES;
        const content = isKept ? await readKept(ports, digest, size) : row.content;
        return { digest, size, content };
      }),
    async open(blob) {
      if (blob.content !== undefined) return new BufferReader(blob.content);
      const reader = await openOrRestore({ store, blobs }, blob.digest);
      if (reader.size === blob.size) return reader;
      await reader[Symbol.asyncDispose]();
      throw new BlobStoreError(
        'io',
        `blob ${blob.digest} does not have the size it was pushed with`,
      );
    },
    async mount({ repository, projectId, actor }, digest, sources) {
      const size = await blobs.findSize(digest);
      if (size === undefined) return false;
      const repositoryId = await repositories.ensureId(repository, projectId);
      const occasion = { repository, actor, tags: [] };
      return room.within(projectId, [{ digest, size }], occasion, () =>
        followUp(
          () => blobs.mount(repositoryId, digest, sources),
          () => invalidation.blob(repository, digest),
        ),
      );
    },
    async delete(repository, digest) {
      const repositoryId = await repositories.getId(repository);
      const unlinked = await followUp(
        () => unlinkOrExplain(blobs, repositoryId, digest),
        () => invalidation.blob(repository, digest),
      );
      if (!unlinked) throw new OciError('BLOB_UNKNOWN');
    },
  };
}

/** Does not ask the database again while much of a lease is left. */
function createTouch(blobs: BlobRepository, leaseSeconds = DEFAULT_LEASE_SECONDS) {
  const touched = new LRUCache<string, true>({
    max: MAX_TOUCHED,
    // A touch leaves three quarters of a lease; then half of it is left still.
    ttl: leaseSeconds * 250,
    ttlResolution: 0,
  });
  return async (repository: string, digest: Digest): Promise<boolean> => {
    const key = `${repository} ${digest}`;
    if (touched.has(key)) return true;
    if (!(await blobs.touch(repository, digest))) return false;
    touched.set(key, true);
    return true;
  };
}

/** What a collection that was killed left in the store's trash comes back from there. */
async function openOrRestore(
  { store, blobs }: { readonly store: BlobStore; readonly blobs: BlobRepository },
  digest: Digest,
): Promise<BlobReader> {
  try {
    return await store.open(digest);
  } catch (error) {
    if (!(error instanceof BlobStoreError) || error.kind !== 'not-found') throw error;
    if (!(await blobs.hold(digest, () => store.restore(digest)))) throw error;
    return store.open(digest);
  }
}

/** The bytes, or undefined when the store cannot give them; then reading tells why. */
async function readKept(
  ports: { readonly store: BlobStore; readonly blobs: BlobRepository },
  digest: Digest,
  size: number,
) {
  const chunks: Buffer[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      // The store reuses its buffers once they are written.
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  try {
    await using reader = await openOrRestore(ports, digest);
    await reader.copyTo(sink);
  } catch (error) {
    if (error instanceof BlobStoreError) return undefined;
    throw error;
  }
  const content = Buffer.concat(chunks);
  return content.length === size ? content : undefined;
}

async function unlinkOrExplain(
  blobs: BlobRepository,
  repositoryId: number,
  digest: Digest,
): Promise<boolean> {
  try {
    return await blobs.unlink(repositoryId, digest);
  } catch (error) {
    if (!isForeignKeyViolation(error)) throw error;
    throw new OciError(
      'DENIED',
      'a manifest of this repository needs the blob; delete the manifest first',
      { status: 405 },
    );
  }
}

/** Reads a blob that is in memory. */
class BufferReader implements BlobReader {
  readonly #content: Buffer;

  constructor(content: Buffer) {
    this.#content = content;
  }

  get size(): number {
    return this.#content.length;
  }

  async copyTo(sink: Writable, range?: ByteRange): Promise<void> {
    sink.write(
      range === undefined ? this.#content : this.#content.subarray(range.start, range.end + 1),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Nothing is held.
  }
}
