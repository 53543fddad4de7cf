import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { BundledPostgresError } from './bundled.errors.ts';

export interface DirectoryLock {
  release(): void;
}

/**
 * Holds `directory` for this process until it releases or dies; throws `in-use` when another one
 * holds it.
 *
 * Node offers no flock(2). SQLite's exclusive mode is a kernel file lock behind an API we have: it
 * vanishes with its owner, cannot be fooled by a reused pid, and works between containers that
 * share a volume. Nothing is ever stored in the file.
 */
export function lockDirectory(directory: string): DirectoryLock {
  const file = new DatabaseSync(join(directory, 'lock'));
  try {
    file.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    file.close();
    if (!isBusy(error)) throw error;
    throw new BundledPostgresError(
      'in-use',
      `Another Berth process is using the database in ${directory}. Stop it first, or give this ` +
        'one its own data directory.',
      { cause: error },
    );
  }
  return { release: () => file.close() };
}

const SQLITE_BUSY = 5;

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
}
