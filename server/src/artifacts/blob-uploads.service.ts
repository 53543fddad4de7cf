import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { type Digest, type DigestAlgorithm, digestAlgorithm, digestOf, OciError } from '@berth/oci';
import { type BlobStore, BlobStoreError } from '../blobstore/index.ts';
import { createKeyedMutex, followUp } from '../lib/index.ts';
import { type Allowance, QuotaExceeded, type UploadQuota } from '../quotas/index.ts';
import type { Actor } from './actor.ts';
import type { BlobRepository } from './blob.repository.ts';
import type { BlobUpload, BlobUploadRepository } from './blob-upload.repository.ts';
import { type Chunk, checkStart, isSmall, readSmall } from './chunk.ts';
import type { Invalidation } from './invalidation.ts';
import { DEFAULT_LEASE_SECONDS } from './lease.ts';
import type { RepositoryDirectory } from './repository-directory.ts';
import { type Staged, UploadHashes } from './upload-hashes.ts';

export type { Chunk } from './chunk.ts';

/** Whose upload it is. Repository, principal and id must match, or the upload does not exist for the caller. */
export interface UploadKey {
  readonly repository: string;
  /** `principalKey` of the caller. */
  readonly principal: string;
  readonly id: string;
  /** Of the repository; its quota counts. */
  readonly projectId: number;
  /** Who is named when the quota refuses. */
  readonly actor?: Actor | undefined;
}

export interface Target {
  readonly repository: string;
  readonly projectId: number;
  readonly actor?: Actor | undefined;
}

/** Anything that brings bytes may be refused with QuotaExceeded, which ends the upload. */
export interface BlobUploadsService {
  /** Starts an upload. @returns its id. @throws QuotaExceeded when the project is full */
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

export interface BlobUploadsPorts {
  readonly store: BlobStore;
  readonly blobs: BlobRepository;
  readonly uploads: BlobUploadRepository;
  readonly repositories: RepositoryDirectory;
  readonly invalidation: Invalidation;
  /** Without it, nothing is limited. */
  readonly quota: UploadQuota;
  /** As the repository of blobs has it. */
  readonly leaseSeconds?: number;
}

export function createBlobUploadsService(ports: BlobUploadsPorts): BlobUploadsService {
  return new BlobUploads(ports);
}

type Finished = { readonly id: string; readonly repositoryId: number; readonly repository: string };
/** A body and how much of it the project has room for. */
type Admitted = { readonly chunk: Chunk; readonly allowance: Allowance };

class BlobUploads implements BlobUploadsService {
  readonly #ports: BlobUploadsPorts;
  readonly #quota: UploadQuota;
  readonly #hashes = new UploadHashes();
  readonly #mutex = createKeyedMutex();

  constructor(ports: BlobUploadsPorts) {
    this.#ports = ports;
    this.#quota = ports.quota;
  }

  async start(target: Target, principal: string, algorithm: DigestAlgorithm) {
    const { repository, projectId } = target;
    await this.#quota.checkRoom(projectId, pushOf(target));
    const repositoryId = await this.#ports.repositories.ensureId(repository, projectId);
    const id = randomUUID();
    await this.#ports.uploads.create({ id, repositoryId, algorithm }, principal);
    return id;
  }

  getOffset(key: UploadKey): Promise<number> {
    // Waits for a chunk under way, so that the offset told is the one to go on from.
    return this.#mutex.run(key.id, async () => (await this.#get(key)).offset);
  }

