import { sql } from 'kysely';
import { type Database, type DatabaseTransaction, transact } from '../db/index.ts';
import type { VendorType } from '../jobs/index.ts';
import { nextAfter, parseCron } from './cron.ts';
import type { CronType, NewSchedule, Schedule, ScheduleDirectory } from './schedule.ts';

/** Schedules as rows of the database. */
export function createSchedules(db: Database): ScheduleDirectory {
  return new ScheduleRows(db);
}

class ScheduleRows implements ScheduleDirectory {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async find(vendorType: VendorType, vendorId: number): Promise<Schedule | undefined> {
    const row = await this.#db
      .selectFrom('schedule')
      .select(scheduleColumns)
      .where('vendor_type', '=', vendorType)
      .where('vendor_id', '=', vendorId)
      .executeTakeFirst();
    return row && toSchedule(row);
  }

  async put(schedule: NewSchedule, tx?: DatabaseTransaction): Promise<Schedule> {
    const cron = parseCron(schedule.cron);
    return tx === undefined
      ? transact(this.#db, (own) => putRow(own, { ...schedule, cron }))
      : putRow(tx, { ...schedule, cron });
  }

  async remove(vendorType: VendorType, vendorId: number, tx?: DatabaseTransaction): Promise<void> {
    await (tx ?? this.#db)
      .deleteFrom('schedule')
      .where('vendor_type', '=', vendorType)
      .where('vendor_id', '=', vendorId)
      .execute();
  }

  async listSchedules({
    offset,
    limit,
    vendorTypes,
  }: Parameters<ScheduleDirectory['listSchedules']>[0]) {
    const all = this.#db
      .selectFrom('schedule')
      .$if(vendorTypes !== undefined, (query) =>
        query.where(sql<boolean>`vendor_type = ANY(${vendorTypes}::text[])`),
      );
    const { total } = await all
      .select((eb) => eb.fn.countAll<number>().as('total'))
      .executeTakeFirstOrThrow();
    const rows = await all
      .select(scheduleColumns)
      .orderBy('id')
      .offset(offset)
      .limit(limit)
      .execute();
    return { schedules: rows.map(toSchedule), total };
  }

  async isPaused(): Promise<boolean> {
    const row = await this.#db
      .selectFrom('job_queue_status')
      .select('job_type')
      .where('job_type', '=', 'SCHEDULER')
      .executeTakeFirst();
    return row !== undefined;
  }
}

/** One that keeps its times keeps also when it is due: nobody loses a firing by saving a form. */
async function putRow(tx: DatabaseTransaction, schedule: NewSchedule): Promise<Schedule> {
  const { rows: clock } = await sql<{ now: Date }>`SELECT clock_timestamp() AS now`.execute(tx);
  const nextAt = nextAfter(schedule.cron, clock[0]?.now ?? new Date());
  const { rows } = await sql<ScheduleRow>`
    INSERT INTO schedule (vendor_type, vendor_id, cron_type, cron, parameters, next_at)
    VALUES (${schedule.vendorType}, ${schedule.vendorId}, ${schedule.cronType}, ${schedule.cron},
      ${JSON.stringify(schedule.parameters)}, ${nextAt})
    ON CONFLICT (vendor_type, vendor_id) DO UPDATE SET
      cron_type = excluded.cron_type, cron = excluded.cron, parameters = excluded.parameters,
      next_at = CASE WHEN schedule.cron = excluded.cron THEN schedule.next_at
        ELSE excluded.next_at END,
      updated_at = now()
    RETURNING *`.execute(tx);
  const [row] = rows;
  if (row === undefined) throw new Error('a schedule that was put is not there');
  return toSchedule(row);
}

interface ScheduleRow {
  id: number;
  vendor_type: VendorType;
  vendor_id: number;
  cron_type: CronType;
  cron: string;
  parameters: Readonly<Record<string, unknown>>;
  next_at: Date;
  created_at: Date;
  updated_at: Date;
}

/** With `toSchedule`, for the scheduler's rows too. */
export const scheduleColumns = [
  'id',
  sql<VendorType>`vendor_type`.as('vendor_type'),
  'vendor_id',
  sql<CronType>`cron_type`.as('cron_type'),
  'cron',
  'parameters',
  'next_at',
  'created_at',
  'updated_at',
] as const;

export function toSchedule(row: ScheduleRow): Schedule {
  return {
    id: row.id,
    vendorType: row.vendor_type,
    cronType: row.cron_type,
    vendorId: row.vendor_id,
    cron: row.cron,
    parameters: row.parameters,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    nextAt: row.next_at,
  };
}
