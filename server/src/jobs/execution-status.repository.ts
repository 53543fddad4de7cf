import { sql } from 'kysely';
import type { DatabaseTransaction } from '../db/index.ts';
import type { VendorType } from './job.ts';
import type { JobChange } from './job-change.ts';

/**
 * Comes before the locks of their tasks. Two of them that end at the same time in two processes
 * would otherwise each take the other for unfinished.
 *
 * @returns what is to be told of them after the COMMIT
 */
export async function lockExecutions(
  tx: DatabaseTransaction,
  ids: readonly number[],
): Promise<JobChange[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<{ id: number; vendor_type: VendorType; vendor_id: number }>`
    SELECT id, vendor_type, vendor_id FROM execution WHERE id = ANY(${ids}::bigint[])
    ORDER BY id FOR NO KEY UPDATE`.execute(tx);
  return rows.map((row) => ({
    vendorType: row.vendor_type,
    vendorId: row.vendor_id,
    executionId: row.id,
  }));
}

/**
 * Closes those executions whose tasks have all ended: `Error` if one failed, else `Stopped` if one
 * was stopped, else `Success`. Those without tasks stay as they are. They are locked.
 */
export async function deriveExecutions(
  tx: DatabaseTransaction,
  ids: readonly number[],
): Promise<void> {
  await sql`
    UPDATE execution SET end_time = now(), update_time = now(), status = CASE
      WHEN EXISTS (SELECT FROM task WHERE execution_id = execution.id AND status = 'Error')
        THEN 'Error'
      WHEN EXISTS (SELECT FROM task WHERE execution_id = execution.id AND status = 'Stopped')
        THEN 'Stopped'
      ELSE 'Success' END
    WHERE id = ANY(${ids}::bigint[]) AND status = 'Running'
      AND EXISTS (SELECT FROM task WHERE execution_id = execution.id)
      AND NOT EXISTS (SELECT FROM task
        WHERE execution_id = execution.id AND status IN ('Pending', 'Running'))`.execute(tx);
}
