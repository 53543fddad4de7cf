import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AppError } from '../lib/index.ts';

const SQLITE_BUSY = 5;

/**
 * Holds a backup directory for this process until it is disposed of or the process dies. As for
 * the data directory, SQLite is how Node gets at a lock of the kernel.
 *
 * @throws AppError conflict when another process works in it
 */
export function lockBackupDirectory(directory: string): Disposable {
  const file = new DatabaseSync(join(directory, 'lock'));
  try {
    file.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    file.close();
    if (!isBusy(error)) throw error;
    throw new AppError('conflict', `another backup is at work in ${directory}`, { cause: error });
  }
  return { [Symbol.dispose]: () => file.close() };
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
}
