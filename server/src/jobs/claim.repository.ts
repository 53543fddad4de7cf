import { sql } from 'kysely';
import { type Database, type DatabaseTransaction, transact } from '../db/index.ts';
import type { ClaimedTask } from './claimed-task.ts';
import type { VendorType } from './job.ts';

/** How many tasks of each kind there is room for. */
export type FreeSlots = ReadonlyMap<VendorType, number>;

export interface Claims {
  readonly tasks: ClaimedTask[];
  /** Whether to ask again at once: tasks were looked at that had to be put aside. */
  readonly isPartial: boolean;
}

export interface ClaimRepository {
  /**
   * Takes tasks that may run now: of the highest priority, in the order in which they became so.
   * None of a kind that is paused.
   */
  claim(worker: string, free: FreeSlots, leaseMs: number): Promise<Claims>;
}

export function createClaimRepository(db: Database): ClaimRepository {
  return {
    claim: (worker, free, leaseMs) =>
      transact(db, async (tx) => {
        const probes = await claimProbes(tx, free, leaseMs);
        const ready = await selectReady(tx, without(free, probes));
        const closed = await lockGates(tx, ready);
        const isHeld = ({ vendor_type, group_key }: TaskKey) =>
          group_key !== null && closed.has(gateKey(vendor_type, group_key));
        const held = ready.filter(isHeld).map(({ id }) => id);
        await park(tx, held);
        const open = ready.filter((key) => !isHeld(key));
        const ids = [...probes, ...open].map(({ id }) => id);
        const tasks = ids.length === 0 ? [] : await startTasks(tx, worker, ids, leaseMs);
        return { tasks, isPartial: held.length > 0 };
      }),
  };
}

interface TaskKey {
  id: number;
  vendor_type: VendorType;
  group_key: string | null;
}

/** Heads of lanes, oldest first, that nobody else is about to take. Reads no others. */
async function selectReady(tx: DatabaseTransaction, free: FreeSlots): Promise<TaskKey[]> {
  const { rows } = await readyTasks(free).execute(tx);
  return rows;
}

const PRIORITIES = [3, 2, 1, 0];

/** Exported for the test that looks at its plan. */
export function readyTasks(free: FreeSlots) {
  return sql<TaskKey>`
    SELECT ready.id, ready.vendor_type, ready.group_key
    FROM unnest(${[...free.keys()]}::text[], ${[...free.values()]}::int[]) AS wanted (type, free)
    CROSS JOIN LATERAL (
      -- A level after the other: what has its time still to come is not read on the way.
      SELECT id, vendor_type, group_key
      FROM unnest(${PRIORITIES}::smallint[]) AS level (priority)
      CROSS JOIN LATERAL (
        SELECT id, vendor_type, group_key FROM task
        WHERE vendor_type = wanted.type AND priority = level.priority
          AND status = 'Pending' AND is_head AND NOT is_parked AND run_at <= now()
        ORDER BY run_at, id LIMIT wanted.free
        FOR UPDATE SKIP LOCKED
      ) AS first
      LIMIT wanted.free
    ) AS ready
    WHERE NOT EXISTS (SELECT FROM job_queue_status WHERE job_type = wanted.type)`;
}

/**
 * The closed gates of these tasks. Locked, so that none opens before the tasks are parked: whoever
 * opens it then finds them.
 */
async function lockGates(tx: DatabaseTransaction, tasks: readonly TaskKey[]): Promise<Set<string>> {
  const grouped = tasks.filter(({ group_key }) => group_key !== null);
  if (grouped.length === 0) return new Set();
  const { rows } = await sql<{ vendor_type: string; group_key: string }>`
    SELECT vendor_type, group_key FROM task_gate
    WHERE (vendor_type, group_key) IN (SELECT * FROM unnest(
      ${grouped.map(({ vendor_type }) => vendor_type)}::text[],
      ${grouped.map(({ group_key }) => group_key)}::text[]))
    ORDER BY vendor_type, group_key
    FOR SHARE`.execute(tx);
  return new Set(rows.map((row) => gateKey(row.vendor_type, row.group_key)));
}

function gateKey(vendorType: string, group: string): string {
  return `${vendorType}\n${group}`;
}

async function park(tx: DatabaseTransaction, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return;
  await sql`UPDATE task SET is_parked = true WHERE id = ANY(${ids}::bigint[])`.execute(tx);
}

interface ExpiredGate {
  vendor_type: VendorType;
  group_key: string;
}

const MAX_GATES = 100;

/**
 * One task of each group whose pause is over: it tries for all of them, and the gate stays closed
 * as long as it is at work.
 */
