import { type RawBuilder, sql } from 'kysely';
import { type Database, transact } from '../db/index.ts';
import { AppError } from '../lib/index.ts';
import type { JobStatus, JobTrigger, VendorType } from './job.ts';
import { ignoreChanges, type OnJobChange } from './job-change.ts';
import { getLogOf } from './task-log.repository.ts';
import { type StoppableTask, stopRunning, stopWaiting } from './task-stop.repository.ts';
import { POOL_LIFE_SECONDS } from './worker-pool.repository.ts';

/** A process that runs tasks. */
export interface WorkerPool {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  /** How many tasks it runs at once at most. */
  readonly concurrency: number;
  readonly startedAt: Date;
  readonly heartbeatAt: Date;
}

/** One place for a task in a pool; without a job it is idle. */
export interface Worker {
  readonly id: string;
  readonly poolId: string;
  readonly job: RunningJob | undefined;
}

export interface RunningJob {
  readonly id: string;
  readonly vendorType: VendorType;
  readonly startedAt: Date;
  /** When it last told how far it is. */
  readonly checkedInAt: Date | undefined;
}

/** A task by the id that the job service knows it by, of whatever kind, without its payload. */
export interface JobRecord {
  readonly id: string;
  readonly executionId: number;
  readonly vendorType: VendorType;
  readonly trigger: JobTrigger;
  readonly status: JobStatus;
  readonly runCount: number;
  readonly extraAttrs: Readonly<Record<string, unknown>>;
  readonly executionAttrs: Readonly<Record<string, unknown>>;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly runAt: Date;
  readonly checkedInAt: Date | undefined;
}

/** Looks at all work of the system, for its administrators. */
export interface JobMonitor {
  listPools(): Promise<WorkerPool[]>;
  /**
   * Of one pool, or of all.
   *
   * @throws AppError not-found: the pool
   */
  listWorkers(poolId?: string): Promise<Worker[]>;
  /** @throws AppError not-found */
  getJob(id: string): Promise<JobRecord>;
  /**
   * Newest first, jobs of executions whose attributes contain these.
   *
   * @param attributes JSON
   */
  listJobs(
    attributes: Readonly<Record<string, unknown>>,
    page: { readonly offset: number; readonly limit: number },
  ): Promise<{ jobs: JobRecord[]; total: number }>;
  /**
   * The lines written so far, of all runs; 1 MiB at most.
   *
   * @throws AppError not-found
   */
  getLog(id: string): Promise<string>;
  /**
   * Stops a job that waits at once, one that runs within some seconds. Does nothing to one that has
   * ended.
   *
   * @throws AppError not-found
   */
  stopJob(id: string): Promise<void>;
  /** Stops all that run now, within some seconds. */
  stopRunning(): Promise<void>;
}

/** @param abort told the ids of running tasks that are to stop, for those of this process */
export function createJobMonitor(
  db: Database,
  abort: (taskIds: readonly number[]) => void = () => undefined,
  onChange: OnJobChange = ignoreChanges,
): JobMonitor {
  return new TaskMonitor(db, abort, onChange);
}

class TaskMonitor implements JobMonitor {
  readonly #db: Database;
  readonly #abort: (taskIds: readonly number[]) => void;
  readonly #onChange: OnJobChange;

  constructor(db: Database, abort: (taskIds: readonly number[]) => void, onChange: OnJobChange) {
    this.#db = db;
    this.#abort = abort;
    this.#onChange = onChange;
  }

  async listPools(): Promise<WorkerPool[]> {
    const rows = await this.#db
      .selectFrom('worker_pool')
      .selectAll()
      .where('heartbeat_at', '>=', sql<Date>`now() - ${POOL_LIFE_SECONDS} * interval '1 s'`)
      .orderBy('started_at')
      .orderBy('id')
      .execute();
    return rows.map(({ id, host, pid, concurrency, started_at, heartbeat_at }) => ({
      id,
      host,
      pid,
      concurrency,
      startedAt: started_at,
      heartbeatAt: heartbeat_at,
    }));
  }

  async listWorkers(poolId?: string): Promise<Worker[]> {
    const all = await this.listPools();
    const pools = all.filter(({ id }) => poolId === undefined || id === poolId);
    if (poolId !== undefined && pools.length === 0) {
      throw new AppError('not-found', `worker pool ${shorten(poolId)} not found`);
    }
    const running = await this.#listRunning(pools.map(({ id }) => id));
    return pools.flatMap((pool) => listSlots(pool, running.get(pool.id) ?? []));
  }

  async getJob(id: string): Promise<JobRecord> {
    const [job] = await this.#selectJobs(sql`task.job_id = ${parseJobId(id)}`, 0, 1);
    if (job === undefined) throw missing(id);
    return job;
  }