  append(key: UploadKey, chunk: Chunk): Promise<number> {
    return this.#mutex.run(key.id, async () => {
      const upload = await this.#get(key);
      checkStart(upload.offset, chunk);
      return this.#ending(key, async () => {
        const allowance = await this.#admit(key, upload, chunk, undefined);
        const reached = await this.#stage(upload, { chunk, allowance });
        await allowance.settle(reached).catch(() => undefined);
        return reached;
      });
    });
  }

  finish(key: UploadKey, digest: Digest, chunk: Chunk | undefined): Promise<void> {
    return this.#mutex.run(key.id, async () => {
      const upload = await this.#get(key);
      if (chunk !== undefined) checkStart(upload.offset, chunk);
      await this.#ending(key, async () => {
        const allowance = await this.#admit(key, upload, chunk, digest);
        try {
          await this.#finish({ ...upload, repository: key.repository }, digest, chunk, allowance);
        } catch (error) {
          await allowance.settle(upload.offset).catch(() => undefined);
          throw error;
        }
      });
    });
  }

  async pushWhole(target: Target, digest: Digest, chunk: Chunk): Promise<void> {
    const { repository, projectId } = target;
    const staged = { id: randomUUID(), offset: 0, algorithm: digestAlgorithm(digest) };
    const { id } = staged;
    const allowance = await this.#admit({ ...target, id }, staged, chunk, digest);
    try {
      const repositoryId = await this.#ports.repositories.ensureId(repository, projectId);
      const upload = { id, repositoryId, repository };
      if (isSmall(chunk)) return await this.#keep(upload, digest, await readSmall(chunk));
      const offset = await this.#take(staged, { chunk, allowance }, true);
      await this.#commit(upload, offset, digest, allowance);
    } catch (error) {
      this.#hashes.forget(id);
      await allowance.settle(0).catch(() => undefined);
      if (!isSmall(chunk)) await this.#ports.store.cancel(id);
      throw error;
    }
  }

  cancel(key: UploadKey): Promise<void> {
    return this.#mutex.run(key.id, async () => {
      await this.#get(key);
      await this.#abandon(key.id);
    });
  }

  async sweep(date: Date): Promise<number> {
    const { store, uploads } = this.#ports;
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
  }

  async #get({ repository, principal, id }: UploadKey): Promise<BlobUpload> {
    const upload = await this.#ports.uploads.find(repository, principal, id);
    if (upload === undefined) throw new OciError('BLOB_UPLOAD_UNKNOWN');
    return upload;
  }

  async #advance({ id, offset }: Staged, to: number): Promise<number> {
    if (await this.#ports.uploads.advance(id, offset, to)) return to;
    // Another replica wrote: what was hashed here may not be what is staged now.
    this.#hashes.forget(id);
    throw new OciError('BLOB_UPLOAD_UNKNOWN', 'the upload went on elsewhere; ask where it is');
  }

  /** Reserves room, before a byte is read. */
  #admit(
    key: Omit<UploadKey, 'principal'>,
    { id, offset }: Staged,
    chunk: Chunk | undefined,
    digest: Digest | undefined,
  ): Promise<Allowance> {
    const length = chunk === undefined ? 0 : chunk.length;
    const push = pushOf({ ...key, digest });
    return this.#quota.admit({ projectId: key.projectId, id, offset, length, digest, push });
  }

  /** Does the work; ends the upload when what came can never become the blob. */
  async #ending<T>(key: UploadKey, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const isWrong = error instanceof OciError && error.code === 'DIGEST_INVALID';
      if (isWrong || error instanceof QuotaExceeded) await this.#abandon(key.id);
      throw error;
    }
  }

  /** Takes a chunk that is not the last. Resolves the new offset. */
  async #stage(upload: Staged, admitted: Admitted): Promise<number> {
    try {
      return await this.#advance(upload, await this.#take(upload, admitted, false));
    } catch (error) {
      // What was received before the cut is durable: the client may go on after it.
      const durable = (error instanceof BlobStoreError && error.offset) || upload.offset;
      if (durable > upload.offset) await this.#advance(upload, durable);
      await admitted.allowance.settle(durable).catch(() => undefined);
      throw error;
    }
  }

  async #finish(
    upload: BlobUpload & Finished,
    digest: Digest,
    chunk: Chunk | undefined,
    allowance: Allowance,
  ): Promise<void> {
    if (chunk === undefined && (await this.#wasCommitted(upload, digest))) {
      return this.#claiming(upload, digest, async () => {
        // Looked at again: what was there may have been swept until the claim.
        if (!(await this.#wasCommitted(upload, digest))) throw new OciError('BLOB_UPLOAD_UNKNOWN');
        await this.#show(upload, digest, { size: upload.offset });
      });
    }
    if (chunk !== undefined && upload.offset === 0 && isSmall(chunk)) {
      return this.#keep(upload, digest, await readSmall(chunk));
    }
    const offset = await this.#takeLast(upload, chunk && { chunk, allowance });
    await this.#commit(upload, offset, digest, allowance);
  }

  /** Appends to the store and hashes on the way. Resolves the new offset. */
  async #take(upload: Staged, { chunk, allowance }: Admitted, willCommit: boolean) {
    const hashing = this.#hashes.take(upload);
    chunk.accept?.();
    const body = allowance.meter(chunk.source);
    try {
      const { offset } = await this.#ports.store.append(upload.id, upload.offset, body, {
        willCommit,
        signal: chunk.signal,
        ...(hashing && { onChunk: (bytes: Buffer) => void hashing.hash.update(bytes) }),
      });
      if (hashing) this.#hashes.keep(upload.id, hashing, offset);
      return offset;
    } catch (error) {
      throw allowance.refusal ?? error;
    } finally {
      // Lets go of the body, which the answer may want to drain.
      if (body !== chunk.source) body.destroy();
    }
  }

  /** Bytes staged behind the offset, which a crash left, must not become part of the blob. */
  async #takeLast(upload: BlobUpload, admitted: Admitted | undefined): Promise<number> {
    if (admitted !== undefined) return this.#take(upload, admitted, true);
    if (this.#hashes.covers(upload)) return upload.offset;
    const { store } = this.#ports;
    const cut = await store.append(upload.id, upload.offset, Readable.from([]), {
      willCommit: true,
    });
    return cut.offset;
  }

  async #commit(
    upload: Finished,
    offset: number,
    digest: Digest,
    allowance: Allowance,
  ): Promise<void> {
    const staged = { id: upload.id, offset, algorithm: digestAlgorithm(digest) };
    const actual = await this.#hashes.digest(staged, () => this.#ports.store.readStaged(upload.id));
    checkDigest(digest, actual, offset);
    await allowance.renew();
    await this.#claiming(upload, digest, async () => {
      const { size } = await this.#ports.store.commit(upload.id, digest);
      await this.#show(upload, digest, { size });
    });
  }

  /** Places bytes and shows them, while no sweep takes them (ADR 0018). */
  async #claiming(
    { repositoryId, repository }: Finished,
    digest: Digest,
    work: () => Promise<void>,
  ): Promise<void> {
    const { blobs, store, invalidation, leaseSeconds = DEFAULT_LEASE_SECONDS } = this.#ports;
    const began = performance.now();
    await blobs.claim(digest);
    await work();
    if (performance.now() - began < leaseSeconds * 500) return;
    // The claim may have ended before the row was written.
    if ((await store.stat(digest)) !== undefined) return;
    if (await blobs.hold(digest, () => store.restore(digest))) return;
    await followUp(
      () => blobs.unlink(repositoryId, digest),
      () => invalidation.blob(repository, digest),
    );
    throw new BlobStoreError('io', 'the upload took too long to be stored; push it again');
  }

  /** Puts a small blob into the database: one COMMIT, and no file. */
  async #keep(upload: Finished, digest: Digest, content: Buffer): Promise<void> {
    checkDigest(digest, digestOf(content, digestAlgorithm(digest)), content.length);
    await this.#show(upload, digest, { size: content.length, content });
  }

  /** Records the blob, whose bytes are durable, and ends the upload. */
  #show(
    { id, repositoryId, repository }: Finished,
    digest: Digest,
    { size, content }: { size: number; content?: Buffer },
  ): Promise<void> {
    return followUp(
      () => this.#ports.blobs.put({ repositoryId, digest, size, content, uploadId: id }),
      () => this.#ports.invalidation.blob(repository, digest),
    );
  }

  /**
   * Whether an earlier finish of this upload got as far as the store, and died or lost the
   * database before the row: then the staged bytes are gone, and are the blob.
   */
  async #wasCommitted({ id, offset }: Staged, digest: Digest): Promise<boolean> {
    if (offset === 0 || this.#hashes.has(id)) return false;
    const { store, blobs } = this.#ports;
    if ((await store.statStaged(id)) !== undefined) return false;
    // A blob with a row was there before, and may be somebody else's: it must be sent again.
    if (await blobs.exists(digest)) return false;
    return (await store.stat(digest))?.size === offset;
  }

  async #abandon(id: string): Promise<void> {
    this.#hashes.forget(id);
    await this.#ports.uploads.delete(id);
    await this.#ports.store.cancel(id);
    await this.#quota.release(id).catch(() => undefined);
  }
}

/** What is told of an upload that the quota refuses. */
function pushOf({
  repository,
  actor,
  digest,
}: Omit<Target, 'projectId'> & { digest?: Digest | undefined }) {
  return actor && { repository, actor, digest };
}

function checkDigest(wanted: Digest, actual: Digest, size: number): void {
  if (actual === wanted) return;
  throw new OciError('DIGEST_INVALID', `the ${size} bytes received have the digest ${actual}`);
}
