import { constants } from 'node:fs';
import type { Digest } from '@berth/oci';
import { BlobStoreError } from '../blobstore.errors.ts';
import type { BlobStat } from '../blobstore.ts';
import { committedSize } from '../keys.ts';
import { findErrorCode, findStats, succeeds, versionOf, withFile } from './durable.ts';
import type { BlobPath } from './paths.ts';
import type { Volume } from './volume.ts';

// Each lost round needs a delete of the same digest in between.
const ATTEMPTS = 16;

/** Puts files where blobs lie, durably, and takes them away into the trash. */
export class Placement {
  readonly #volume: Volume;
  /** Prefix directories whose own entry is known to be durable: at most 512. */
  readonly #durablePrefixes = new Set<string>();

  constructor(volume: Volume) {
    this.#volume = volume;
  }

  /** {@link BlobStore.commit}; rejects with system errors too. */
  async commit(uploadId: string, digest: Digest): Promise<BlobStat> {
    const { files, paths } = this.#volume;
    const blob = paths.blob(digest);
    const staging = paths.staging(uploadId);
    const [staged, present] = await Promise.all([
      findStats(files, staging),
      findStats(files, blob.data),
    ]);
    const size = committedSize(staged?.size, digest);
    // What is there is replaced: it costs no more than to keep it, and heals it if it went bad.
    if (staged !== undefined || present?.isFile() !== true || present.size !== size) {
      if (staged === undefined) await this.#createEmpty(staging);
      await this.#place(staging, blob);
    }
    await this.#sync(blob);
    return { size };
  }

  /** {@link BlobStore.delete}; rejects with system errors too. */
  async delete(digest: Digest): Promise<boolean> {
    const { files, paths, directories } = this.#volume;
    const blob = paths.blob(digest);
    if (!(await this.#touch(blob.data))) return false;
    if (!(await succeeds(files.rename(blob.data, paths.trashed(digest)), 'ENOENT'))) {
      if ((await findStats(files, blob.data)) === undefined) return false;
      throw new BlobStoreError('io', 'the trash directory is missing');
    }
    await directories.sync(paths.trash);
    const removed = await succeeds(files.rmdir(blob.directory), 'ENOENT', 'ENOTEMPTY', 'EEXIST');
    await this.#syncIfPresent(removed ? blob.prefixDirectory : blob.directory);
    return true;
  }

  /** {@link BlobStore.restore}; rejects with system errors too. */
  async restore(digest: Digest): Promise<boolean> {
    const { files, paths, directories } = this.#volume;
    const blob = paths.blob(digest);
    const trashed = paths.trashed(digest);
    if ((await findStats(files, trashed)) === undefined) return false;
    if ((await findStats(files, blob.data)) === undefined) {
      if (!(await this.#placePresent(trashed, blob))) return false;
    }
    await this.#sync(blob);
    await directories.sync(paths.trash);
    return true;
  }

  /** {@link BlobStore.quarantine}; rejects with system errors too. */
  async quarantine(digest: Digest, version: string): Promise<boolean> {
    const { files, paths, directories } = this.#volume;
    const blob = paths.blob(digest);
    const aside = paths.quarantined(digest);
    const present = await findStats(files, blob.data);
    if (present === undefined || versionOf(present) !== version) return false;
    if (!(await succeeds(files.rename(blob.data, aside), 'ENOENT'))) {
      if ((await findStats(files, blob.data)) === undefined) return false;
      throw new BlobStoreError('io', 'the quarantine directory is missing');
    }
    const moved = await findStats(files, aside);
    // A push placed them anew between the look and the move: those bytes go back.
    const isOther = moved !== undefined && versionOf(moved) !== version;
    if (isOther) await this.#placePresent(aside, blob);
    await directories.sync(paths.quarantine);
    await this.#sync(blob);
    return !isOther;
  }

  async #createEmpty(staging: string): Promise<void> {
    const { files } = this.#volume;
    const flags = constants.O_CREAT | constants.O_WRONLY | constants.O_NOFOLLOW;
    await withFile(files, staging, flags, (fd) => files.sync(fd));
  }

  /** Dates the trashing for `emptyTrash`, before the file can be seen there. */
  async #touch(path: string): Promise<boolean> {
    const { files } = this.#volume;
    const touched = withFile(files, path, constants.O_RDONLY, async (fd) => {
      await files.touch(fd, new Date());
      await files.sync(fd);
    });
    return succeeds(touched, 'ENOENT');
  }

  async #place(from: string, blob: BlobPath): Promise<void> {
    if (await this.#placePresent(from, blob)) return;
    throw new BlobStoreError('not-found', 'the staged bytes are gone');
  }

  /** Renames `from` to the blob. Resolves false when `from` is gone. */
  async #placePresent(from: string, blob: BlobPath): Promise<boolean> {
    const { files } = this.#volume;
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      await this.#ensureDirectory(blob);
      if (await succeeds(files.rename(from, blob.data), 'ENOENT')) return true;
      // A delete of the same digest removed the directory in between, unless `from` is missing.
      if ((await findStats(files, from)) === undefined) return false;
    }
    throw new BlobStoreError('io', 'the blob is deleted again and again');
  }

  async #ensureDirectory(blob: BlobPath): Promise<void> {
    const { files } = this.#volume;
    if (await this.#makeDirectory(blob.directory)) return;
    this.#durablePrefixes.delete(blob.prefixDirectory);
    await succeeds(files.mkdir(blob.prefixDirectory), 'EEXIST');
    await succeeds(files.mkdir(blob.directory), 'EEXIST');
  }

  /** Resolves false when the parent is missing. */
  async #makeDirectory(path: string): Promise<boolean> {
    try {
      await this.#volume.files.mkdir(path);
      return true;
    } catch (error) {
      const code = findErrorCode(error);
      if (code === 'EEXIST') return true;
      if (code === 'ENOENT') return false;
      throw error;
    }
  }

  /** Makes every directory entry on the way to the blob durable. */
  async #sync(blob: BlobPath): Promise<void> {
    const { directories } = this.#volume;
    const { prefixDirectory, algorithmDirectory } = blob;
    const isNew = !this.#durablePrefixes.has(prefixDirectory);
    await Promise.all([
      this.#syncIfPresent(blob.directory),
      directories.sync(prefixDirectory),
      isNew ? directories.sync(algorithmDirectory) : undefined,
    ]);
    if (isNew) this.#durablePrefixes.add(prefixDirectory);
  }

  /** A blob's directory that is gone was removed by a later delete: nothing to make durable. */
  async #syncIfPresent(directory: string): Promise<void> {
    await succeeds(this.#volume.directories.sync(directory), 'ENOENT');
  }
}
