import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { Readable } from 'node:stream';
import type { Digest } from '@berth/oci';
import { BlobStoreError } from '../blobstore.errors.ts';
import type {
  Appended,
  AppendOptions,
  BlobEntry,
  BlobStat,
  BlobStore,
  StoredReader,
} from '../blobstore.ts';
import { BufferPool } from './buffer-pool.ts';
import { type FileSystem, findErrorCode, nodeFileSystem, withFile } from './durable.ts';
import { findBlobSize, findStagedSize, listAside, listBlobs, unlinkTrashed } from './listing.ts';
import { Placement } from './placement.ts';
import { FilesystemReader } from './reader.ts';
import { appendStaged, dropStaged, listStagedUploads, readStagedChunks } from './staging.ts';
import { guarded, openVolume, probePath, storeError, type Volume } from './volume.ts';

export interface FilesystemBlobStoreOptions {
  /** Made if missing. Everything the store keeps lies below. */
  readonly root: string;
  /** The system calls; tests put faults and recorders here. */
  readonly fileSystem?: FileSystem;
}

/**
 * Blobs as files in distribution's layout, `<root>/docker/registry/v2/blobs/<algorithm>/<2 hex>/
 * <hex>/data`, with staging in `<root>/uploads`, deleted blobs in `<root>/trash` and bad ones in
 * `<root>/quarantine`.
 * Several processes may share the root. Rejects with `BlobStoreError`.
 */
export async function createFilesystemBlobStore(
  options: FilesystemBlobStoreOptions,
): Promise<BlobStore> {
  try {
    const volume = await openVolume(options.root, options.fileSystem ?? nodeFileSystem);
    return new FilesystemBlobStore(volume);
  } catch (cause) {
    if (cause instanceof BlobStoreError) throw cause;
    throw new BlobStoreError('io', 'the blob directory cannot be used', { cause });
  }
}

class FilesystemBlobStore implements BlobStore {
  readonly kind = 'filesystem';
  readonly #volume: Volume;
  readonly #placement: Placement;
  readonly #pool = new BufferPool();
  readonly #probeId = randomUUID();
  #probe: Promise<void> | undefined;

  constructor(volume: Volume) {
    this.#volume = volume;
    this.#placement = new Placement(volume);
  }

  append(
    uploadId: string,
    offset: number,
    source: Readable,
    options: AppendOptions = {},
  ): Promise<Appended> {
    return guarded(this.#volume, () =>
      appendStaged(this.#volume, uploadId, offset, source, options),
    );
  }

  readStaged(uploadId: string): Readable {
    const volume = this.#volume;
    async function* chunks(): AsyncGenerator<Buffer> {
      try {
        yield* readStagedChunks(volume, volume.paths.staging(uploadId));
      } catch (error) {
        throw await storeError(volume, error);
      }
    }
    return Readable.from(chunks(), { objectMode: false });
  }

  commit(uploadId: string, digest: Digest): Promise<BlobStat> {
    return guarded(this.#volume, () => this.#placement.commit(uploadId, digest));
  }

  statStaged(uploadId: string): Promise<BlobStat | undefined> {
    return guarded(this.#volume, async () => {
      const size = await findStagedSize(this.#volume, uploadId);
      return size === undefined ? undefined : { size };
    });
  }

  cancel(uploadId: string): Promise<void> {
    return guarded(this.#volume, () => dropStaged(this.#volume, uploadId));
  }

  async *listStaged(): AsyncGenerator<{ readonly uploadId: string; readonly modifiedAt: Date }> {
    try {
      yield* listStagedUploads(this.#volume);
    } catch (error) {
      throw await storeError(this.#volume, error);
    }
  }

  stat(digest: Digest): Promise<BlobStat | undefined> {
    return guarded(this.#volume, async () => {
      const size = await findBlobSize(this.#volume, digest);
      return size === undefined ? undefined : { size };
    });
  }

  open(digest: Digest): Promise<StoredReader> {
    return guarded(this.#volume, () => this.#open(digest));
  }

  delete(digest: Digest): Promise<boolean> {
    return guarded(this.#volume, () => this.#placement.delete(digest));
  }

  restore(digest: Digest): Promise<boolean> {
    return guarded(this.#volume, () => this.#placement.restore(digest));
  }

  emptyTrash(olderThan: Date, among?: readonly Digest[]): Promise<number> {
    return guarded(this.#volume, () => unlinkTrashed(this.#volume, olderThan, among));
  }

  quarantine(digest: Digest, version: string): Promise<boolean> {
    return guarded(this.#volume, () => this.#placement.quarantine(digest, version));
  }

  listTrashed(): AsyncGenerator<BlobEntry> {
    return this.#list(listAside(this.#volume, 'trash'));
  }

  listQuarantined(): AsyncGenerator<BlobEntry> {
    return this.#list(listAside(this.#volume, 'quarantine'));
  }

  list(): AsyncGenerator<BlobEntry> {
    return this.#list(listBlobs(this.#volume));
  }

  probe(): Promise<void> {
    // Probes share one file, hence one run.
    this.#probe ??= guarded(this.#volume, () => this.#writeProbe()).finally(() => {
      this.#probe = undefined;
    });
    return this.#probe;
  }

  async *#list(entries: AsyncGenerator<BlobEntry>): AsyncGenerator<BlobEntry> {
    try {
      yield* entries;
    } catch (error) {
      throw await storeError(this.#volume, error);
    }
  }

  async #open(digest: Digest): Promise<StoredReader> {
    const { files, paths } = this.#volume;
    const fd = await this.#openData(paths.blob(digest).data);
    try {
      const stats = await files.statOpen(fd);
      if (!stats.isFile()) throw new BlobStoreError('io', 'the blob is not a file');
      return new FilesystemReader(files, fd, stats, this.#pool);
    } catch (error) {
      await files.close(fd);
      throw error;
    }
  }

  async #openData(path: string): Promise<number> {
    try {
      return await this.#volume.files.open(path, constants.O_RDONLY);
    } catch (cause) {
      if (findErrorCode(cause) !== 'ENOENT') throw cause;
      throw new BlobStoreError('not-found', 'no such blob', { cause });
    }
  }

  async #writeProbe(): Promise<void> {
    const { files, paths, directories } = this.#volume;
    const path = probePath(paths, this.#probeId);
    try {
      await withFile(files, path, constants.O_CREAT | constants.O_WRONLY, async (fd) => {
        await files.writev(fd, [Buffer.from('probe')], 0);
        await files.datasync(fd);
      });
      await directories.sync(paths.uploads);
    } finally {
      await files.unlink(path).catch(() => undefined);
    }
  }
}
