import {
  constants,
  createGunzip,
  createZstdDecompress,
  type Gunzip,
  type ZstdDecompress,
} from 'node:zlib';
import { ContentRefusal } from './content-refusal.ts';
import { archiveLimits as limits } from './limits.ts';

/** Whoever takes the unpacked bytes; nothing more is unpacked once it has enough. */
export interface UnpackedSink {
  readonly hasEnough: boolean;
  write(chunk: Uint8Array): void;
}

const CHUNK = 64 * 1024;

/**
 * Unpacks gzip (RFC 1952) or Zstandard (RFC 8878), told apart by their first bytes; anything else
 * passes as it is. Counts what comes out and stops at `maxBytes`. Give it one chunk after the other.
 */
export class Unpacker {
  readonly #sink: UnpackedSink;
  readonly #maxBytes: number;
  #head = Buffer.alloc(0);
  #isBegun = false;
  #isEnded = false;
  #stream: Gunzip | ZstdDecompress | undefined;
  #count = 0;
  #failure: Error | undefined;
  #settle: (() => void) | undefined;

  constructor(sink: UnpackedSink, maxBytes: number = limits.unpacked) {
    this.#sink = sink;
    this.#maxBytes = maxBytes;
  }

  /** @throws ContentRefusal, and what the sink throws */
  async write(chunk: Uint8Array): Promise<void> {
    if (this.#isBegun) return await this.#give(chunk);
    this.#head = Buffer.concat([this.#head, chunk]);
    if (this.#head.length >= 4) await this.#begin();
  }

  /** @throws ContentRefusal also when the content is cut short */
  async end(): Promise<void> {
    if (!this.#isBegun) await this.#begin();
    const stream = this.#stream;
    if (stream === undefined || stream.destroyed || this.#isEnded) return;
    await this.#until(() => stream.end());
  }

  /** How many of the bytes given were read, once all were: garbage after gzip's end is not. */
  get consumed(): number {
    return this.#stream?.bytesWritten ?? this.#count;
  }

  close(): void {
    this.#stream?.destroy();
  }

  async #begin(): Promise<void> {
    this.#isBegun = true;
    const head = this.#head;
    this.#head = Buffer.alloc(0);
    this.#stream = decompressorFor(head);
    this.#stream?.on('data', (chunk: Buffer) => {
      try {
        this.#take(chunk);
      } catch (error) {
        this.#fail(error instanceof Error ? error : new Error('the sink failed'));
      }
    });
    // Also before the last byte, where something follows that is not packed.
    this.#stream?.on('end', () => {
      this.#isEnded = true;
      this.#settle?.();
    });
    this.#stream?.on('error', () => {
      this.#fail(new ContentRefusal('unprocessable', 'the content is damaged or cut short'));
    });
    await this.#give(head);
  }

  async #give(chunk: Uint8Array): Promise<void> {
    const stream = this.#stream;
    if (stream === undefined) return this.#take(chunk);
    if (stream.destroyed || this.#isEnded) return;
    await this.#until((done) => {
      stream.write(chunk, done);
    });
  }

  /** Until the stream is done with it, has failed, or the sink has enough. */
  async #until(work: (done: () => void) => void): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#settle = resolve;
      work(resolve);
    });
    if (this.#failure !== undefined) throw this.#failure;
  }

  #take(chunk: Uint8Array): void {
    if (this.#sink.hasEnough || this.#failure !== undefined) return;
    this.#count += chunk.length;
    if (this.#count > this.#maxBytes) {
      throw new ContentRefusal('too-large', `it unpacks to more than ${this.#maxBytes} bytes`);
    }
    this.#sink.write(chunk);
    if (this.#sink.hasEnough) this.#stop();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#stop();
  }

  #stop(): void {
    this.#stream?.destroy();
    this.#settle?.();
  }
}

function decompressorFor(head: Buffer): Gunzip | ZstdDecompress | undefined {
  if (head[0] === 0x1f && head[1] === 0x8b) return createGunzip({ chunkSize: CHUNK });
  if (head.subarray(0, 4).toString('hex') !== '28b52ffd') return undefined;
  return createZstdDecompress({
    chunkSize: CHUNK,
    params: { [constants.ZSTD_d_windowLogMax]: limits.zstdWindowLog },
  });
}
