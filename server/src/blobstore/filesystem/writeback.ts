import type { FileSystem } from './durable.ts';

/** Bytes after which the disk is set to work, while more are still coming. */
const STRIDE_BYTES = 16 * 1024 * 1024;

/**
 * Has the disk take a long upload while it arrives, so that the fsync at its end, which the
 * sender waits for, finds little left to do.
 */
export class Writeback {
  readonly #files: FileSystem;
  readonly #fd: number;
  #pending = 0;
  #running: Promise<void> | undefined;
  #failure: { readonly cause: unknown } | undefined;

  constructor(files: FileSystem, fd: number) {
    this.#files = files;
    this.#fd = fd;
  }

  /** Tells that `bytes` more were written. */
  add(bytes: number): void {
    this.#pending += bytes;
    if (this.#pending < STRIDE_BYTES || this.#running !== undefined) return;
    this.#pending = 0;
    this.#running = this.#sync().finally(() => {
      this.#running = undefined;
    });
  }

  /**
   * Waits for what runs; the descriptor must not be closed before. Rejects with the error of any
   * sync: after one the kernel may call lost pages clean, so that a later success proves nothing.
   */
  async settle(): Promise<void> {
    await this.#running;
    if (this.#failure !== undefined) throw this.#failure.cause;
  }

  async #sync(): Promise<void> {
    try {
      await this.#files.datasync(this.#fd);
    } catch (cause) {
      this.#failure ??= { cause };
    }
  }
}
