import { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';

const BATCH_BYTES = 512 * 1024;
// A sender of tiny chunks must not make one batch hold half a million buffers.
const BATCH_CHUNKS = 64;

export interface PumpOptions {
  /** Bytes the source may yield. */
  readonly limit: number;
  readonly onChunk?: ((chunk: Buffer) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How the source ended. */
export type PumpEnd =
  | { readonly kind: 'complete' }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'interrupted'; readonly cause: unknown };

/** Takes one batch; the next is handed over only after it resolved. */
export type WriteBatch = (chunks: readonly Buffer[], bytes: number) => Promise<void>;

/**
 * Reads `source` to its end and hands it to `write` in batches of about 512 KiB, the next one
 * gathered while the previous is written; never more than two batches are held. Resolves with how
 * the source ended once all it yielded was written (for `too-large`: not the last batch). Rejects
 * only with what `write` rejects with. Does not destroy the source.
 */
export function pumpBatches(
  source: Readable,
  write: WriteBatch,
  options: PumpOptions,
): Promise<PumpEnd> {
  return new BatchPump(source, write, options).run();
}

/** Keeps errors of a source nobody listens to any more from ending the process. */
export function ignoreErrors(source: Readable): void {
  source.on('error', ignore);
}

function ignore(): void {}

class BatchPump {
  readonly #source: Readable;
  readonly #write: WriteBatch;
  readonly #options: PumpOptions;
  readonly #outcome = Promise.withResolvers<PumpEnd>();
  #batch: Buffer[] = [];
  #batchBytes = 0;
  #accepted = 0;
  #writing = false;
  #end: PumpEnd | undefined;

  constructor(source: Readable, write: WriteBatch, options: PumpOptions) {
    this.#source = source;
    this.#write = write;
    this.#options = options;
  }

  run(): Promise<PumpEnd> {
    const source = this.#source;
    const { signal } = this.#options;
    if (signal?.aborted === true) {
      this.#finish({ kind: 'interrupted', cause: signal.reason });
      return this.#outcome.promise;
    }
    if (source.destroyed || source.readableEnded) {
      const cause = source.errored ?? new Error('the source was already read or closed');
      this.#finish({ kind: 'interrupted', cause });
      return this.#outcome.promise;
    }
    signal?.addEventListener('abort', this.#onAbort);
    source.on('error', this.#onError);
    source.on('end', this.#onEnd);
    source.on('close', this.#onClose);
    source.on('data', this.#onData);
    source.resume();
    return this.#outcome.promise;
  }

  readonly #onData = (data: Buffer | Uint8Array | string): void => {
    const chunk = toBuffer(data);
    if (this.#accepted + chunk.length > this.#options.limit) {
      this.#finish({ kind: 'too-large' });
      return;
    }
    // Taken before it is shown: if `onChunk` aborts, the bytes it saw are still those written.
    this.#batch.push(chunk);
    this.#batchBytes += chunk.length;
    this.#accepted += chunk.length;
    try {
      this.#options.onChunk?.(chunk);
    } catch (cause) {
      this.#batch.pop();
      this.#batchBytes -= chunk.length;
      this.#finish({ kind: 'interrupted', cause });
      return;
    }
    if (this.#end !== undefined || !this.#isFull()) return;
    if (this.#writing) this.#source.pause();
    else this.#flush();
  };

  readonly #onEnd = (): void => {
    // Node ends a request it cut itself without an error: only `complete` tells them apart.
    if (this.#source instanceof IncomingMessage && !this.#source.complete) {
      this.#finish({ kind: 'interrupted', cause: new Error('the request ended before its body') });
      return;
    }
    this.#finish({ kind: 'complete' });
  };

  readonly #onError = (cause: Error): void => {
    this.#finish({ kind: 'interrupted', cause });
  };

  readonly #onClose = (): void => {
    this.#finish({ kind: 'interrupted', cause: new Error('the source closed before its end') });
  };

  readonly #onAbort = (): void => {
    this.#finish({ kind: 'interrupted', cause: this.#options.signal?.reason });
  };

  #isFull(): boolean {
    return this.#batchBytes >= BATCH_BYTES || this.#batch.length >= BATCH_CHUNKS;
  }

  #flush(): void {
    const chunks = this.#batch;
    const bytes = this.#batchBytes;
    this.#batch = [];
    this.#batchBytes = 0;
    this.#writing = true;
    this.#write(chunks, bytes).then(this.#onWritten, this.#onWriteError);
  }

  readonly #onWritten = (): void => {
    this.#writing = false;
    if (this.#end !== undefined) {
      this.#drain(this.#end);
      return;
    }
    if (this.#isFull()) this.#flush();
    this.#source.resume();
  };

  readonly #onWriteError = (error: unknown): void => {
    this.#detach();
    this.#source.pause();
    this.#outcome.reject(error);
  };

  #finish(end: PumpEnd): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#detach();
    if (end.kind !== 'complete') this.#source.pause();
    if (!this.#writing) this.#drain(end);
  }

  #drain(end: PumpEnd): void {
    if (this.#batch.length > 0 && end.kind !== 'too-large') this.#flush();
    else this.#outcome.resolve(end);
  }

  #detach(): void {
    ignoreErrors(this.#source);
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    this.#source.off('data', this.#onData);
    this.#source.off('end', this.#onEnd);
    this.#source.off('close', this.#onClose);
    this.#source.off('error', this.#onError);
  }
}

function toBuffer(data: Buffer | Uint8Array | string): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return typeof data === 'string' ? Buffer.from(data) : Buffer.from(data);
}
