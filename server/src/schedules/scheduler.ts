import type { Database, DatabaseTransaction } from '../db/index.ts';
import { createSignalFlag, type JobQueue, type VendorType } from '../jobs/index.ts';
import { pause } from '../lib/index.ts';
import type { HotCounter, Log, Metrics } from '../telemetry/index.ts';
import { createDueSchedules, type DueSchedules } from './due-schedules.repository.ts';
import type { Schedule, ScheduledWork } from './schedule.ts';

/** Starts what is due, in this process or another one. */
export interface Scheduler {
  start(): void;
  /** Looks for schedules that are due now rather than within a second. */
  wake(): void;
  /** Resolves when nothing fires any more. */
  stop(): Promise<void>;
}

export interface SchedulerPorts {
  readonly db: Database;
  /** One for each kind; schedules of kinds without one are left to other processes. */
  readonly work: readonly ScheduledWork[];
  readonly jobs: JobQueue;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Called after something was enqueued, to wake the workers. */
  enqueued(): void;
  readonly timing?: Partial<SchedulerTiming>;
}

export interface SchedulerTiming {
  /** How often is looked whether something is due; 1 s, more or less. */
  readonly pollMs: number;
  /** How long a schedule waits that could not be fired; 1 min. */
  readonly retryMs: number;
}

const TIMING: SchedulerTiming = { pollMs: 1_000, retryMs: 60_000 };
const MAX_BACKOFF_MS = 10_000;

export function createScheduler(ports: SchedulerPorts): Scheduler {
  return new PollingScheduler(ports);
}

class PollingScheduler implements Scheduler {
  readonly #ports: SchedulerPorts;
  readonly #timing: SchedulerTiming;
  readonly #work: ReadonlyMap<VendorType, ScheduledWork>;
  readonly #due: DueSchedules;
  readonly #counters: Record<'fired' | 'failed', HotCounter>;
  readonly #wanted = createSignalFlag();
  #stopping = new AbortController();
  #loop: Promise<void> | undefined;

  constructor(ports: SchedulerPorts) {
    this.#ports = ports;
    this.#timing = { ...TIMING, ...ports.timing };
    this.#work = new Map(ports.work.map((work) => [work.vendorType, work]));
    this.#due = createDueSchedules(ports.db);
    this.#counters = ports.metrics.counters(
      'berth_schedule_firings_total',
      'Schedules whose time came, by whether their work could be enqueued',
      'outcome',
      ['fired', 'failed'],
    );
  }

  start(): void {
    if (this.#loop !== undefined) return;
    this.#stopping = new AbortController();
    this.#loop = this.#poll();
  }

  wake(): void {
    this.#wanted.raise();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wanted.raise();
    await this.#loop;
    this.#loop = undefined;
  }

  async #poll(): Promise<void> {
    const { signal } = this.#stopping;
    for (let failures = 0; !signal.aborted; ) {
      // Lowered first: what happens from here on is looked at in the next round.
      this.#wanted.lower();
      try {
        while (!signal.aborted && (await this.#fireNext()));
        failures = 0;
        await this.#wanted.wait(jitter(this.#timing.pollMs));
      } catch (error) {
        failures += 1;
        this.#ports.log.warn({ err: error }, 'the schedules are out of reach');
        await pause(jitter(Math.min(MAX_BACKOFF_MS, 100 * 2 ** failures)), signal);
      }
    }
  }

  /** @returns whether there may be more */
  async #fireNext(): Promise<boolean> {
    let chosen: Schedule | undefined;
    try {
      const hasFired = await this.#due.fireNext([...this.#work.keys()], (tx, schedule) => {
        chosen = schedule;
        return this.#fire(tx, schedule);
      });
      if (hasFired) {
        this.#counters.fired.value += 1;
        this.#ports.enqueued();
      }
      return hasFired;
    } catch (error) {
      if (chosen === undefined) throw error;
      this.#counters.failed.value += 1;
      const { id, vendorType, vendorId } = chosen;
      this.#ports.log.error(
        { err: error, schedule: id, vendorType, vendorId },
        'a schedule could not be fired; it is tried again in a minute',
      );
      await this.#due.postpone(chosen, this.#timing.retryMs);
      return true;
    }
  }

  async #fire(tx: DatabaseTransaction, schedule: Schedule): Promise<void> {
    const planned = await this.#work.get(schedule.vendorType)?.plan(tx, schedule);
    if (planned === undefined) return;
    await this.#ports.jobs.enqueue(tx, [{ ...planned, trigger: 'SCHEDULE' }]);
  }
}

/** Three quarters to five quarters of it, so that processes do not march in step. */
function jitter(ms: number): number {
  return ms * (0.75 + Math.random() / 2);
}