async function claimProbes(
  tx: DatabaseTransaction,
  free: FreeSlots,
  leaseMs: number,
): Promise<TaskKey[]> {
  const { rows: gates } = await sql<ExpiredGate>`
    SELECT vendor_type, group_key FROM task_gate
    WHERE closed_until <= now() AND vendor_type = ANY(${[...free.keys()]}::text[])
      AND NOT EXISTS (SELECT FROM job_queue_status WHERE job_type = vendor_type)
    ORDER BY closed_until LIMIT ${MAX_GATES}
    FOR UPDATE SKIP LOCKED`.execute(tx);
  if (gates.length === 0) return [];
  const found = await selectProbes(tx, gates);
  const unused = found.filter(({ id }) => id === null);
  await deleteGates(tx, unused);
  const due = found.flatMap(({ id, is_due, vendor_type, group_key }) =>
    id !== null && is_due === true ? [{ id, vendor_type, group_key }] : [],
  );
  const probes = limitProbes(due, free);
  if (probes.length === 0) return [];
  await sql`
    UPDATE task_gate
    SET probe_task_id = probe.id, closed_until = now() + ${leaseMs} * interval '1 ms'
    FROM unnest(${probes.map(({ id }) => id)}::bigint[],
      ${probes.map(({ vendor_type }) => vendor_type)}::text[],
      ${probes.map(({ group_key }) => group_key)}::text[]) AS probe (id, vendor_type, group_key)
    WHERE task_gate.vendor_type = probe.vendor_type
      AND task_gate.group_key = probe.group_key`.execute(tx);
  return probes;
}

/** For each gate the parked task that waited longest for its turn; without any, nulls. */
async function selectProbes(tx: DatabaseTransaction, gates: readonly ExpiredGate[]) {
  const { rows } = await sql<{
    id: number | null;
    is_due: boolean | null;
    vendor_type: VendorType;
    group_key: string;
  }>`
    SELECT parked.id, parked.run_at <= now() AS is_due, gate.vendor_type, gate.group_key
    FROM unnest(${gates.map(({ vendor_type }) => vendor_type)}::text[],
      ${gates.map(({ group_key }) => group_key)}::text[]) AS gate (vendor_type, group_key)
    LEFT JOIN LATERAL (
      SELECT id, run_at FROM task
      WHERE task.vendor_type = gate.vendor_type AND task.group_key = gate.group_key
        AND status = 'Pending' AND is_head AND is_parked
      ORDER BY run_at, id LIMIT 1
    ) AS parked ON true`.execute(tx);
  return rows;
}

async function deleteGates(tx: DatabaseTransaction, gates: readonly ExpiredGate[]): Promise<void> {
  if (gates.length === 0) return;
  await sql`
    DELETE FROM task_gate WHERE (vendor_type, group_key) IN (SELECT * FROM unnest(
      ${gates.map(({ vendor_type }) => vendor_type)}::text[],
      ${gates.map(({ group_key }) => group_key)}::text[]))`.execute(tx);
}

/** Half of the room at most: what is down must not keep the others from running. */
function limitProbes<T extends TaskKey>(due: readonly T[], free: FreeSlots): T[] {
  const left = new Map([...free].map(([type, slots]) => [type, Math.ceil(slots / 2)]));
  return due.filter(({ vendor_type }) => {
    const slots = left.get(vendor_type) ?? 0;
    left.set(vendor_type, slots - 1);
    return slots > 0;
  });
}

function without(free: FreeSlots, taken: readonly TaskKey[]): FreeSlots {
  const left = new Map(free);
  for (const { vendor_type } of taken) left.set(vendor_type, (left.get(vendor_type) ?? 0) - 1);
  return left;
}

async function startTasks(
  tx: DatabaseTransaction,
  worker: string,
  ids: readonly number[],
  leaseMs: number,
): Promise<ClaimedTask[]> {
  const { rows } = await sql<{
    id: number;
    execution_id: number;
    vendor_type: VendorType;
    vendor_id: number;
    lane: string | null;
    group_key: string | null;
    payload: Readonly<Record<string, unknown>>;
    run_count: number;
    log_bytes: number;
  }>`
    UPDATE task SET status = 'Running', is_parked = false, run_count = run_count + 1,
      locked_by = ${worker}, locked_until = now() + ${leaseMs} * interval '1 ms',
      start_time = now(), update_time = now()
    FROM execution
    WHERE task.id = ANY(${ids}::bigint[]) AND task.status = 'Pending'
      AND execution.id = task.execution_id
    RETURNING task.id, task.execution_id, task.vendor_type, execution.vendor_id, task.lane,
      task.group_key, task.payload, task.run_count, task.log_bytes`.execute(tx);
  return rows
    .map((row) => ({
      id: row.id,
      executionId: row.execution_id,
      vendorType: row.vendor_type,
      vendorId: row.vendor_id,
      lane: row.lane ?? undefined,
      group: row.group_key ?? undefined,
      payload: row.payload,
      runCount: row.run_count,
      logBytes: row.log_bytes,
    }))
    .toSorted((left, right) => left.id - right.id);
}
