import { sql } from 'kysely';
import { afterCommit, type DatabaseTransaction } from '../db/index.ts';
import { deriveExecutions, lockExecutions } from './execution-status.repository.ts';
import type { OnJobChange } from './job-change.ts';
import { advanceLanes, lockLanes } from './lane.repository.ts';

/** What must be locked before the task is. */
export interface StoppableTask {
  readonly id: number;
  readonly execution_id: number;
  readonly lane: string | null;
}

/** Stops those of these tasks that wait. Lanes go on behind them, and executions end. */
export async function stopWaiting(
  tx: DatabaseTransaction,
  tasks: readonly StoppableTask[],
  onChange: OnJobChange,
): Promise<void> {
  const lanes = [...new Set(tasks.flatMap(({ lane }) => lane ?? []))];
  const executionIds = [...new Set(tasks.map(({ execution_id }) => execution_id))];
  await lockLanes(tx, lanes);
  const changes = await lockExecutions(tx, executionIds);
  await sql`
    UPDATE task SET status = 'Stopped', end_time = now(), update_time = now()
    WHERE id = ANY(${tasks.map(({ id }) => id)}::bigint[]) AND status = 'Pending'`.execute(tx);
  await advanceLanes(tx, lanes);
  await deriveExecutions(tx, executionIds);
  afterCommit(tx, () => onChange(changes));
}

/**
 * Tells those of these tasks that run to stop; their workers look every few seconds.
 *
 * @returns ids of those that run
 */
export async function stopRunning(
  tx: DatabaseTransaction,
  ids: readonly number[],
): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    UPDATE task SET stop_requested = true
    WHERE id = ANY(${ids}::bigint[]) AND status = 'Running' RETURNING id`.execute(tx);
  return rows.map(({ id }) => id);
}
