import { sql } from 'kysely';
import { type Database, transact } from '../db/index.ts';
import { type VendorType, vendorTypes } from './job.ts';
import { ignoreChanges, type OnJobChange } from './job-change.ts';
import { type StoppableTask, stopWaiting } from './task-stop.repository.ts';

/** What waits of one kind of work. */
export interface JobQueueState {
  readonly vendorType: VendorType;
  /** How many tasks could run now; those that are to be tried again later are not in it. */
  readonly count: number;
  /** How long the first of them has waited, in seconds; 0 when there is none. */
  readonly latencySeconds: number;
  readonly isPaused: boolean;
}

/** The tasks that wait, by kind. `SCHEDULER` has none, and stands for all schedules. */
export interface JobQueues {
  /** All kinds there are. */
  listQueues(): Promise<JobQueueState[]>;
  /** From the next claim on no process starts tasks of these kinds; those that run go on. */
  pauseQueues(types: readonly VendorType[]): Promise<void>;
  resumeQueues(types: readonly VendorType[]): Promise<void>;
  /** Stops all tasks of these kinds that wait now, also those to be tried again later. */
  stopQueues(types: readonly VendorType[]): Promise<void>;
}

export function createJobQueues(db: Database, onChange: OnJobChange = ignoreChanges): JobQueues {
  return {
    listQueues: () => listQueues(db),
    async pauseQueues(types) {
      await sql`
        INSERT INTO job_queue_status (job_type) SELECT unnest(${types}::text[])
        ON CONFLICT (job_type) DO NOTHING`.execute(db);
      onChange(types.map((vendorType) => ({ vendorType })));
    },
    async resumeQueues(types) {
      await sql`
        DELETE FROM job_queue_status WHERE job_type = ANY(${types}::text[])`.execute(db);
      onChange(types.map((vendorType) => ({ vendorType })));
    },
    async stopQueues(types) {
      for (const type of types) await stopQueue(db, type, onChange);
    },
  };
}

async function listQueues(db: Database): Promise<JobQueueState[]> {
  const { rows } = await sql<{
    vendor_type: VendorType;
    count: number;
    latency: number;
    is_paused: boolean;
  }>`
    SELECT kind.vendor_type, waiting.count,
      coalesce(floor(extract(epoch FROM now() - waiting.since)), 0)::bigint AS latency,
      EXISTS (SELECT FROM job_queue_status WHERE job_type = kind.vendor_type) AS is_paused
    FROM unnest(${vendorTypes}::text[]) WITH ORDINALITY AS kind (vendor_type, position)
    CROSS JOIN LATERAL (
      SELECT count(*) AS count, min(run_at) AS since FROM task
      WHERE task.vendor_type = kind.vendor_type AND status = 'Pending' AND run_at <= now()
    ) AS waiting
    ORDER BY kind.position`.execute(db);
  return rows.map((row) => ({
    vendorType: row.vendor_type,
    count: row.count,
    latencySeconds: row.latency,
    isPaused: row.is_paused,
  }));
}

const STOP_BATCH = 500;

/** In small transactions. Tasks that are added meanwhile are left. */
async function stopQueue(db: Database, type: VendorType, onChange: OnJobChange): Promise<void> {
  const { rows: last } = await sql<{ id: number | null }>`
    SELECT max(id) AS id FROM task WHERE vendor_type = ${type} AND status = 'Pending'`.execute(db);
  const until = last[0]?.id ?? 0;
  for (;;) {
    // The newest first: or the next one of each lane would be free to run between two batches.
    const { rows } = await sql<StoppableTask>`
      SELECT id, execution_id, lane FROM task
      WHERE vendor_type = ${type} AND status = 'Pending' AND id <= ${until}
      ORDER BY run_at DESC LIMIT ${STOP_BATCH}`.execute(db);
    if (rows.length === 0) return;
    await transact(db, (tx) => stopWaiting(tx, rows, onChange));
  }
}
