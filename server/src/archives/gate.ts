import { AppError } from '../lib/index.ts';

/** Lets so many pieces of work run at once, and so many wait for their turn. */
export interface Gate {
  /** @throws AppError unavailable when too many wait. */
  run<T>(work: () => Promise<T>): Promise<T>;
}

export function createGate(atOnce: number, waiting: number): Gate {
  const queue: (() => void)[] = [];
  let running = 0;
  return {
    async run(work) {
      if (running < atOnce) running += 1;
      else {
        if (queue.length >= waiting) {
          throw new AppError('unavailable', 'too many artifacts are being read, try again later');
        }
        // Whoever ends hands over its place, so `running` stays as it is.
        await new Promise<void>((resolve) => queue.push(resolve));
      }
      try {
        return await work();
      } finally {
        const next = queue.shift();
        if (next === undefined) running -= 1;
        else next();
      }
    },
  };
}
