import { sql } from 'kysely';
import { afterCommit, type Database, transact } from '../db/index.ts';
import { deriveExecutions, lockExecutions } from './execution-status.repository.ts';
import type { OnJobChange } from './job-change.ts';

const BATCH = 500;

/**
 * Closes executions that began `olderThanMs` ago or earlier and have nothing left that could close
 * them: by their tasks where they have some; without any, as failed.
 *
 * @returns how many were closed
 */
export async function closeDangling(
  db: Database,
  olderThanMs: number,
  onChange: OnJobChange,
): Promise<number> {
  for (let total = 0; ; ) {
    const { rows } = await sql<{ id: number }>`
      SELECT id FROM execution
      WHERE status = 'Running' AND start_time <= now() - ${olderThanMs} * interval '1 ms'
        AND NOT EXISTS (SELECT FROM task
          WHERE execution_id = execution.id AND status IN ('Pending', 'Running'))
      LIMIT ${BATCH}`.execute(db);
    if (rows.length === 0) return total;
    const ids = rows.map(({ id }) => id);
    await transact(db, async (tx) => {
      const changes = await lockExecutions(tx, ids);
      afterCommit(tx, () => onChange(changes));
      await deriveExecutions(tx, ids);
      await sql`
        UPDATE execution SET status = 'Error', status_message = 'it never came to its tasks',
          end_time = now(), update_time = now()
        WHERE id = ANY(${ids}::bigint[]) AND status = 'Running'
          AND NOT EXISTS (SELECT FROM task WHERE execution_id = execution.id)`.execute(tx);
    });
    total += ids.length;
  }
}
