import { type RawBuilder, sql } from 'kysely';

/** When a lease that is given now ends, by the database's clock. */
export function leaseEnd(leaseSeconds: number): RawBuilder<Date> {
  return sql`now() + make_interval(secs => ${leaseSeconds})`;
}

/**
 * Whether a lease of `blob` is worth another write: less than three quarters are left. Whoever
 * asked for one has more than that when the statement is over.
 */
export function isShort(leaseSeconds: number): RawBuilder<boolean> {
  return sql`blob.leased_until < now() + make_interval(secs => ${leaseSeconds * 0.75})`;
}
