import { join } from 'node:path';
import type { BackupDirectory, BackupSet } from './backup-directory.ts';
import { parseBlobs } from './blob-transfer.ts';
import { readLines } from './compressed-file.ts';

export interface Pruned {
  readonly removed: readonly BackupSet[];
  /** Blobs that no set needs any more, and their bytes. */
  readonly blobs: number;
  readonly bytes: number;
}

/**
 * Keeps the newest sets and what they need. A kept set that cannot be read keeps everything: then
 * nothing is removed.
 *
 * @param keep at least 1
 * @throws AppError conflict beside another backup; BackupDamagedError
 */
export async function pruneBackups(directory: BackupDirectory, keep: number): Promise<Pruned> {
  using _lock = await directory.lock();
  const pool = await directory.openPool();
  const sets = await directory.listSets();
  const needed = await listNeeded(directory, sets.slice(0, keep));
  await directory.sweep(pool);
  const removed = sets.slice(keep);
  for (const set of removed) await directory.removeSet(set);
  let blobs = 0;
  let bytes = 0;
  for await (const { digest, size } of pool.list()) {
    if (needed.has(digest)) continue;
    if (!(await pool.delete(digest))) continue;
    blobs += 1;
    bytes += size;
  }
  // The clock of the file system may be a little ahead.
  await pool.emptyTrash(new Date(Date.now() + 60_000));
  return { removed, blobs, bytes };
}

async function listNeeded(
  directory: BackupDirectory,
  sets: readonly BackupSet[],
): Promise<Set<string>> {
  const needed = new Set<string>();
  for (const set of sets) {
    const { blobs } = await directory.getManifest(set);
    const list = readLines(join(set.path, blobs.file), blobs);
    for await (const { digest } of parseBlobs(list)) needed.add(digest);
  }
  return needed;
}
