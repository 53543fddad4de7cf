import { sql } from 'kysely';
import { type Database, type DatabaseTransaction, transact } from '../db/index.ts';
import type { VendorType } from '../jobs/index.ts';
import { nextAfter } from './cron.ts';
import type { Schedule } from './schedule.ts';
import { scheduleColumns, toSchedule } from './schedules.repository.ts';

/** Schedules whose time has come, by the clock of the database. */
export interface DueSchedules {
  /**
   * Moves the schedule that is due longest on to its next time, and in the same transaction does
   * what it is for. Whoever looks at the same time gets another one. One that is late, however
   * much, fires once.
   *
   * @param fire rejects: nothing has happened, and the schedule stays due
   * @returns whether there was one
   */
  fireNext(
    vendorTypes: readonly VendorType[],
    fire: (tx: DatabaseTransaction, schedule: Schedule) => Promise<void>,
  ): Promise<boolean>;
  /** Makes a due schedule wait, unless somebody has moved it on meanwhile. */
  postpone(schedule: Schedule, ms: number): Promise<void>;
}

export function createDueSchedules(db: Database): DueSchedules {
  return {
    fireNext: (vendorTypes, fire) =>
      transact(db, async (tx) => {
        const due = await lockDue(tx, vendorTypes);
        if (due === undefined) return false;
        const { schedule, now } = due;
        await fire(tx, schedule);
        // Also when the clock of the database was put back meanwhile.
        const after = schedule.nextAt > now ? schedule.nextAt : now;
        await tx
          .updateTable('schedule')
          .set({ next_at: nextAfter(schedule.cron, after) })
          .where('id', '=', schedule.id)
          .execute();
        return true;
      }),
    async postpone({ id }, ms) {
      await sql`
        UPDATE schedule SET next_at = now() + ${ms} * interval '1 ms'
        WHERE id = ${id} AND next_at <= now()`.execute(db);
    },
  };
}

async function lockDue(tx: DatabaseTransaction, vendorTypes: readonly VendorType[]) {
  const row = await tx
    .selectFrom('schedule')
    .select(scheduleColumns)
    .select(sql<Date>`now()`.as('now'))
    .where('next_at', '<=', sql<Date>`now()`)
    .where(sql<boolean>`vendor_type = ANY(${vendorTypes}::text[])`)
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('job_queue_status').where('job_type', '=', 'SCHEDULER'))),
    )
    .orderBy('next_at')
    .limit(1)
    .forUpdate('schedule')
    .skipLocked()
    .executeTakeFirst();
  return row && { schedule: toSchedule(row), now: row.now };
}
