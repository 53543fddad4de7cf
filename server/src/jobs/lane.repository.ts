import { sql } from 'kysely';
import type { DatabaseTransaction } from '../db/index.ts';

const LOCK_CLASS = 0x6c61_6e65;
/** Few enough that a transaction can hold all of them. */
const STRIPES = 64;

/**
 * Until the end of the transaction nobody else adds to these lanes or moves them on. Must come
 * before all other locks of the transaction; what follows sees what the last holder left.
 */
export async function lockLanes(tx: DatabaseTransaction, lanes: readonly string[]): Promise<void> {
  if (lanes.length === 0) return;
  await sql`
    SELECT pg_advisory_xact_lock(${LOCK_CLASS}::int, stripe) FROM (
      SELECT DISTINCT hashtext(lane) & ${STRIPES - 1} AS stripe
      FROM unnest(${lanes}::text[]) AS lane ORDER BY stripe OFFSET 0
    ) AS stripes`.execute(tx);
}

/** Lets the first unfinished task of each lane be claimed. The lanes are locked. */
export async function advanceLanes(
  tx: DatabaseTransaction,
  lanes: readonly string[],
): Promise<void> {
  if (lanes.length === 0) return;
  await sql`
    UPDATE task SET is_head = true
    FROM unnest(${lanes}::text[]) AS own (lane) CROSS JOIN LATERAL (
      SELECT id FROM task
      WHERE task.lane = own.lane AND status IN ('Pending', 'Running') ORDER BY id LIMIT 1
    ) AS first
    WHERE task.id = first.id AND NOT task.is_head`.execute(tx);
}
