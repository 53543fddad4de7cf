const LONGEST_MS = 60 * 60_000;

/**
 * The milliseconds to wait that a `Retry-After` (RFC 9110 §10.2.3) asks for, an hour at most;
 * undefined when it asks for none.
 */
export function parseRetryAfter(text: string | null, now: number): number | undefined {
  if (text === null) return undefined;
  const trimmed = text.trim();
  const delay = /^\d{1,10}$/.test(trimmed) ? Number(trimmed) * 1000 : Date.parse(trimmed) - now;
  return delay > 0 ? Math.min(delay, LONGEST_MS) : undefined;
}
