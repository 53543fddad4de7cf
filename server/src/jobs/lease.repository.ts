import { sql } from 'kysely';
import { type Database, type DatabaseTransaction, transact } from '../db/index.ts';
import { deriveExecutions, lockExecutions } from './execution-status.repository.ts';
import type { Progress } from './job.ts';
import type { JobChange } from './job-change.ts';
import { advanceLanes, lockLanes } from './lane.repository.ts';
import { listToldExecutions, mergeIntoExecutions } from './progress.repository.ts';

/** A running task, and the lines of its log and what it told that are not written yet. */
export interface Heartbeat {
  readonly taskId: number;
  readonly executionId: number;
  readonly log: string;
  readonly progress: Progress | undefined;
}

export interface Leases {
  /** Still held, and nobody asked for a stop. */
  readonly held: ReadonlySet<number>;
  /** Held, but to be stopped. */
  readonly stopping: ReadonlySet<number>;
}

export interface LeaseRepository {
  /** Renews leases, and with them the gates that the tasks keep closed; writes logs and progress. */
  renew(worker: string, running: readonly Heartbeat[], leaseMs: number): Promise<Leases>;
  /**
   * Takes tasks from processes that gave no sign of life, so that they can be claimed again. One
   * whose process died `maxCrashes` times is given up: it may well be the cause.
   *
   * @returns what changed
   */
  reclaim(maxCrashes: number): Promise<readonly JobChange[]>;
}

export function createLeaseRepository(db: Database): LeaseRepository {
  return {
    renew: (worker, running, leaseMs) =>
      transact(db, async (tx) => {
        // Before the locks of the tasks, in the order of all others.
        await lockExecutions(tx, listToldExecutions(running));
        const leases = await renewLeases(tx, worker, running, leaseMs);
        await sql`
          UPDATE task_gate SET closed_until = now() + ${leaseMs} * interval '1 ms'
          WHERE probe_task_id = ANY(${[...leases.held]}::bigint[])`.execute(tx);
        return leases;
      }),
    async reclaim(maxCrashes) {
      const lapsed = await listLapsed(db);
      if (lapsed.length === 0) return [];
      return transact(db, async (tx) => {
        const lanes = lapsed.flatMap(({ lane }) => lane ?? []);
        const executionIds = [...new Set(lapsed.map(({ execution_id }) => execution_id))];
        await lockLanes(tx, lanes);
        const changes = await lockExecutions(tx, executionIds);
        const count = await putBack(tx, lapsed, maxCrashes);
        await advanceLanes(tx, lanes);
        await deriveExecutions(tx, executionIds);
        return count === 0 ? [] : changes;
      });
    },
  };
}

async function renewLeases(
  tx: DatabaseTransaction,
  worker: string,
  running: readonly Heartbeat[],
  leaseMs: number,
): Promise<Leases> {
  const { rows } = await sql<{ id: number; stop_requested: boolean }>`
    UPDATE task SET locked_until = now() + ${leaseMs} * interval '1 ms',
      log_bytes = log_bytes + octet_length(beat.log),
      extra_attrs = CASE WHEN beat.attrs IS NULL THEN extra_attrs ELSE extra_attrs || beat.attrs END,
      check_in_time = CASE WHEN beat.has_told THEN now() ELSE check_in_time END
    FROM unnest(${running.map(({ taskId }) => taskId)}::bigint[],
      ${running.map(({ log }) => log)}::text[],
      ${running.map(({ progress }) => JSON.stringify(progress?.task) ?? null)}::jsonb[],
      ${running.map(({ progress }) => progress !== undefined)}::boolean[])
      AS beat (id, log, attrs, has_told)
    WHERE task.id = beat.id AND task.status = 'Running' AND task.locked_by = ${worker}
    RETURNING task.id, task.stop_requested`.execute(tx);
  const ids = new Set(rows.map(({ id }) => id));
  const logs = running.filter(({ taskId, log }) => log !== '' && ids.has(taskId));
  if (logs.length > 0) {
    await sql`
      INSERT INTO task_log (task_id, content)
      SELECT * FROM unnest(${logs.map(({ taskId }) => taskId)}::bigint[],
        ${logs.map(({ log }) => log)}::text[])`.execute(tx);
  }
  await mergeIntoExecutions(
    tx,
    running.filter(({ taskId }) => ids.has(taskId)),
  );
  const stopping = new Set(rows.filter((row) => row.stop_requested).map(({ id }) => id));
  return { held: new Set([...ids].filter((id) => !stopping.has(id))), stopping };
}

interface LapsedTask {
  id: number;
  execution_id: number;
  lane: string | null;
}

const MAX_LAPSED = 200;

async function listLapsed(db: Database): Promise<LapsedTask[]> {
  return db
    .selectFrom('task')
    .select(['id', 'execution_id', 'lane'])
    .where('status', '=', 'Running')
    .where('locked_until', '<', sql<Date>`now()`)
    .orderBy('locked_until')
    .limit(MAX_LAPSED)
    .execute();
}

async function putBack(
  tx: DatabaseTransaction,
  lapsed: readonly LapsedTask[],
  maxCrashes: number,
): Promise<number> {
  const { rows } = await sql`
    UPDATE task SET
      crashes = crashes + 1, locked_by = NULL, locked_until = NULL, update_time = now(),
      status = CASE WHEN stop_requested THEN 'Stopped'
        WHEN crashes + 1 >= ${maxCrashes} THEN 'Error' ELSE 'Pending' END,
      status_message = CASE WHEN crashes + 1 < ${maxCrashes} OR stop_requested THEN status_message
        ELSE 'the process that ran it ended, again and again' END,
      end_time = CASE WHEN crashes + 1 < ${maxCrashes} AND NOT stop_requested THEN NULL
        ELSE now() END
    WHERE id = ANY(${lapsed.map(({ id }) => id)}::bigint[])
      AND status = 'Running' AND locked_until < now()
    RETURNING id`.execute(tx);
  return rows.length;
}
