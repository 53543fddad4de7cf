import { createHash, type Hash, randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import {
  type Digest,
  type DigestAlgorithm,
  digestAlgorithm,
  digestFromHex,
  OciError,
} from '@berth/oci';
import { LRUCache } from 'lru-cache';
import { type BlobStore, BlobStoreError } from '../blobstore/index.ts';
import { createKeyedMutex } from '../lib/index.ts';
import type { BlobRepository } from './blob.repository.ts';
import type { BlobUpload, BlobUploadRepository } from './blob-upload.repository.ts';
import type { Invalidation } from './invalidation.ts';
import type { RepositoryDirectory } from './repository-directory.ts';

/** Whose upload it is. All three must match, or the upload does not exist for the caller. */
export interface UploadKey {
  readonly repository: string;
  /** `principalKey` of the caller. */
  readonly principal: string;
  readonly id: string;
}

/** Bytes that a request brings. */
export interface Chunk {
  readonly source: Readable;
  /** First byte, from Content-Range; absent when the client streams on from wherever it is. */
  readonly start: number | undefined;
  readonly signal: AbortSignal;
}

export interface Target {
  readonly repository: string;
  readonly projectId: number;
}

export interface BlobUploadsService {
  /** Starts an upload. @returns its id */
  start(target: Target, principal: string, algorithm: DigestAlgorithm): Promise<string>;
  /** Bytes acknowledged so far. @throws OciError BLOB_UPLOAD_UNKNOWN */
  getOffset(key: UploadKey): Promise<number>;
  /**
   * Appends a chunk; durable when it resolves with the new offset.
   *
   * @throws OciError BLOB_UPLOAD_UNKNOWN, RANGE_INVALID (detail `offset`: where to go on)
   */
  append(key: UploadKey, chunk: Chunk): Promise<number>;
  /**
   * Takes the last chunk, if there is one, and makes the blob; durable when it resolves.
   *
   * @throws OciError BLOB_UPLOAD_UNKNOWN, RANGE_INVALID, DIGEST_INVALID (which ends the upload)
   */
  finish(key: UploadKey, digest: Digest, chunk: Chunk | undefined): Promise<void>;
  /** Takes a whole blob in one request. @throws OciError DIGEST_INVALID */
  pushWhole(target: Target, digest: Digest, chunk: Chunk): Promise<void>;
  /** @throws OciError BLOB_UPLOAD_UNKNOWN */
  cancel(key: UploadKey): Promise<void>;
  /** Ends uploads idle since `date` and drops staged bytes that belong to no upload. */
  sweep(date: Date): Promise<number>;
}

/** The hash of an upload's bytes as far as they went through this process. */
interface Progress {
  readonly hash: Hash;
  readonly algorithm: DigestAlgorithm;
  offset: number;
}

export interface BlobUploadsPorts {
  readonly store: BlobStore;
  readonly blobs: BlobRepository;
  readonly uploads: BlobUploadRepository;
  readonly repositories: RepositoryDirectory;
  readonly invalidation: Invalidation;
}

export function createBlobUploadsService(ports: BlobUploadsPorts): BlobUploadsService {
  const { store, blobs, uploads, repositories, invalidation } = ports;
  const progress = new LRUCache<string, Progress>({ max: 10_000 });
  const mutex = createKeyedMutex();

  async function getUpload(key: UploadKey): Promise<BlobUpload> {
    const upload = await uploads.find(key.repository, key.principal, key.id);
    if (upload === undefined) throw new OciError('BLOB_UPLOAD_UNKNOWN');
    return upload;
  }

  /** Appends to the store and hashes on the way. Resolves the new offset. */
  async function take(
    upload: Pick<BlobUpload, 'id' | 'offset' | 'algorithm'>,
    chunk: Chunk,
    willCommit: boolean,
  ): Promise<number> {
    if (chunk.start !== undefined && chunk.start !== upload.offset) {
      throw new OciError('RANGE_INVALID', `the next byte to send is ${upload.offset}`, {
        detail: { offset: upload.offset },
      });
    }
    const hashing = continueHash(upload);
    progress.delete(upload.id);
    const { offset } = await store.append(upload.id, upload.offset, chunk.source, {
      willCommit,
      signal: chunk.signal,
      ...(hashing && { onChunk: (bytes: Buffer) => void hashing.hash.update(bytes) }),
    });
    if (hashing) progress.set(upload.id, Object.assign(hashing, { offset }));
    return offset;
  }

  /** The running hash, if it covers exactly what is staged; otherwise finishing reads it again. */
  function continueHash(upload: Pick<BlobUpload, 'id' | 'offset' | 'algorithm'>) {
    const known = progress.get(upload.id);
    if (known?.offset === upload.offset) return known;
    if (upload.offset > 0) return undefined;
    return { hash: createHash(upload.algorithm), algorithm: upload.algorithm, offset: 0 };
  }

  async function stagedDigest(
    id: string,
    offset: number,
    algorithm: DigestAlgorithm,
  ): Promise<Digest> {
    const known = progress.get(id);
    progress.delete(id);
    if (known?.offset === offset && known.algorithm === algorithm) {
      return digestFromHex(algorithm, known.hash.digest('hex'));
    }
    const hash = createHash(algorithm);
    if (offset > 0) for await (const bytes of store.readStaged(id)) hash.update(bytes);
    return digestFromHex(algorithm, hash.digest('hex'));
  }

  async function commit(
    upload: { id: string; repositoryId: number; repository: string },
    offset: number,
    digest: Digest,
  ): Promise<void> {
    const actual = await stagedDigest(upload.id, offset, digestAlgorithm(digest));
    if (actual !== digest) {
      throw new OciError(
        'DIGEST_INVALID',
        `the ${offset} bytes received have the digest ${actual}`,
      );
    }
    const { size } = await store.commit(upload.id, digest);
    await blobs.put({ repositoryId: upload.repositoryId, digest, size, uploadId: upload.id });
    await invalidation.blob(upload.repository, digest);
  }

  async function abandon(id: string): Promise<void> {
    progress.delete(id);
    await uploads.delete(id);
    await store.cancel(id);
  }

  return {
    async start({ repository, projectId }, principal, algorithm) {
      const repositoryId = await repositories.ensureId(repository, projectId);
      const id = randomUUID();
      await uploads.create({ id, repositoryId, algorithm }, principal);
      return id;
    },

    // Waits for a chunk under way, so that the offset told is the one to go on from.
    getOffset: (key) => mutex.run(key.id, async () => (await getUpload(key)).offset),

    append: (key, chunk) =>
      mutex.run(key.id, async () => {
        const upload = await getUpload(key);
        const advance = async (to: number) => {
          if (await uploads.advance(key.id, upload.offset, to)) return to;
          throw new OciError(
            'BLOB_UPLOAD_UNKNOWN',
            'the upload went on elsewhere; ask where it is',
          );
        };
        try {
          return await advance(await take(upload, chunk, false));
        } catch (error) {
          // What was received before the cut is durable: the client may go on after it.
          const durable = error instanceof BlobStoreError ? error.offset : undefined;
          if (durable !== undefined && durable > upload.offset) await advance(durable);
          throw error;
        }
      }),

    finish: (key, digest, chunk) =>
      mutex.run(key.id, async () => {
        const upload = await getUpload(key);
        const offset = chunk === undefined ? upload.offset : await take(upload, chunk, true);
        try {
          await commit({ ...upload, repository: key.repository }, offset, digest);
        } catch (error) {
          if (error instanceof OciError && error.code === 'DIGEST_INVALID') await abandon(key.id);
          throw error;
        }
      }),

    async pushWhole({ repository, projectId }, digest, chunk) {
      const repositoryId = await repositories.ensureId(repository, projectId);
      const id = randomUUID();
      try {
        const algorithm = digestAlgorithm(digest);
        const offset = await take({ id, offset: 0, algorithm }, chunk, true);
        await commit({ id, repositoryId, repository }, offset, digest);
      } catch (error) {
        progress.delete(id);
        await store.cancel(id);
        throw error;
      }
    },

    cancel: (key) =>
      mutex.run(key.id, async () => {
        await getUpload(key);
        await abandon(key.id);
      }),

    async sweep(date) {
      const idle = await uploads.deleteIdle(date);
      for (const id of idle) await store.cancel(id);
      let swept = idle.length;
      for await (const { uploadId, modifiedAt } of store.listStaged()) {
        if (modifiedAt >= date) continue;
        const live = await uploads.filterLive([uploadId]);
        if (live.has(uploadId)) continue;
        await store.cancel(uploadId);
        swept += 1;
      }
      return swept;
    },
  };
}
