import { type Digest, findDigest } from '@berth/oci';
import type { BlobEntry } from '../blobstore.ts';
import { findErrorCode, succeeds } from './durable.ts';
import { findDigestAside, isPrefixName } from './paths.ts';
import type { Volume } from './volume.ts';

const STATS_AT_ONCE = 32;

/**
 * Walks `<algorithm>/<2 hex>/<hex>/data`. Rejects with the system's error when a directory cannot
 * be read, a missing one included: those are never removed, so it means that storage is away.
 */
export async function* listBlobs(volume: Volume): AsyncGenerator<BlobEntry> {
  for (const directory of volume.paths.algorithmDirectories) {
    const algorithm = directory.slice(directory.lastIndexOf('/') + 1);
    for (const prefix of await volume.files.list(directory)) {
      if (isPrefixName(prefix)) yield* listPrefix(volume, `${directory}/${prefix}`, algorithm);
    }
  }
}

async function* listPrefix(
  volume: Volume,
  directory: string,
  algorithm: string,
): AsyncGenerator<BlobEntry> {
  const names = await listDirectory(volume, directory);
  for (let start = 0; start < names.length; start += STATS_AT_ONCE) {
    const group = names.slice(start, start + STATS_AT_ONCE);
    const entries = await Promise.all(
      group.map((name) => findEntry(volume, `${directory}/${name}/data`, `${algorithm}:${name}`)),
    );
    for (const entry of entries) if (entry !== undefined) yield entry;
  }
}

async function listDirectory(volume: Volume, directory: string): Promise<string[]> {
  try {
    return await volume.files.list(directory);
  } catch (error) {
    if (findErrorCode(error) === 'ENOTDIR') return [];
    throw error;
  }
}

async function findEntry(
  volume: Volume,
  path: string,
  text: string,
): Promise<BlobEntry | undefined> {
  const digest = findDigest(text);
  // The path is compared with where the digest belongs: a misplaced directory is foreign.
  if (digest === undefined || volume.paths.blob(digest).data !== path) return undefined;
  const size = await findBlobSize(volume, digest);
  return size === undefined ? undefined : { digest, size };
}

/** Bytes of a blob, or undefined when it is not there (or not a file). */
export function findBlobSize(volume: Volume, digest: Digest): Promise<number | undefined> {
  return findFileSize(volume, volume.paths.blob(digest).data);
}

/** Staged bytes of an upload, or undefined when it has no staging. */
export function findStagedSize(volume: Volume, uploadId: string): Promise<number | undefined> {
  return findFileSize(volume, volume.paths.staging(uploadId));
}

async function findFileSize(volume: Volume, path: string): Promise<number | undefined> {
  try {
    const stats = await volume.files.stat(path);
    return stats.isFile() ? stats.size : undefined;
  } catch (error) {
    const code = findErrorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** Files in the trash or the quarantine. */
export async function* listAside(
  volume: Volume,
  directory: 'trash' | 'quarantine',
): AsyncGenerator<BlobEntry> {
  const path = volume.paths[directory];
  for (const name of await volume.files.list(path)) {
    const digest = findDigestAside(name);
    const size = digest && (await findFileSize(volume, `${path}/${name}`));
    if (digest !== undefined && size !== undefined) yield { digest, size };
  }
}

/** {@link BlobStore.emptyTrash}; rejects with system errors too. */
export async function unlinkTrashed(
  volume: Volume,
  olderThan: Date,
  among?: readonly Digest[],
): Promise<number> {
  const { files, paths } = volume;
  let count = 0;
  for (const digest of among ?? (await listTrashedDigests(volume))) {
    const path = paths.trashed(digest);
    // A file that vanishes meanwhile was restored, or unlinked by another replica.
    if (!(await isOlder(volume, path, olderThan))) continue;
    if (await succeeds(files.unlink(path), 'ENOENT')) count += 1;
  }
  return count;
}

async function listTrashedDigests({ files, paths }: Volume): Promise<Digest[]> {
  const names = await files.list(paths.trash);
  return names.flatMap((name) => findDigestAside(name) ?? []);
}

async function isOlder(volume: Volume, path: string, date: Date): Promise<boolean> {
  try {
    return (await volume.files.stat(path)).mtime < date;
  } catch (error) {
    if (findErrorCode(error) === 'ENOENT') return false;
    throw error;
  }
}
