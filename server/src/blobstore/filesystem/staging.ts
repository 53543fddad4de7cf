import { constants } from 'node:fs';
import type { Readable } from 'node:stream';
import { ignoreErrors, type PumpEnd, pumpBatches } from '../batch-pump.ts';
import { BlobStoreError } from '../blobstore.errors.ts';
import type { Appended, AppendOptions } from '../blobstore.ts';
import { parseOffset } from '../keys.ts';
import { findErrorCode, succeeds } from './durable.ts';
import { isStagingName } from './paths.ts';
import type { Volume } from './volume.ts';
import { Writeback } from './writeback.ts';

const REHASH_BYTES = 256 * 1024;

interface StagedFile {
  readonly fd: number;
  /** Whether opening changed the file, so that it needs an fsync even if nothing is written. */
  readonly changed: boolean;
}

/** {@link BlobStore.append} on files; rejects with system errors too. */
export async function appendStaged(
  volume: Volume,
  uploadId: string,
  offset: number,
  source: Readable,
  options: AppendOptions,
): Promise<Appended> {
  // From the first turn on: a sender may reset the connection while the file is being opened.
  ignoreErrors(source);
  const path = volume.paths.staging(uploadId);
  const file = await openStaged(volume, path, parseOffset(offset));
  const writeback = new Writeback(volume.files, file.fd);
  try {
    const limit = (options.maxSize ?? Number.POSITIVE_INFINITY) - offset;
    const target = { volume, fd: file.fd, offset, writeback };
    const { end, written } = await writeSource(target, source, limit, options);
    if (end.kind === 'too-large') {
      throw new BlobStoreError('too-large', 'the upload exceeds the allowed size');
    }
    const isDirty = written > 0 || file.changed;
    const needsEntry = end.kind === 'interrupted' || options.willCommit !== true;
    await syncStaged(target, path, isDirty, needsEntry);
    const reached = offset + written;
    if (end.kind === 'complete') return { offset: reached };
    const details = { cause: end.cause, offset: reached };
    throw new BlobStoreError('interrupted', 'the sender stopped before the end', details);
  } finally {
    await writeback.settle().catch(() => undefined);
    await volume.files.close(file.fd);
  }
}

/** An open staged file, and where in it the append begins. */
interface Target {
  readonly volume: Volume;
  readonly fd: number;
  readonly offset: number;
  readonly writeback: Writeback;
}

async function openStaged(volume: Volume, path: string, offset: number): Promise<StagedFile> {
  const { files } = volume;
  if (offset === 0) {
    // Not O_EXCL: after a crash the client starts again at 0.
    const { O_CREAT, O_TRUNC, O_WRONLY, O_NOFOLLOW } = constants;
    const fd = await files.open(path, O_CREAT | O_TRUNC | O_WRONLY | O_NOFOLLOW);
    return { fd, changed: true };
  }
  const fd = await openPresent(volume, path, constants.O_WRONLY | constants.O_NOFOLLOW);
  if (fd === undefined) throw new BlobStoreError('invalid', 'the upload has no staged bytes');
  try {
    const { size } = await files.statOpen(fd);
    if (size < offset) {
      throw new BlobStoreError('invalid', `only ${size} bytes are staged, not ${offset}`);
    }
    if (size > offset) await files.truncate(fd, offset);
    return { fd, changed: size > offset };
  } catch (error) {
    await files.close(fd);
    throw error;
  }
}

