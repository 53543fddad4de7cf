import { type SelectQueryBuilder, sql } from 'kysely';
import {
  afterCommit,
  type Database,
  orderBySorts,
  type Schema,
  type Sort,
  transact,
  wherePredicates,
} from '../db/index.ts';
import { AppError } from '../lib/index.ts';
import { closeDangling } from './dangling.repository.ts';
import type { Execution, ExecutionScope, Listing, Task } from './execution.ts';
import {
  type ExecutionRow,
  executionColumns,
  taskColumns,
  toExecution,
  toTask,
} from './execution-columns.repository.ts';
import { deriveExecutions, lockExecutions } from './execution-status.repository.ts';
import type { JobStatus, VendorType } from './job.ts';
import { ignoreChanges, type OnJobChange } from './job-change.ts';
import { advanceLanes, lockLanes } from './lane.repository.ts';
import { getLogOf } from './task-log.repository.ts';

/** What was asked to run, and what became of it. All is looked up within its scope. */
export interface Executions {
  listExecutions(
    scope: ExecutionScope,
    listing: Listing,
  ): Promise<{ executions: Execution[]; total: number }>;
  /** @throws AppError not-found */
  getExecution(scope: ExecutionScope, id: number): Promise<Execution>;
  /** @throws AppError not-found: the execution */
  listTasks(
    scope: ExecutionScope,
    executionId: number,
    listing: Listing,
  ): Promise<{ tasks: Task[]; total: number }>;
  /** @throws AppError not-found */
  getTask(scope: ExecutionScope, taskId: number): Promise<Task>;
  /**
   * The lines written so far, of all runs; 1 MiB at most.
   *
   * @throws AppError not-found
   */
  getTaskLog(scope: ExecutionScope, taskId: number): Promise<string>;
  /**
   * Tasks that wait are stopped at once; those that run are told to, wherever they run, within some
   * seconds. Does nothing to what has ended.
   *
   * @throws AppError not-found
   */
  stopExecution(scope: ExecutionScope, id: number): Promise<void>;
  /** Closes an execution without tasks. Does nothing to one that has ended. */
  markDone(
    executionId: number,
    status: 'Stopped' | 'Error' | 'Success',
    message: string,
  ): Promise<void>;
  /**
   * Deletes executions that have ended, except the newest `keep(vendorType)` of each vendor id.
   *
   * @returns how many were deleted
   */
  sweepExecutions(keep: (vendorType: VendorType) => number): Promise<number>;
  /**
   * Closes executions that still run, began so many milliseconds ago or earlier, and have no task
   * left that could end them: as their tasks say; as failed when there never was one.
   *
   * @returns how many were closed
   */
  failDangling(olderThanMs: number): Promise<number>;
}

/** @param abort told the ids of running tasks that are to stop, for those of this process */
export function createExecutions(
  db: Database,
  abort: (taskIds: readonly number[]) => void = () => undefined,
  onChange: OnJobChange = ignoreChanges,
): Executions {
  return new ExecutionRows(db, abort, onChange);
}

const SWEEP_BATCH = 500;
const newestFirst: readonly Sort[] = [{ column: 'id', type: 'integer', descending: true }];

class ExecutionRows implements Executions {
  readonly #db: Database;
  readonly #abort: (taskIds: readonly number[]) => void;
  readonly #onChange: OnJobChange;

  constructor(db: Database, abort: (taskIds: readonly number[]) => void, onChange: OnJobChange) {
    this.#db = db;
    this.#abort = abort;
    this.#onChange = onChange;
  }

