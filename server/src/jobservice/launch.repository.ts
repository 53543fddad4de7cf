import { sql } from 'kysely';
import { type Database, type DatabaseTransaction, transact } from '../db/index.ts';
import type { JobQueue, NewExecution } from '../jobs/index.ts';

/** Starts jobs that somebody asked for by name. */
export interface Launches {
  /**
   * @param isUnique not while a task of the same kind and payload waits or runs
   * @returns the id of its first job; undefined when it is not unique
   */
  launch(execution: NewExecution, isUnique: boolean): Promise<string | undefined>;
}

export function createLaunches(db: Database, jobs: JobQueue): Launches {
  return {
    launch: (execution, isUnique) =>
      transact(db, async (tx) => {
        if (isUnique && (await isThere(tx, execution))) return undefined;
        const [executionId = 0] = await jobs.enqueue(tx, [execution]);
        const { job_id } = await tx
          .selectFrom('task')
          .select('job_id')
          .where('execution_id', '=', executionId)
          .orderBy('id')
          .limit(1)
          .executeTakeFirstOrThrow();
        return job_id;
      }),
  };
}

const LOCK_CLASS = 0x6c_61_75_6e;

/** Nobody else launches a unique job of the kind until the end of the transaction. */
async function isThere(
  tx: DatabaseTransaction,
  { vendorType, tasks }: NewExecution,
): Promise<boolean> {
  await sql`SELECT pg_advisory_xact_lock(${LOCK_CLASS}::int, hashtext(${vendorType}))`.execute(tx);
  const { rows } = await sql<{ found: boolean }>`
    SELECT EXISTS (SELECT FROM task
      WHERE vendor_type = ${vendorType} AND status IN ('Pending', 'Running')
        AND payload = ANY(${tasks.map(({ payload }) => JSON.stringify(payload))}::jsonb[])
    ) AS found`.execute(tx);
  return rows[0]?.found === true;
}
