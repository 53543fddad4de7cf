const SOON_MS = 7 * 86_400_000;
/** Beyond it there are no dates. */
const LAST_MS = 8.64e15;

export type Expiry =
  | { readonly kind: 'never' }
  | { readonly kind: 'expired' | 'soon' | 'later'; readonly at: Date };

/** How far away the end of a robot is. @param seconds since the Unix epoch; -1 is never */
export function expiryOf(seconds: number, now: Date): Expiry {
  const time = seconds * 1000;
  if (seconds < 0 || time > LAST_MS) return { kind: 'never' };
  const at = new Date(time);
  const left = time - now.getTime();
  if (left <= 0) return { kind: 'expired', at };
  return { kind: left <= SOON_MS ? 'soon' : 'later', at };
}
