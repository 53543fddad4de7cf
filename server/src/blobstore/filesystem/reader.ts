import type { Stats } from 'node:fs';
import { OutgoingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { BlobStoreError } from '../blobstore.errors.ts';
import type { ByteRange, StoredReader } from '../blobstore.ts';
import { resolveRange } from '../keys.ts';
import type { BufferPool } from './buffer-pool.ts';
import { type FileSystem, versionOf } from './durable.ts';

const BUFFERS_IN_FLIGHT = 2;

/** A blob open for reading. */
export class FilesystemReader implements StoredReader {
  readonly size: number;
  readonly version: string;
  readonly #files: FileSystem;
  readonly #fd: number;
  readonly #pool: BufferPool;
  readonly #copies = new Set<Promise<void>>();
  #closed: Promise<void> | undefined;

  constructor(files: FileSystem, fd: number, stats: Stats, pool: BufferPool) {
    this.#files = files;
    this.#fd = fd;
    this.size = stats.size;
    this.version = versionOf(stats);
    this.#pool = pool;
  }

  async copyTo(sink: Writable, range?: ByteRange, signal?: AbortSignal): Promise<void> {
    const { start, length } = resolveRange(this.size, range);
    if (this.#closed !== undefined) throw new BlobStoreError('io', 'the reader is closed');
    const copy = new Copy(this.#files, this.#fd, start, length, sink, this.#pool, signal).run();
    this.#copies.add(copy);
    try {
      await copy;
    } finally {
      this.#copies.delete(copy);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    // The number of a closed descriptor is given to the next file: no read may be under way.
    await Promise.allSettled(this.#copies);
    await this.#files.close(this.#fd);
  }
}

/** One copy: reads into one buffer while the sink takes the other. */
class Copy {
  readonly #files: FileSystem;
  readonly #fd: number;
  readonly #sink: Writable;
  readonly #pool: BufferPool;
  readonly #signal: AbortSignal | undefined;
  readonly #pooled: boolean;
  readonly #outcome = Promise.withResolvers<void>();
  #position: number;
  #left: number;
  #inFlight = 0;
  #reading = false;
  #failure: { readonly reason: unknown } | undefined;

  constructor(
    files: FileSystem,
    fd: number,
    position: number,
    length: number,
    sink: Writable,
    pool: BufferPool,
    signal: AbortSignal | undefined,
  ) {
    this.#files = files;
    this.#fd = fd;
    this.#position = position;
    this.#left = length;
    this.#sink = sink;
    this.#pool = pool;
    this.#signal = signal;
    // These call back when the kernel has the bytes; any other sink (a PassThrough, say) may keep
    // the chunk beyond its callback and gets buffers of its own.
    this.#pooled = sink instanceof Socket || sink instanceof OutgoingMessage;
  }

  async run(): Promise<void> {
    const sink = this.#sink;
    this.#signal?.throwIfAborted();
    if (sink.destroyed || sink.writableEnded) throw sinkClosed(sink.errored);
    this.#signal?.addEventListener('abort', this.#onAbort);
    sink.on('error', this.#onSinkError);
    sink.on('close', this.#onSinkClose);
    this.#pool.beginCopy();
    try {
      this.#next();
      await this.#outcome.promise;
    } finally {
      this.#pool.endCopy();
      this.#signal?.removeEventListener('abort', this.#onAbort);
      sink.off('error', this.#onSinkError);
      sink.off('close', this.#onSinkClose);
    }
  }

  readonly #onAbort = (): void => this.#fail(this.#signal?.reason);
  readonly #onSinkError = (error: unknown): void => this.#fail(sinkClosed(error));
  readonly #onSinkClose = (): void => this.#fail(sinkClosed(undefined));

  #fail(reason: unknown): void {
    this.#failure ??= { reason };
    // A running read holds the descriptor and a buffer: it ends first.
    if (!this.#reading) this.#outcome.reject(this.#failure.reason);
  }

  #next(): void {
    if (this.#reading || this.#failure !== undefined) return;
    if (this.#left === 0) {
      if (this.#inFlight === 0) this.#outcome.resolve();
      return;
    }
    if (this.#inFlight < BUFFERS_IN_FLIGHT) this.#read();
  }

  #read(): void {
    const length = this.#pool.lengthFor(this.#left);
    const wanted = Math.min(length, this.#left);
    const buffer = this.#pooled ? this.#pool.take(length) : Buffer.allocUnsafeSlow(wanted);
    this.#reading = true;
    this.#files.read(this.#fd, buffer, wanted, this.#position, (error, count) => {
      this.#reading = false;
      if (error === null && count > 0 && this.#failure === undefined) {
        this.#position += count;
        this.#left -= count;
        this.#send(buffer, count);
        this.#next();
        return;
      }
      this.#release(buffer);
      this.#fail(error === null ? shortRead() : readError(error));
    });
  }

  #send(buffer: Buffer, count: number): void {
    this.#inFlight += 1;
    const chunk = count === buffer.length ? buffer : buffer.subarray(0, count);
    // A sink that dies without this call back keeps the buffer: it is not reused, only collected.
    try {
      this.#sink.write(chunk, (error) => {
        this.#inFlight -= 1;
        this.#release(buffer);
        if (error) this.#fail(sinkClosed(error));
        else this.#next();
      });
    } catch (error) {
      // A response throws at once when it is given more than its Content-Length.
      this.#fail(sinkClosed(error));
    }
  }

  #release(buffer: Buffer): void {
    if (this.#pooled) this.#pool.give(buffer);
  }
}

function sinkClosed(cause: unknown): BlobStoreError {
  return new BlobStoreError('interrupted', 'the receiver closed before the end', { cause });
}

function shortRead(): BlobStoreError {
  return new BlobStoreError('io', 'the blob is shorter than its size');
}

function readError(cause: unknown): BlobStoreError {
  return new BlobStoreError('io', 'the blob cannot be read', { cause });
}
