import { pause } from '../lib/index.ts';

/** Time as the pace needs it; tests have one of their own. */
export interface Clock {
  /** Milliseconds that never go back. */
  now(): number;
  /** Ends early when the signal fires; never rejects. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export const processClock: Clock = { now: () => performance.now(), sleep: pause };

/** Resolves when the bytes may have been read, or at once when the signal fires. */
export type Pacer = (bytes: number, signal: AbortSignal) => Promise<void>;

/** What was not used of this time may be made up for. */
const CREDIT_MS = 100;
/** Sleeps shorter than this are saved up: timers are not so exact. */
const MIN_SLEEP_MS = 5;
const MAX_SLEEP_MS = 10_000;

/** @param bytesPerSecond 0 for as fast as it goes */
export function createPacer(bytesPerSecond: number, clock: Clock): Pacer {
  let due = clock.now();
  return async (bytes, signal) => {
    if (bytesPerSecond === 0) return;
    due = Math.max(due, clock.now() - CREDIT_MS) + (bytes / bytesPerSecond) * 1_000;
    for (;;) {
      const ahead = due - clock.now();
      if (ahead < MIN_SLEEP_MS || signal.aborted) return;
      await clock.sleep(Math.min(ahead, MAX_SLEEP_MS), signal);
    }
  };
}
