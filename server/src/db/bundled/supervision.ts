import { setTimeout as delay } from 'node:timers/promises';
import { BundledPostgresError } from './bundled.errors.ts';
import { type Postmaster, type PostmasterOptions, startPostmaster } from './postmaster.ts';

export type BundledExit = { reason: 'stopped' } | { reason: 'failed'; error: unknown };

const START_ATTEMPTS = 10;

/**
 * After a kill of the postmaster alone its backends need a moment to notice; until then PostgreSQL
 * rightly refuses to start beside them ("pre-existing shared memory block is still in use").
 */
export async function startPatiently(options: PostmasterOptions): Promise<Postmaster> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startPostmaster(options);
    } catch (error) {
      const isPassing = error instanceof Error && error.message.includes('still in use');
      if (!isPassing || attempt === START_ATTEMPTS) throw error;
      await delay(200);
    }
  }
}

const RESTART_DELAYS_MS = [250, 1_000, 2_000, 5_000, 10_000, 10_000, 10_000, 10_000];
const STABLE_MS = 60_000;

/** Keeps one cluster's server running until told to stop. */
export class Supervision {
  readonly #options: PostmasterOptions;
  readonly #stopping = new AbortController();
  #current: Postmaster;
  /** Restarts in a row without a stable minute in between. */
  #restarts = 0;

  constructor(first: Postmaster, options: PostmasterOptions) {
    this.#current = first;
    this.#options = options;
  }

  get pid(): number {
    return this.#current.pid;
  }

  /** Resolves after `stop`, or when eight restarts in a row came to nothing. Never rejects. */
  async run(): Promise<BundledExit> {
    while (true) {
      const startedAt = performance.now();
      const reason = await this.#current.exited;
      if (this.#stopping.signal.aborted) return { reason: 'stopped' };
      if (performance.now() - startedAt > STABLE_MS) this.#restarts = 0;
      this.#options.log.error({ reason }, 'PostgreSQL exited by itself; restarting it');
      const exit = await this.#restart();
      if (exit !== undefined) return exit;
    }
  }

  /** Resolves when the server is gone. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#current.stop();
  }

  /** Undefined once the server runs again. */
  async #restart(): Promise<BundledExit | undefined> {
    const { signal } = this.#stopping;
    const { log } = this.#options;
    while (true) {
      const wait = RESTART_DELAYS_MS[this.#restarts];
      if (wait === undefined) return { reason: 'failed', error: gaveUp() };
      this.#restarts += 1;
      await delay(wait, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return { reason: 'stopped' };
      const next = await startPatiently(this.#options).catch((error: unknown) => {
        log.error({ err: error }, 'PostgreSQL did not restart');
        return undefined;
      });
      if (next === undefined) continue;
      this.#current = next;
      if (signal.aborted) {
        // stop() during the start has met only the process before this one.
        await next.stop();
        return { reason: 'stopped' };
      }
      log.info({ pid: next.pid }, 'PostgreSQL is running again');
      return undefined;
    }
  }
}

function gaveUp(): BundledPostgresError {
  return new BundledPostgresError(
    'failed',
    'PostgreSQL exited again and again; its last lines are in the log above.',
  );
}
