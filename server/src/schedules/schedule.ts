import type { DatabaseTransaction } from '../db/index.ts';
import type { NewExecution, VendorType } from '../jobs/index.ts';

/** Harbor's words for how a cron expression was chosen; they change nothing. */
export type CronType = 'Hourly' | 'Daily' | 'Weekly' | 'Custom';

/** When something runs by itself. One for each kind and vendor id. */
export interface Schedule {
  readonly id: number;
  readonly vendorType: VendorType;
  /** Id of the policy it is for; -1 when there is none. */
  readonly vendorId: number;
  readonly cronType: CronType;
  /** Six fields, seconds first, in UTC. */
  readonly cron: string;
  /** What the work is told when it fires; JSON. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** When it fires next, unless schedules are paused. */
  readonly nextAt: Date;
}

export interface NewSchedule {
  readonly vendorType: VendorType;
  readonly vendorId: number;
  readonly cronType: CronType;
  readonly cron: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** Looks after when things run by themselves. */
export interface Schedules {
  find(vendorType: VendorType, vendorId: number): Promise<Schedule | undefined>;
  /**
   * Sets the schedule, in place of one that is there.
   *
   * @throws AppError invalid: no cron expression of six fields, seconds other than 0, never fires
   */
  put(schedule: NewSchedule, tx?: DatabaseTransaction): Promise<Schedule>;
  /** Does nothing when there is none. */
  remove(vendorType: VendorType, vendorId: number, tx?: DatabaseTransaction): Promise<void>;
}

/** Looks at all of them, too. */
export interface ScheduleDirectory extends Schedules {
  /** The oldest first; of all kinds unless told. */
  listSchedules(page: {
    readonly offset: number;
    readonly limit: number;
    readonly vendorTypes?: readonly VendorType[] | undefined;
  }): Promise<{ schedules: Schedule[]; total: number }>;
  /** Whether none fires at the moment: the queue `SCHEDULER` is paused. */
  isPaused(): Promise<boolean>;
}

/** What a kind of work does when its schedule fires. */
export interface ScheduledWork {
  readonly vendorType: VendorType;
  /**
   * The execution to enqueue, with trigger `SCHEDULE`; undefined when there is nothing to do any
   * more. Runs in the transaction that moves the schedule on: fires once, whoever else looks.
   */
  plan(tx: DatabaseTransaction, schedule: Schedule): Promise<NewExecution | undefined>;
}
