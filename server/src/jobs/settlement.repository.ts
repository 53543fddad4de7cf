import { sql } from 'kysely';
import { type Database, type DatabaseTransaction, transact } from '../db/index.ts';
import type { ClaimedTask, EndedTask, Outcome } from './claimed-task.ts';
import { deriveExecutions, lockExecutions } from './execution-status.repository.ts';
import { type Gate, passGate } from './gate.ts';
import { advanceLanes, lockLanes } from './lane.repository.ts';
import { mergeIntoExecutions } from './progress.repository.ts';

export interface SettlementRepository {
  /**
   * Writes down how runs ended, in one transaction with what follows from it: their logs, progress,
   * lanes, gates and executions. Runs whose lease somebody else has taken meanwhile are left out.
   */
  settle(worker: string, ended: readonly EndedTask[]): Promise<void>;
}

export function createSettlementRepository(db: Database): SettlementRepository {
  return {
    settle: (worker, ended) =>
      transact(db, async (tx) => {
        const lanes = [...new Set(ended.flatMap(({ task }) => task.lane ?? []))];
        const executionIds = [...new Set(ended.map(({ task }) => task.executionId))];
        await lockLanes(tx, lanes);
        await lockExecutions(tx, executionIds);
        const held = await updateTasks(tx, worker, ended);
        const own = ended.filter(({ task }) => held.has(task.id));
        await insertLogs(tx, own);
        await mergeIntoExecutions(tx, own.map(toldBy));
        await passGates(tx, own);
        await advanceLanes(tx, lanes);
        await deriveExecutions(tx, executionIds);
      }),
  };
}

function toldBy({ task, progress }: EndedTask) {
  return { executionId: task.executionId, progress };
}

/** @returns ids of those that were still held by the worker */
async function updateTasks(
  tx: DatabaseTransaction,
  worker: string,
  ended: readonly EndedTask[],
): Promise<Set<number>> {
  const rows = ended.map(({ task, outcome, log, progress }) => ({
    id: task.id,
    attrs: JSON.stringify(progress?.task) ?? null,
    hasTold: progress !== undefined,
    logBytes: Buffer.byteLength(log),
    ...describe(outcome, task),
  }));
  const { rows: updated } = await sql<{ id: number }>`
    UPDATE task SET
      status = CASE WHEN ended.status = 'Pending' AND stop_requested
        THEN 'Stopped' ELSE ended.status END,
      status_message = ended.message,
      run_count = run_count - ended.uncounted,
      run_at = CASE WHEN ended.delay_ms IS NULL THEN run_at
        ELSE now() + ended.delay_ms * interval '1 ms' END,
      is_parked = ended.is_parked,
      log_bytes = task.log_bytes + ended.log_bytes,
      extra_attrs = CASE WHEN ended.attrs IS NULL THEN extra_attrs
        ELSE extra_attrs || ended.attrs END,
      check_in_time = CASE WHEN ended.has_told THEN now() ELSE check_in_time END,
      locked_by = NULL, locked_until = NULL, update_time = now(),
      end_time = CASE WHEN ended.status = 'Pending' AND NOT stop_requested THEN NULL ELSE now() END
    FROM unnest(
      ${rows.map(({ id }) => id)}::bigint[], ${rows.map(({ status }) => status)}::text[],
      ${rows.map(({ message }) => message)}::text[],
      ${rows.map(({ delayMs }) => delayMs)}::float8[],
      ${rows.map(({ isParked }) => isParked)}::boolean[],
      ${rows.map(({ uncounted }) => uncounted)}::int[],
      ${rows.map(({ logBytes }) => logBytes)}::int[],
      ${rows.map(({ attrs }) => attrs)}::jsonb[],
      ${rows.map(({ hasTold }) => hasTold)}::boolean[]
    ) AS ended (id, status, message, delay_ms, is_parked, uncounted, log_bytes, attrs, has_told)
    WHERE task.id = ended.id AND task.status = 'Running' AND task.locked_by = ${worker}
    RETURNING task.id`.execute(tx);
  return new Set(updated.map(({ id }) => id));
}