  async listExecutions(scope: ExecutionScope, listing: Listing) {
    const { predicates = [], sorts = newestFirst, offset, limit } = listing;
    const matching = wherePredicates(this.#selectExecutions(scope), predicates);
    const total = await count(matching);
    const page = orderBySorts(matching.select(executionColumns), sorts);
    const rows = await page.offset(offset).limit(limit).execute();
    return { executions: await this.#describe(rows), total };
  }

  async getExecution(scope: ExecutionScope, id: number): Promise<Execution> {
    const row = await this.#selectExecutions(scope)
      .select(executionColumns)
      .where('id', '=', id)
      .execute();
    const [execution] = await this.#describe(row);
    if (execution === undefined) throw missing('execution', id);
    return execution;
  }

  async listTasks(scope: ExecutionScope, executionId: number, listing: Listing) {
    await this.#assertExecution(scope, executionId);
    const { predicates = [], sorts = newestFirst, offset, limit } = listing;
    const own = this.#db.selectFrom('task').where('execution_id', '=', executionId);
    const matching = wherePredicates(own, predicates);
    const total = await count(matching);
    const page = orderBySorts(matching.select(taskColumns), sorts);
    const rows = await page.offset(offset).limit(limit).execute();
    return { tasks: rows.map(toTask), total };
  }

  async getTask(scope: ExecutionScope, taskId: number): Promise<Task> {
    const row = await this.#db
      .selectFrom('task')
      .select(taskColumns)
      .where('id', '=', taskId)
      .where('execution_id', 'in', (eb) =>
        eb
          .selectFrom('execution')
          .select('execution.id')
          .where('vendor_id', '=', scope.vendorId)
          .where(sql<boolean>`execution.vendor_type = ANY(${scope.vendorTypes}::text[])`),
      )
      .executeTakeFirst();
    if (row === undefined) throw missing('task', taskId);
    return toTask(row);
  }

  async getTaskLog(scope: ExecutionScope, taskId: number): Promise<string> {
    await this.getTask(scope, taskId);
    return getLogOf(this.#db, taskId);
  }

  async stopExecution(scope: ExecutionScope, id: number): Promise<void> {
    await this.#assertExecution(scope, id);
    const running = await transact(this.#db, async (tx) => {
      const own = tx.selectFrom('task').where('execution_id', '=', id);
      const waiting = own.where('status', 'in', ['Pending', 'Running']);
      const rows = await waiting.select('lane').distinct().execute();
      const lanes = rows.flatMap(({ lane }) => lane ?? []);
      await lockLanes(tx, lanes);
      const changes = await lockExecutions(tx, [id]);
      afterCommit(tx, () => this.#onChange(changes));
      await sql`
        UPDATE task SET status = 'Stopped', end_time = now(), update_time = now()
        WHERE execution_id = ${id} AND status = 'Pending'`.execute(tx);
      const { rows: stopping } = await sql<{ id: number }>`
        UPDATE task SET stop_requested = true
        WHERE execution_id = ${id} AND status = 'Running' RETURNING id`.execute(tx);
      await advanceLanes(tx, lanes);
      await deriveExecutions(tx, [id]);
      await sql`
        UPDATE execution SET status = 'Stopped', end_time = now(), update_time = now()
        WHERE id = ${id} AND status = 'Running'
          AND NOT EXISTS (SELECT FROM task WHERE execution_id = execution.id)`.execute(tx);
      return stopping.map((task) => task.id);
    });
    this.#abort(running);
  }

  async markDone(
    executionId: number,
    status: 'Stopped' | 'Error' | 'Success',
    message: string,
  ): Promise<void> {
    const { rows } = await sql<{ vendor_type: VendorType; vendor_id: number }>`
      UPDATE execution SET status = ${status}, status_message = ${message},
        end_time = now(), update_time = now()
      WHERE id = ${executionId} AND status = 'Running'
        AND NOT EXISTS (SELECT FROM task WHERE execution_id = execution.id)
      RETURNING vendor_type, vendor_id`.execute(this.#db);
    this.#onChange(
      rows.map((row) => ({ vendorType: row.vendor_type, vendorId: row.vendor_id, executionId })),
    );
  }

  async sweepExecutions(keep: (vendorType: VendorType) => number): Promise<number> {
    const { rows } = await sql<{ vendor_type: VendorType; vendor_id: number }>`
      SELECT DISTINCT vendor_type, vendor_id FROM execution`.execute(this.#db);
    let total = 0;
    for (const { vendor_type, vendor_id } of rows) {
      total += await this.#sweep(vendor_type, vendor_id, keep(vendor_type));
    }
    return total;
  }

  failDangling(olderThanMs: number): Promise<number> {
    return closeDangling(this.#db, olderThanMs, this.#onChange);
  }

  /** In small transactions: tasks and logs go with the executions. */
  async #sweep(vendorType: VendorType, vendorId: number, keep: number): Promise<number> {
    const newest = await this.#db
      .selectFrom('execution')
      .select('id')
      .where('vendor_type', '=', vendorType)
      .where('vendor_id', '=', vendorId)
      .orderBy('id', 'desc')
      .offset(keep)
      .limit(1)
      .executeTakeFirst();
    if (newest === undefined) return 0;
    for (let total = 0; ; ) {
      const { numAffectedRows = 0n } = await sql`
        DELETE FROM execution WHERE id IN (
          SELECT id FROM execution
          WHERE vendor_type = ${vendorType} AND vendor_id = ${vendorId} AND id <= ${newest.id}
            AND status IN ('Stopped', 'Error', 'Success')
          LIMIT ${SWEEP_BATCH})`.execute(this.#db);
      total += Number(numAffectedRows);
      if (numAffectedRows > 0n) this.#onChange([{ vendorType, vendorId }]);
      if (numAffectedRows < SWEEP_BATCH) return total;
    }
  }

  #selectExecutions({ vendorTypes, vendorId }: ExecutionScope) {
    return this.#db
      .selectFrom('execution')
      .where(sql<boolean>`vendor_type = ANY(${vendorTypes}::text[])`)
      .where('vendor_id', '=', vendorId);
  }

  async #assertExecution(scope: ExecutionScope, id: number): Promise<void> {
    const found = await this.#selectExecutions(scope)
      .select('id')
      .where('id', '=', id)
      .executeTakeFirst();
    if (found === undefined) throw missing('execution', id);
  }

  async #describe(rows: readonly ExecutionRow[]): Promise<Execution[]> {
    if (rows.length === 0) return [];
    const counts = await this.#db
      .selectFrom('task')
      .select((eb) => [
        'execution_id',
        sql<JobStatus>`status`.as('status'),
        eb.fn.countAll<number>().as('count'),
      ])
      .where(sql<boolean>`execution_id = ANY(${rows.map(({ id }) => id)}::bigint[])`)
      .groupBy(['execution_id', 'status'])
      .execute();
    return rows.map((row) => {
      const own = counts.filter(({ execution_id }) => execution_id === row.id);
      return toExecution(row, new Map(own.map(({ status, count }) => [status, count])));
    });
  }
}

function missing(what: string, id: number): AppError {
  return new AppError('not-found', `${what} ${id} not found`);
}

async function count<TB extends keyof Schema, O>(
  query: SelectQueryBuilder<Schema, TB, O>,
): Promise<number> {
  const { total } = await query
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .$castTo<{ total: number }>()
    .executeTakeFirstOrThrow();
  return total;
}
