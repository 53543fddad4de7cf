import { sql } from 'kysely';
import { afterCommit, type DatabaseTransaction } from '../db/index.ts';
import type { JobQueue, NewExecution } from './job.ts';
import { ignoreChanges, type OnJobChange } from './job-change.ts';
import { lockLanes } from './lane.repository.ts';

/** After the transaction, `wake()` of the worker saves the second until it looks by itself. */
export function createJobQueue(onChange: OnJobChange = ignoreChanges): JobQueue {
  return {
    async enqueue(tx, executions) {
      if (executions.length === 0) return [];
      const lanes = executions.flatMap(({ tasks }) => tasks.flatMap(({ lane }) => lane ?? []));
      await lockLanes(tx, [...new Set(lanes)]);
      const ids = await insertExecutions(tx, executions);
      await insertTasks(tx, executions, ids);
      const changes = executions.map(({ vendorType, vendorId }, index) => ({
        vendorType,
        vendorId,
        executionId: ids[index],
      }));
      afterCommit(tx, () => onChange(changes));
      return ids;
    },
  };
}

async function insertExecutions(
  tx: DatabaseTransaction,
  executions: readonly NewExecution[],
): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    INSERT INTO execution (vendor_type, vendor_id, trigger, extra_attrs)
    SELECT vendor_type, vendor_id, trigger, extra_attrs FROM unnest(
      ${executions.map(({ vendorType }) => vendorType)}::text[],
      ${executions.map(({ vendorId }) => vendorId)}::bigint[],
      ${executions.map(({ trigger }) => trigger)}::text[],
      ${executions.map(({ extraAttrs }) => JSON.stringify(extraAttrs))}::jsonb[]
    ) WITH ORDINALITY AS new (vendor_type, vendor_id, trigger, extra_attrs, position)
    ORDER BY position
    RETURNING id`.execute(tx);
  return rows.map(({ id }) => id).toSorted((left, right) => left - right);
}

async function insertTasks(
  tx: DatabaseTransaction,
  executions: readonly NewExecution[],
  ids: readonly number[],
): Promise<void> {
  const rows = executions.flatMap(({ tasks, vendorType }, index) =>
    tasks.map((task) => ({ ...task, vendorType, executionId: ids[index] })),
  );
  if (rows.length === 0) return;
  // Ids are given in the order of the rows, and under the locks: a lane runs in order of its ids.
  await sql`
    INSERT INTO task
      (execution_id, vendor_type, payload, extra_attrs, lane, group_key, priority, run_at, is_head)
    SELECT execution_id, vendor_type, payload, extra_attrs, lane, group_key, priority,
      now() + delay_ms * interval '1 ms',
      lane IS NULL OR (
        row_number() OVER (PARTITION BY lane ORDER BY position) = 1
        AND NOT EXISTS (SELECT FROM task
          WHERE task.lane = new.lane AND task.status IN ('Pending', 'Running')))
    FROM unnest(
      ${rows.map(({ executionId }) => executionId)}::bigint[],
      ${rows.map(({ vendorType }) => vendorType)}::text[],
      ${rows.map(({ payload }) => JSON.stringify(payload))}::jsonb[],
      ${rows.map(({ extraAttrs }) => JSON.stringify(extraAttrs ?? {}))}::jsonb[],
      ${rows.map(({ lane }) => lane ?? null)}::text[],
      ${rows.map(({ group }) => group ?? null)}::text[],
      ${rows.map(({ priority }) => priority ?? 0)}::smallint[],
      ${rows.map(({ delayMs }) => delayMs ?? 0)}::float8[]
    ) WITH ORDINALITY AS new (execution_id, vendor_type, payload, extra_attrs, lane, group_key,
      priority, delay_ms, position)
    ORDER BY position`.execute(tx);
}
