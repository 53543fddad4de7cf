import type { Failures } from './login-failure.repository.ts';

/** How much guessing one key takes. */
export interface Limit {
  /** Guesses without any delay. */
  readonly free: number;
  readonly forgivenPerHour: number;
  /**
   * The delay after the free ones begins with a second, doubles each time, and ends here. With 0
   * the next one has to wait until another is forgiven.
   */
  readonly longestMs: number;
}

const HOUR_MS = 3_600_000;

/** What is left of the count by now. */
export function countAt(failures: Failures | undefined, limit: Limit, now: Date): number {
  if (failures === undefined) return 0;
  const hours = Math.max(0, now.getTime() - failures.updatedAt.getTime()) / HOUR_MS;
  return Math.max(0, failures.count - hours * limit.forgivenPerHour);
}

/** Milliseconds until the next guess may be tried; 0 is now. */
export function waitMs(failures: Failures | undefined, limit: Limit, now: Date): number {
  const excess = countAt(failures, limit, now) - limit.free + 1;
  // Fractions are a matter of milliseconds of forgiving; below one guess they do not count.
  if (failures === undefined || excess <= 0) return 0;
  if (limit.longestMs === 0) return (excess / limit.forgivenPerHour) * HOUR_MS;
  const pause = Math.min(1000 * 2 ** Math.floor(excess), limit.longestMs);
  return Math.max(0, failures.updatedAt.getTime() + pause - now.getTime());
}

export function allows(failures: Failures | undefined, limit: Limit, now: Date): boolean {
  return waitMs(failures, limit, now) === 0;
}

export function countMore(failures: Failures | undefined, limit: Limit, now: Date): Failures {
  return { count: countAt(failures, limit, now) + 1, updatedAt: now };
}

/** Takes one back that turned out to be right; undefined when nothing is left. */
export function settle(
  failures: Failures | undefined,
  limit: Limit,
  now: Date,
): Failures | undefined {
  const count = countAt(failures, limit, now) - 1;
  return count <= 0 ? undefined : { count, updatedAt: now };
}
