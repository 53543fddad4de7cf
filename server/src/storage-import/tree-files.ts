import { constants, type Dirent, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, opendir } from 'node:fs/promises';
import { SkippedError } from './skipped-error.ts';

// A link out of the tree, or a pipe that nobody writes to, must neither be followed nor waited for.
const SAFELY = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Opens a file for reading, which must be one and no symbolic link; undefined when there is none.
 *
 * @throws SkippedError broken-link for anything but a file
 */
export async function findFile(
  path: string,
): Promise<{ readonly handle: FileHandle; readonly stats: Stats } | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(path, SAFELY);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    // A socket cannot be opened at all.
    if (code === 'ELOOP' || code === 'ENXIO') throw noFile();
    throw error;
  }
  try {
    const stats = await handle.stat();
    if (stats.isFile()) return { handle, stats };
  } catch (error) {
    await handle.close();
    throw error;
  }
  await handle.close();
  throw noFile();
}

/** What a file holds, when it is no longer than `maxBytes`; else undefined. */
export async function readUpTo(handle: FileHandle, maxBytes: number): Promise<Buffer | undefined> {
  const buffer = Buffer.allocUnsafe(maxBytes + 1);
  let length = 0;
  for (;;) {
    const { bytesRead } = await handle.read(buffer, length, buffer.length - length, length);
    length += bytesRead;
    if (length > maxBytes) return undefined;
    if (bytesRead === 0) return Buffer.from(buffer.subarray(0, length));
  }
}

/** Entries of a directory, none when it is absent or a symbolic link. */
export async function* listEntries(path: string): AsyncGenerator<Dirent> {
  if (!(await isDirectory(path))) return;
  yield* await opendir(path, { bufferSize: 256 });
}

/** Whether it is a directory, and no symbolic link to one. */
export async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isDirectory();
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw error;
  }
}

/** The POSIX code of a system error. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

function noFile(): SkippedError {
  return new SkippedError('broken-link', 'it is no regular file');
}
