import fs from 'node:fs';

/** Tells a read's outcome: the error, or how many bytes came (0 at the end of the file). */
export type ReadDone = (error: Error | null, bytes: number) => void;

/**
 * The system calls the store makes, and no others. Narrow so that a test can record their order
 * or let one of them fail. Callback calls underneath: they cost half of `fs.promises`.
 */
export interface FileSystem {
  open(path: string, flags: number): Promise<number>;
  close(fd: number): Promise<void>;
  read(fd: number, buffer: Buffer, length: number, position: number, done: ReadDone): void;
  /** Resolves with the bytes written, which may be fewer than given. */
  writev(fd: number, buffers: readonly Buffer[], position: number): Promise<number>;
  truncate(fd: number, size: number): Promise<void>;
  /** Sets the modification time. */
  touch(fd: number, modifiedAt: Date): Promise<void>;
  sync(fd: number): Promise<void>;
  datasync(fd: number): Promise<void>;
  statOpen(fd: number): Promise<fs.Stats>;
  stat(path: string): Promise<fs.Stats>;
  mkdir(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  rmdir(path: string): Promise<void>;
  /** Names in a directory. */
  list(path: string): Promise<string[]>;
  /** Whether the file system counts inodes and has none left. */
  isOutOfInodes(path: string): Promise<boolean>;
}

const FILE_MODE = 0o640;
const DIRECTORY_MODE = 0o750;

type Done<T> = (error: Error | null, value: T) => void;

function value<T>(call: (done: Done<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, result) => {
      if (error === null) resolve(result);
      else reject(error);
    });
  });
}

function completion(call: (done: (error: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    call((error) => {
      // close() and a few others call back with undefined, whatever their types say.
      if (error) reject(error);
      else resolve();
    });
  });
}

/** The operating system's calls. Each rejects with Node's error, `code` included. */
export const nodeFileSystem: FileSystem = {
  open: (path, flags) => value((done) => fs.open(path, flags, FILE_MODE, done)),
  close: (fd) => completion((done) => fs.close(fd, done)),
  read: (fd, buffer, length, position, done) => fs.read(fd, buffer, 0, length, position, done),
  writev: (fd, buffers, position) => value((done) => fs.writev(fd, buffers, position, done)),
  truncate: (fd, size) => completion((done) => fs.ftruncate(fd, size, done)),
  touch: (fd, modifiedAt) => completion((done) => fs.futimes(fd, modifiedAt, modifiedAt, done)),
  sync: (fd) => completion((done) => fs.fsync(fd, done)),
  datasync: (fd) => completion((done) => fs.fdatasync(fd, done)),
  statOpen: (fd) => value((done) => fs.fstat(fd, done)),
  stat: (path) => value((done) => fs.stat(path, done)),
  mkdir: (path) => completion((done) => fs.mkdir(path, DIRECTORY_MODE, done)),
  rename: (from, to) => completion((done) => fs.rename(from, to, done)),
  unlink: (path) => completion((done) => fs.unlink(path, done)),
  rmdir: (path) => completion((done) => fs.rmdir(path, done)),
  list: (path) => value((done) => fs.readdir(path, done)),
  isOutOfInodes: async (path) => {
    const stats = await value<fs.StatsFs>((done) => fs.statfs(path, done));
    return stats.files > 0 && stats.ffree === 0;
  },
};

/** The POSIX code of a system error, or undefined for any other value. */
export function findErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** Awaits `call`; resolves false when it failed with one of `codes`, rejects with other errors. */
export async function succeeds(call: Promise<void>, ...codes: string[]): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (error) {
    const code = findErrorCode(error);
    if (code !== undefined && codes.includes(code)) return false;
    throw error;
  }
}

/** The file's stats, or undefined when the path does not exist. */
export async function findStats(files: FileSystem, path: string): Promise<fs.Stats | undefined> {
  try {
    return await files.stat(path);
  } catch (error) {
    if (findErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Tells a file from another one at the same path, also when that has the same number. */
export function versionOf({ ino, size, mtimeMs }: fs.Stats): string {
  return `${ino}-${size}-${mtimeMs}`;
}

/** Opens, uses and closes a file. */
export async function withFile<T>(
  files: FileSystem,
  path: string,
  flags: number,
  use: (fd: number) => Promise<T>,
): Promise<T> {
  const fd = await files.open(path, flags);
  try {
    return await use(fd);
  } finally {
    await files.close(fd);
  }
}
