import { LRUCache } from 'lru-cache';
import { AppError } from '../lib/index.ts';

/** Slows down who shows wrong secrets for a machine: by name and address, in memory. */
export interface GuessLimit {
  /** @throws AppError too-many */
  check(key: string): void;
  failed(key: string): void;
  succeeded(key: string): void;
}

const FREE = 20;
const LONGEST_MS = 60_000;
const FORGOTTEN_MS = 3_600_000;
const MAX_KEYS = 20_000;

/**
 * After 20 wrong secrets each further one waits a second, two, four … a minute. Only that name
 * from that address is held up: one job with an old secret must not stop the others beside it.
 * The secrets of machines are long; in memory, and for each replica alone, is enough.
 *
 * @param now milliseconds that never go back
 */
export function createGuessLimit(now: () => number = () => performance.now()): GuessLimit {
  const guesses = new LRUCache<string, { count: number; until: number }>({
    max: MAX_KEYS,
    ttl: FORGOTTEN_MS,
  });
  return {
    check(key) {
      const known = guesses.get(key);
      if (known !== undefined && known.until > now()) {
        throw new AppError('too-many', 'too many wrong secrets; try again in a minute');
      }
    },
    failed(key) {
      const count = (guesses.get(key)?.count ?? 0) + 1;
      const wait = count < FREE ? 0 : Math.min(1000 * 2 ** (count - FREE), LONGEST_MS);
      guesses.set(key, { count, until: now() + wait });
    },
    succeeded: (key) => void guesses.delete(key),
  };
}
