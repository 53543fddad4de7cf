import { sql } from 'kysely';
import type { Database } from '../db/index.ts';

const BATCH = 1_000;

/**
 * Deletes reservations that are over, of projects into which nothing was pushed since: other
 * pushes do it themselves.
 *
 * @returns how many
 */
export async function dropExpiredReservations(db: Database, signal: AbortSignal): Promise<number> {
  for (let total = 0; ; ) {
    // Whoever is about to renew or end one of these is not waited for.
    const { numAffectedRows = 0n } = await sql`
      DELETE FROM quota_reservation WHERE id IN (
        SELECT id FROM quota_reservation WHERE expires_at <= now()
        LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)`.execute(db);
    total += Number(numAffectedRows);
    if (numAffectedRows < BATCH || signal.aborted) return total;
  }
}
