import { sql } from 'kysely';
import type { DatabaseTransaction } from '../db/index.ts';

/** Closes an execution that has no tasks, in the transaction that began it. */
export async function closeEmptyExecution(
  tx: DatabaseTransaction,
  id: number,
  message: string,
): Promise<void> {
  await sql`
    UPDATE execution SET status = 'Success', status_message = ${message}, end_time = now(),
      update_time = now()
    WHERE id = ${id} AND status = 'Running'
      AND NOT EXISTS (SELECT FROM task WHERE execution_id = execution.id)`.execute(tx);
}
