import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { BlobStoreError } from '../blobstore.errors.ts';
import { DirectorySyncer } from './directory-syncer.ts';
import { type FileSystem, findErrorCode, succeeds } from './durable.ts';
import { type StorePaths, storePaths } from './paths.ts';

/** What every part of the filesystem store works with. */
export interface Volume {
  readonly files: FileSystem;
  readonly paths: StorePaths;
  readonly directories: DirectorySyncer;
}

/**
 * Makes the store's directories, durably, and checks that they lie on one file system, as renames
 * between them must. Rejects with system errors, or with kind `io` for the latter.
 */
export async function openVolume(root: string, files: FileSystem): Promise<Volume> {
  const paths = storePaths(resolve(root));
  const volume = { files, paths, directories: new DirectorySyncer(files) };
  const topMade = await mkdir(paths.root, { recursive: true, mode: 0o750 });
  for (const directory of paths.fixed) await succeeds(files.mkdir(directory), 'EEXIST');
  const parents = new Set(paths.fixed.map((directory) => dirname(directory)));
  for (const parent of parents) await volume.directories.sync(parent);
  if (topMade !== undefined) await syncChain(volume, paths.root, dirname(topMade));
  const devices = await Promise.all(paths.fixed.map(async (path) => (await files.stat(path)).dev));
  if (new Set(devices).size > 1) {
    throw new BlobStoreError(
      'io',
      'blobs, uploads, trash and quarantine must be on one file system',
    );
  }
  return volume;
}

async function syncChain(volume: Volume, from: string, to: string): Promise<void> {
  for (let path = from; path !== to; path = dirname(path)) {
    await volume.directories.sync(dirname(path));
  }
}

/** Runs one operation of the store; every rejection comes out as a `BlobStoreError`. */
export async function guarded<T>(volume: Volume, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw await storeError(volume, error);
  }
}

/** The `BlobStoreError` for a system error. Its message has no path: that is in `cause`. */
export async function storeError(volume: Volume, error: unknown): Promise<BlobStoreError> {
  if (error instanceof BlobStoreError) return error;
  const code = findErrorCode(error);
  if (code === 'EDQUOT') {
    return new BlobStoreError('no-space', 'the storage quota is used up', { cause: error });
  }
  if (code === 'ENOSPC') {
    const inodes = await volume.files.isOutOfInodes(volume.paths.root).catch(() => false);
    const message = inodes ? 'storage has no inodes left' : 'storage has no bytes left';
    return new BlobStoreError('no-space', message, { cause: error });
  }
  const message = code === undefined ? 'storage failed' : `storage failed: ${code}`;
  return new BlobStoreError('io', message, { cause: error });
}

/** A name for a probe's file, which no listing takes for staging. */
export function probePath(paths: StorePaths, id: string): string {
  return join(paths.uploads, `.probe-${id}`);
}
