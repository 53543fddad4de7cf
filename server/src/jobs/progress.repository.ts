import { sql } from 'kysely';
import type { DatabaseTransaction } from '../db/index.ts';
import type { Progress } from './job.ts';
import { mergeProgress } from './task-progress.ts';

export interface ToldProgress {
  readonly executionId: number;
  readonly progress: Progress | undefined;
}

/** Ids of executions that their tasks told something for, to be locked before the tasks are. */
export function listToldExecutions(told: readonly ToldProgress[]): number[] {
  const own = told.filter(({ progress }) => progress?.execution !== undefined);
  return [...new Set(own.map(({ executionId }) => executionId))];
}

/** Merges what tasks told into their executions. Those are locked. */
export async function mergeIntoExecutions(
  tx: DatabaseTransaction,
  told: readonly ToldProgress[],
): Promise<void> {
  const merged = new Map<number, Progress | undefined>();
  for (const { executionId, progress } of told) {
    if (progress?.execution === undefined) continue;
    merged.set(executionId, mergeProgress(merged.get(executionId), progress));
  }
  if (merged.size === 0) return;
  await sql`
    UPDATE execution SET extra_attrs = extra_attrs || told.attrs, update_time = now()
    FROM unnest(${[...merged.keys()]}::bigint[],
      ${[...merged.values()].map((progress) => JSON.stringify(progress?.execution ?? {}))}::jsonb[])
      AS told (id, attrs)
    WHERE execution.id = told.id`.execute(tx);
}
