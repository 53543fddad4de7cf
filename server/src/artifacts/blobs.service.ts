import { Writable } from 'node:stream';
import { type Digest, OciError } from '@berth/oci';
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
  /** @throws OciError BLOB_UNKNOWN when the store has lost it */
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

export function createBlobsService(ports: {
  readonly store: BlobStore;
  readonly blobs: BlobRepository;
  readonly repositories: RepositoryDirectory;
  readonly room: Room;
  readonly cache: ContentCache<StoredBlob>;
  readonly invalidation: Invalidation;
}): BlobsService {
  const { store, blobs, repositories, room, cache, invalidation } = ports;

  return {
    peek: (repository, digest) => cache.peek(repository, digest),
    find: (repository, digest) =>
      cache.find(repository, digest, async () => {
        const row = await blobs.find(repository, digest);
        if (row === undefined) return undefined;
        const { size } = row;
        const isKept = row.content === undefined && size <= KEPT_BLOB_BYTES;
        const content = isKept ? await readKept(store, digest, size) : row.content;
        return { digest, size, content };
      }),
    async open(blob) {
      if (blob.content !== undefined) return new BufferReader(blob.content);
      const reader = await store.open(blob.digest);
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

/** The bytes, or undefined when the store cannot give them; then reading tells why. */
async function readKept(store: BlobStore, digest: Digest, size: number) {
  const chunks: Buffer[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      // The store reuses its buffers once they are written.
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  try {
    await using reader = await store.open(digest);
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