async function openPresent(
  volume: Volume,
  path: string,
  flags: number,
): Promise<number | undefined> {
  try {
    return await volume.files.open(path, flags);
  } catch (error) {
    if (findErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Writes the source from `offset` on. What must not stay (a failed or too large one) is cut. */
async function writeSource(
  { volume, fd, offset, writeback }: Target,
  source: Readable,
  limit: number,
  options: AppendOptions,
): Promise<{ readonly end: PumpEnd; readonly written: number }> {
  let written = 0;
  async function write(chunks: readonly Buffer[], bytes: number): Promise<void> {
    await writeAll(volume, fd, chunks, bytes, offset + written);
    written += bytes;
    writeback.add(bytes);
  }
  try {
    const { onChunk, signal } = options;
    const end = await pumpBatches(source, write, { limit, onChunk, signal });
    if (end.kind !== 'too-large') return { end, written };
    await volume.files.truncate(fd, offset);
    return { end, written: 0 };
  } catch (error) {
    // Frees the space at once; if it fails too, the next append cuts.
    await volume.files.truncate(fd, offset).catch(() => undefined);
    throw error;
  }
}

async function writeAll(
  volume: Volume,
  fd: number,
  chunks: readonly Buffer[],
  bytes: number,
  position: number,
): Promise<void> {
  let left = chunks;
  for (let done = 0; done < bytes; ) {
    const count = await volume.files.writev(fd, left, position + done);
    if (count === 0) throw new BlobStoreError('io', 'storage took no bytes');
    done += count;
    if (done < bytes) left = dropBytes(left, count);
  }
}

/** The chunks without their first `count` bytes. */
function dropBytes(chunks: readonly Buffer[], count: number): readonly Buffer[] {
  let skip = count;
  const index = chunks.findIndex((chunk) => {
    if (chunk.length > skip) return true;
    skip -= chunk.length;
    return false;
  });
  const first = chunks[index];
  return first === undefined ? [] : [first.subarray(skip), ...chunks.slice(index + 1)];
}

async function syncStaged(
  { volume, fd, writeback }: Target,
  path: string,
  isDirty: boolean,
  needsEntry: boolean,
): Promise<void> {
  // All are awaited whatever happens: the descriptor must not be closed under a running fsync.
  const [early, data, directory] = await Promise.allSettled([
    writeback.settle(),
    isDirty ? volume.files.datasync(fd) : undefined,
    needsEntry ? volume.directories.sync(volume.paths.uploads) : undefined,
  ]);
  const failed = [early, data, directory].find((result) => result.status === 'rejected');
  if (failed === undefined) return;
  // The kernel may have dropped the pages and call them clean next time: never trust them again.
  await volume.files.unlink(path).catch(() => undefined);
  const message = 'storage could not make the upload durable';
  throw new BlobStoreError('io', message, { cause: failed.reason });
}

/** The staged bytes, in buffers of their own; none when there is no staging. */
export async function* readStagedChunks(volume: Volume, path: string): AsyncGenerator<Buffer> {
  const fd = await openPresent(volume, path, constants.O_RDONLY | constants.O_NOFOLLOW);
  if (fd === undefined) return;
  try {
    for (let position = 0; ; ) {
      const buffer = Buffer.allocUnsafe(REHASH_BYTES);
      const count = await readOnce(volume, fd, buffer, position);
      if (count === 0) return;
      position += count;
      yield buffer.subarray(0, count);
    }
  } finally {
    await volume.files.close(fd);
  }
}

function readOnce(volume: Volume, fd: number, buffer: Buffer, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    volume.files.read(fd, buffer, buffer.length, position, (error, count) => {
      if (error === null) resolve(count);
      else reject(error);
    });
  });
}

/** Unlinks staging, if any. */
export async function dropStaged(volume: Volume, uploadId: string): Promise<void> {
  await succeeds(volume.files.unlink(volume.paths.staging(uploadId)), 'ENOENT');
}

/** Uploads with staged bytes. */
export async function* listStagedUploads(
  volume: Volume,
): AsyncGenerator<{ readonly uploadId: string; readonly modifiedAt: Date }> {
  const { files, paths } = volume;
  for (const name of await files.list(paths.uploads)) {
    if (!isStagingName(name)) continue;
    try {
      const stats = await files.stat(paths.staging(name));
      if (stats.isFile()) yield { uploadId: name, modifiedAt: stats.mtime };
    } catch (error) {
      if (findErrorCode(error) !== 'ENOENT') throw error;
    }
  }
}
