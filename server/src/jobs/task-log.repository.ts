import type { Database } from '../db/index.ts';

/** The lines that a task wrote so far, of all runs; empty when there is none. */
export async function getLogOf(db: Database, taskId: number): Promise<string> {
  const rows = await db
    .selectFrom('task_log')
    .select('content')
    .where('task_id', '=', taskId)
    .orderBy('id')
    .execute();
  return rows.map(({ content }) => content).join('');
}
