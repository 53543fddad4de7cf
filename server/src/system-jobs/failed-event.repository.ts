import { sql } from 'kysely';
import type { Database } from '../db/index.ts';

const BATCH = 1_000;

/**
 * Deletes events that no subscriber could take, kept for whoever mends it, when that is `days` ago.
 *
 * @returns how many
 */
export async function deleteFailedEvents(
  db: Database,
  days: number,
  signal: AbortSignal,
): Promise<number> {
  for (let total = 0; ; ) {
    const { numAffectedRows = 0n } = await sql`
      DELETE FROM failed_event WHERE id IN (
        SELECT id FROM failed_event WHERE failed_at < now() - make_interval(days => ${days})
        LIMIT ${BATCH})`.execute(db);
    total += Number(numAffectedRows);
    if (numAffectedRows < BATCH || signal.aborted) return total;
  }
}
