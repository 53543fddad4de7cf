import type { Log } from '../telemetry/index.ts';

/** Work that outlives the request that caused it, or belongs to none. */
export interface Background {
  /** Runs `work` once; a rejection is logged and goes nowhere else. */
  run(name: string, work: (signal: AbortSignal) => Promise<void>): void;
  /** Runs `work` again and again, `everyMs` after the last run ended, until stopped. */
  repeat(name: string, everyMs: number, work: (signal: AbortSignal) => Promise<void>): void;
  /** Aborts the signal given to all work and waits for it to end. */
  stop(): Promise<void>;
}

/** Supervises detached work, so that no rejected promise can kill the process. */
export function createBackground(log: Log): Background {
  const controller = new AbortController();
  const running = new Set<Promise<void>>();

  async function guard(name: string, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    try {
      await work(controller.signal);
    } catch (error) {
      if (!controller.signal.aborted)
        log.error({ err: error, work: name }, 'background work failed');
    }
  }

  function track(promise: Promise<void>): void {
    running.add(promise);
    void promise.finally(() => running.delete(promise));
  }

  async function loop(
    name: string,
    everyMs: number,
    work: (signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    while (!controller.signal.aborted) {
      await guard(name, work);
      await pause(everyMs, controller.signal);
    }
  }

  return {
    run: (name, work) => track(guard(name, work)),
    repeat: (name, everyMs, work) => track(loop(name, everyMs, work)),
    async stop() {
      controller.abort();
      await Promise.allSettled(running);
    },
  };
}

/** Resolves after `ms`, or at once when `signal` fires; never rejects, never holds the process. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    timer.unref();
    signal.addEventListener('abort', done, { once: true });
  });
}
