import { constants } from 'node:fs';
import type { FileSystem } from './durable.ts';

/**
 * Makes directory entries durable. Requests for one directory that come while its fsync runs share
 * the next one: an entry made before the request is then surely covered. Each fsync uses a fresh
 * descriptor, because after a failed one the kernel may call the same descriptor clean.
 */
export class DirectorySyncer {
  readonly #files: FileSystem;
  /** Runs whose fsync has not begun: still open to more requests. */
  readonly #joinable = new Map<string, Promise<void>>();
  readonly #latest = new Map<string, Promise<void>>();

  constructor(files: FileSystem) {
    this.#files = files;
  }

  /** Resolves when all entries made in the directory before this call are durable. */
  sync(directory: string): Promise<void> {
    const joined = this.#joinable.get(directory);
    if (joined !== undefined) return joined;
    const run = this.#run(directory, this.#latest.get(directory));
    this.#joinable.set(directory, run);
    this.#latest.set(directory, run);
    return run;
  }

  async #run(directory: string, previous: Promise<void> | undefined): Promise<void> {
    // The previous run's failure is told to those who asked for it.
    await previous?.catch(() => undefined);
    try {
      await this.#syncFresh(directory);
    } finally {
      // Another run may already be waiting for this one.
      if (!this.#joinable.has(directory)) this.#latest.delete(directory);
    }
  }

  async #syncFresh(directory: string): Promise<void> {
    const fd = await this.#open(directory);
    try {
      await this.#files.sync(fd);
    } finally {
      await this.#files.close(fd);
    }
  }

  async #open(directory: string): Promise<number> {
    try {
      return await this.#files.open(directory, constants.O_RDONLY | constants.O_DIRECTORY);
    } finally {
      this.#joinable.delete(directory);
    }
  }
}