function describe(outcome: Outcome, task: ClaimedTask) {
  const row = { message: '', delayMs: null, isParked: false, uncounted: 0 };
  switch (outcome.kind) {
    case 'succeeded':
      return { ...row, status: 'Success' };
    case 'stopped':
      return { ...row, status: 'Stopped' };
    case 'failed':
      return { ...row, status: 'Error', message: outcome.message };
    case 'released':
      return { ...row, status: 'Pending', uncounted: 1 };
    case 'retried': {
      // A failure leaves a gate behind, which takes it from there.
      const isParked = task.group !== undefined;
      const { message, delayMs } = outcome;
      return { ...row, status: 'Pending', message, delayMs, isParked };
    }
  }
}

async function insertLogs(tx: DatabaseTransaction, ended: readonly EndedTask[]): Promise<void> {
  const logs = ended.filter(({ log }) => log !== '');
  if (logs.length === 0) return;
  await sql`
    INSERT INTO task_log (task_id, content)
    SELECT * FROM unnest(${logs.map(({ task }) => task.id)}::bigint[],
      ${logs.map(({ log }) => log)}::text[])`.execute(tx);
}

interface GateKey {
  readonly vendorType: string;
  readonly group: string;
}

async function passGates(tx: DatabaseTransaction, ended: readonly EndedTask[]): Promise<void> {
  const groups = listGroups(ended);
  if (groups.length === 0) return;
  const gates = await lockGates(tx, groups);
  for (const [index, group] of groups.entries()) {
    const before = gates.get(index);
    const after = group.ended.reduce(
      (gate: Gate | undefined, { task, outcome, pauseMs }) =>
        passGate(gate, task.id, outcome, pauseMs),
      before,
    );
    if (after === before) continue;
    await (after === undefined ? openGate(tx, group) : putGate(tx, group, after));
  }
}

interface Group extends GateKey {
  readonly ended: readonly EndedTask[];
}

/** In one order for all, that of their locks. */
function listGroups(ended: readonly EndedTask[]): Group[] {
  const byKey = Map.groupBy(
    ended.filter(({ task }) => task.group !== undefined),
    ({ task }) => `${task.vendorType} ${task.group}`,
  );
  return [...byKey.entries()]
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .flatMap(([, own]) => {
      const { vendorType, group } = own[0]?.task ?? {};
      return vendorType === undefined || group === undefined
        ? []
        : [{ vendorType, group, ended: own }];
    });
}

/** The gates of these groups, by index, so that nobody parks a task behind one meanwhile. */
async function lockGates(
  tx: DatabaseTransaction,
  groups: readonly Group[],
): Promise<Map<number, Gate>> {
  const { rows } = await sql<{ index: number; failures: number; probe_task_id: number | null }>`
    SELECT own.index::int, gate.failures, gate.probe_task_id
    FROM unnest(${groups.map(({ vendorType }) => vendorType)}::text[],
      ${groups.map(({ group }) => group)}::text[]) WITH ORDINALITY
      AS own (vendor_type, group_key, index)
    JOIN task_gate AS gate USING (vendor_type, group_key)
    ORDER BY own.index
    FOR UPDATE OF gate`.execute(tx);
  return new Map(
    rows.map(({ index, failures, probe_task_id }) => [
      index - 1,
      { failures, probeTaskId: probe_task_id ?? undefined, reopensInMs: undefined },
    ]),
  );
}

/** The gate is locked: whoever parks a task of the group has done so, or sees that it is open. */
async function openGate(tx: DatabaseTransaction, { vendorType, group }: GateKey): Promise<void> {
  await sql`
    DELETE FROM task_gate
    WHERE vendor_type = ${vendorType} AND group_key = ${group}`.execute(tx);
  await sql`
    UPDATE task SET is_parked = false
    WHERE vendor_type = ${vendorType} AND group_key = ${group}
      AND status = 'Pending' AND is_head AND is_parked`.execute(tx);
}

async function putGate(
  tx: DatabaseTransaction,
  { vendorType, group }: GateKey,
  { failures, reopensInMs = 0 }: Gate,
): Promise<void> {
  // Also a gate that another process made meanwhile is locked by this, and kept until the end of
  // the transaction: the failed tasks in it are parked behind it.
  await sql`
    INSERT INTO task_gate (vendor_type, group_key, failures, closed_until)
    VALUES (${vendorType}, ${group}, ${failures}, now() + ${reopensInMs} * interval '1 ms')
    ON CONFLICT (vendor_type, group_key) DO UPDATE SET
      failures = greatest(excluded.failures, task_gate.failures),
      closed_until = excluded.closed_until, probe_task_id = NULL`.execute(tx);
}
