/** How long a new token lives: days, a day of one's choice, or for ever. */
export const EXPIRIES = ['30', '90', '365', 'never', 'day'] as const;
export type Expiry = (typeof EXPIRIES)[number];

const DAY_MS = 86_400_000;

/**
 * When a token ends, as the API takes it; null is never.
 *
 * @param day chosen, such as `2027-01-31`: the token lives to its end where the reader is
 * @returns undefined for a day that is none or is over
 */
export function expiresAt(expiry: Expiry, day: string, now: Date): string | null | undefined {
  if (expiry === 'never') return null;
  if (expiry !== 'day') return new Date(now.getTime() + Number(expiry) * DAY_MS).toISOString();
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) return undefined;
  const end = new Date(`${day}T23:59:59`);
  return end.getTime() > now.getTime() ? end.toISOString() : undefined;
}