  async listJobs(
    attributes: Readonly<Record<string, unknown>>,
    { offset, limit }: { readonly offset: number; readonly limit: number },
  ) {
    const condition = sql`execution.extra_attrs @> ${JSON.stringify(attributes)}::jsonb`;
    const { rows } = await sql<{ total: number }>`
      SELECT count(*) AS total FROM task JOIN execution ON execution.id = task.execution_id
      WHERE ${condition}`.execute(this.#db);
    return {
      jobs: await this.#selectJobs(condition, offset, limit),
      total: rows[0]?.total ?? 0,
    };
  }

  async getLog(id: string): Promise<string> {
    return getLogOf(this.#db, (await this.#getTask(id)).id);
  }

  async stopJob(id: string): Promise<void> {
    const task = await this.#getTask(id);
    const running = await transact(this.#db, async (tx) => {
      await stopWaiting(tx, [task], this.#onChange);
      return stopRunning(tx, [task.id]);
    });
    this.#abort(running);
  }

  async stopRunning(): Promise<void> {
    const rows = await this.#db
      .selectFrom('task')
      .select('id')
      .where('status', '=', 'Running')
      .execute();
    const running = await transact(this.#db, (tx) =>
      stopRunning(
        tx,
        rows.map(({ id }) => id),
      ),
    );
    this.#abort(running);
  }

  async #getTask(id: string): Promise<StoppableTask> {
    const row = await this.#db
      .selectFrom('task')
      .select(['id', 'execution_id', 'lane'])
      .where('job_id', '=', parseJobId(id))
      .executeTakeFirst();
    if (row === undefined) throw missing(id);
    return row;
  }

  async #listRunning(poolIds: readonly string[]): Promise<Map<string, RunningJob[]>> {
    const rows = await this.#db
      .selectFrom('task')
      .select([
        'locked_by',
        'job_id',
        sql<VendorType>`vendor_type`.as('vendor_type'),
        sql<Date>`coalesce(start_time, update_time)`.as('started_at'),
        'check_in_time',
      ])
      .where('status', '=', 'Running')
      .where(sql<boolean>`locked_by = ANY(${poolIds}::uuid[])`)
      .orderBy('id')
      .execute();
    const byPool = Map.groupBy(rows, ({ locked_by }) => locked_by ?? '');
    const toJob = (row: (typeof rows)[number]) => ({
      id: row.job_id,
      vendorType: row.vendor_type,
      startedAt: row.started_at,
      checkedInAt: row.check_in_time ?? undefined,
    });
    return new Map([...byPool].map(([pool, own]) => [pool, own.map(toJob)]));
  }

  async #selectJobs(
    condition: RawBuilder<unknown>,
    offset: number,
    limit: number,
  ): Promise<JobRecord[]> {
    const { rows } = await sql<JobRow>`
      SELECT task.job_id, task.execution_id, task.vendor_type, execution.trigger, task.status,
        task.run_count, task.extra_attrs, execution.extra_attrs AS execution_attrs,
        task.creation_time, task.update_time, task.run_at, task.check_in_time
      FROM task JOIN execution ON execution.id = task.execution_id
      WHERE ${condition}
      ORDER BY task.id DESC OFFSET ${offset} LIMIT ${limit}`.execute(this.#db);
    return rows.map(toJob);
  }
}

interface JobRow {
  job_id: string;
  execution_id: number;
  vendor_type: VendorType;
  trigger: JobTrigger;
  status: JobStatus;
  run_count: number;
  extra_attrs: Readonly<Record<string, unknown>>;
  execution_attrs: Readonly<Record<string, unknown>>;
  creation_time: Date;
  update_time: Date;
  run_at: Date;
  check_in_time: Date | null;
}

function toJob(row: JobRow): JobRecord {
  return {
    id: row.job_id,
    executionId: row.execution_id,
    vendorType: row.vendor_type,
    trigger: row.trigger,
    status: row.status,
    runCount: row.run_count,
    extraAttrs: row.extra_attrs,
    executionAttrs: row.execution_attrs,
    createdAt: row.creation_time,
    updatedAt: row.update_time,
    runAt: row.run_at,
    checkedInAt: row.check_in_time ?? undefined,
  };
}

/** Jobs take the first places: which place a task has is nobody's concern. */
function listSlots(pool: WorkerPool, jobs: readonly RunningJob[]): Worker[] {
  const length = Math.max(pool.concurrency, jobs.length);
  return Array.from({ length }, (_, at) => ({
    id: `${pool.id}.${at + 1}`,
    poolId: pool.id,
    job: jobs[at],
  }));
}

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

function parseJobId(id: string): string {
  if (!UUID.test(id)) throw missing(id);
  return id.toLowerCase();
}

function missing(id: string): AppError {
  return new AppError('not-found', `job ${shorten(id)} not found`);
}

function shorten(text: string): string {
  return text.length > 64 ? `${text.slice(0, 64)}…` : text;
}
