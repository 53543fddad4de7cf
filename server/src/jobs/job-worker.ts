import { randomUUID } from 'node:crypto';
import type { Database } from '../db/index.ts';
import { createKeyedMutex, pause } from '../lib/index.ts';
import type { HotCounter, Log, Metrics } from '../telemetry/index.ts';
import { type ClaimRepository, createClaimRepository } from './claim.repository.ts';
import type { ClaimedTask, EndedTask, Outcome } from './claimed-task.ts';
import type { Job, VendorType } from './job.ts';
import { ignoreChanges, type JobChange, type OnJobChange } from './job-change.ts';
import { createLeaseRepository, type LeaseRepository, type Leases } from './lease.repository.ts';
import { createSettlementRepository, type SettlementRepository } from './settlement.repository.ts';
import { createSignalFlag } from './signal-flag.ts';
import { mergeProgress } from './task-progress.ts';
import { startTask, type TaskRun } from './task-run.ts';
import { createWorkerPoolRepository, type WorkerPoolRepository } from './worker-pool.repository.ts';

/** Runs the tasks that wait, in this process beside those in others. */
export interface JobWorker {
  start(): void;
  /** Looks for work now rather than within a second: after a commit that added some. */
  wake(): void;
  /** Aborts those of these tasks that run here, because somebody stopped them. */
  abort(taskIds: readonly number[]): void;
  /** Aborts what runs and puts it back for others. Takes some seconds at most. */
  stop(): Promise<void>;
}

export interface JobWorkerPorts {
  readonly db: Database;
  /** One for each kind; kinds without one are left to other processes. */
  readonly jobs: readonly Job[];
  readonly log: Log;
  readonly metrics: Metrics;
  readonly onChange?: OnJobChange;
  readonly timing?: Partial<WorkerTiming>;
}

export interface WorkerTiming {
  /** Without a sign of life for so long a task is given to somebody else; 30 s. */
  readonly leaseMs: number;
  /** How often signs of life are given, and stops are looked for; 5 s. */
  readonly heartbeatMs: number;
  /** How often new lines of logs and progress are written; 1 s. */
  readonly writeMs: number;
  /** How often work is looked for while there is none; 1 s, more or less. */
  readonly pollMs: number;
  /** How long a job may take to end after its signal; 10 s. */
  readonly graceMs: number;
}

const TIMING: WorkerTiming = {
  leaseMs: 30_000,
  heartbeatMs: 5_000,
  writeMs: 1_000,
  pollMs: 1_000,
  graceMs: 10_000,
};
const MAX_CRASHES = 3;
const ROWS = 'rows';
const MAX_BACKOFF_MS = 10_000;

export function createJobWorker(ports: JobWorkerPorts): JobWorker {
  return new PollingWorker(ports);
}

type OutcomeKind = Outcome['kind'];
const outcomeKinds = ['succeeded', 'retried', 'failed', 'stopped', 'released'] as const;

class PollingWorker implements JobWorker {
  readonly #ports: JobWorkerPorts;
  readonly #timing: WorkerTiming;
  readonly #onChange: OnJobChange;
  readonly #jobs: ReadonlyMap<VendorType, Job>;
  readonly #claims: ClaimRepository;
  readonly #leases: LeaseRepository;
  readonly #settlements: SettlementRepository;
  readonly #pools: WorkerPoolRepository;
  readonly #counters: Record<OutcomeKind, HotCounter>;
  readonly #wanted = createSignalFlag();
  /** Heartbeats and ends of tasks are written one after the other, or logs would be lost. */
  readonly #rows = createKeyedMutex();
  /** Also those that ended and are not written down yet: they hold their slot until then. */
  readonly #runs = new Map<number, TaskRun>();
  readonly #slots: number;
  #ended: EndedTask[] = [];
  #id = '';
  #stopping = new AbortController();
  #loops: Promise<unknown> | undefined;

  constructor(ports: JobWorkerPorts) {
    this.#ports = ports;
    this.#timing = { ...TIMING, ...ports.timing };
    this.#onChange = ports.onChange ?? ignoreChanges;
    this.#jobs = new Map(ports.jobs.map((job) => [job.vendorType, job]));
    this.#claims = createClaimRepository(ports.db);
    this.#leases = createLeaseRepository(ports.db);
    this.#settlements = createSettlementRepository(ports.db);
    this.#pools = createWorkerPoolRepository(ports.db);
    this.#slots = ports.jobs.reduce((sum, { concurrency }) => sum + concurrency, 0);
    this.#counters = ports.metrics.counters(
      'berth_task_runs_total',
      'Runs of background tasks, by how they ended',
      'outcome',
      outcomeKinds,
    );
    ports.metrics.gauge(
      'berth_tasks_running',
      'Background tasks at work in this process',
      () => this.#runs.size,
    );
  }

  start(): void {
    if (this.#loops !== undefined) return;
    // A new one each time: what the last one left behind is not its to finish.
    this.#id = randomUUID();
    this.#stopping = new AbortController();
    this.#loops = Promise.all([this.#work(), this.#beat(), this.#write()]);
  }

  wake(): void {
    this.#wanted.raise();
  }

  abort(taskIds: readonly number[]): void {
    for (const id of taskIds) this.#runs.get(id)?.abort('stopped');
  }

  async stop(): Promise<void> {
    if (this.#loops === undefined) return;
    this.#stopping.abort();
    this.#wanted.raise();
    await this.#loops;
    const runs = [...this.#runs.values()];
    for (const run of runs) run.abort('released');
    await Promise.all(runs.map(({ ended }) => ended));
    try {
      await this.#settle();
      await this.#pools.remove(this.#id);
    } catch (error) {
      // Their leases lapse, and somebody runs them again.
      this.#ports.log.warn({ err: error }, 'tasks could not be put back');
    }
    this.#runs.clear();
    this.#ended = [];
    this.#loops = undefined;
  }

  async #work(): Promise<void> {
    const { signal } = this.#stopping;
    for (let failures = 0; !signal.aborted; ) {
      // Lowered first: what happens from here on is looked at in the next round.
      this.#wanted.lower();
      try {
        await this.#settle();
        const isMore = await this.#claim();
        failures = 0;
        if (!isMore) await this.#wanted.wait(jitter(this.#timing.pollMs));
      } catch (error) {
        failures += 1;
        this.#ports.log.warn({ err: error }, 'the queue of tasks is out of reach');
        await pause(jitter(Math.min(MAX_BACKOFF_MS, 100 * 2 ** failures)), signal);
      }
    }
  }

  /** Those that end while it is at work are the next batch. */
  #settle(): Promise<void> {
    return this.#ended.length === 0
      ? Promise.resolve()
      : this.#rows.run(ROWS, () => this.#settleBatch());
  }

  async #settleBatch(): Promise<void> {
    const ended = this.#ended.splice(0).map((one) => {
      // What a heartbeat could not write comes before.
      const run = this.#runs.get(one.task.id);
      const log = (run?.log.take() ?? '') + one.log;
      return { ...one, log, progress: mergeProgress(run?.progress.take(), one.progress) };
    });
    try {
      await this.#settlements.settle(this.#id, ended);
    } catch (error) {
      this.#ended.unshift(...ended);
      throw error;
    }
    for (const { task, outcome } of ended) {
      this.#runs.delete(task.id);
      this.#counters[outcome.kind].value += 1;
    }
    this.#onChange(ended.map(({ task }) => changeOf(task)));
  }

  /** @returns whether to ask again at once */
  async #claim(): Promise<boolean> {
    const free = this.#freeSlots();
    if (free.size === 0 || this.#stopping.signal.aborted) return false;
    const { tasks, isPartial } = await this.#claims.claim(this.#id, free, this.#timing.leaseMs);
    for (const task of tasks) {
      const job = this.#jobs.get(task.vendorType);
      if (job === undefined) continue;
      const run = startTask(task, job, this.#ports.log, this.#timing.graceMs);
      this.#runs.set(task.id, run);
      void run.ended.then((ended) => this.#note(run, ended));
    }
    if (tasks.length > 0) this.#onChange(tasks.map(changeOf));
    return isPartial;
  }

  #note(run: TaskRun, ended: EndedTask | undefined): void {
    if (ended !== undefined) this.#ended.push(ended);
    // By then it may be here again.
    else if (this.#runs.get(run.task.id) === run) this.#runs.delete(run.task.id);
    this.#wanted.raise();
  }

  #freeSlots(): Map<VendorType, number> {
    const free = new Map<VendorType, number>();
    for (const { vendorType, concurrency } of this.#jobs.values()) {
      const own = [...this.#runs.values()].filter(({ task }) => task.vendorType === vendorType);
      if (own.length < concurrency) free.set(vendorType, concurrency - own.length);
    }
    return free;
  }

  async #beat(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await this.#rows.run(ROWS, () => this.#renew([...this.#runs.values()]));
        // After that: none of one's own can lapse by being late.
        const reclaimed = await this.#leases.reclaim(MAX_CRASHES);
        if (reclaimed.length > 0) this.wake();
        this.#onChange(reclaimed);
        await this.#pools.beat(this.#id, this.#slots);
      } catch (error) {
        this.#ports.log.warn({ err: error }, 'the leases of tasks could not be renewed');
      }
      await pause(jitter(this.#timing.heartbeatMs), signal);
    }
  }

  /** What tasks write can be read while they run. */
  async #write(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await pause(this.#timing.writeMs, signal);
      try {
        await this.#rows.run(ROWS, () => this.#renew([...this.#runs.values()].filter(hasNews)));
      } catch (error) {
        this.#ports.log.warn({ err: error }, 'the logs of tasks could not be written');
      }
    }
  }

  async #renew(runs: readonly TaskRun[]): Promise<void> {
    if (runs.length === 0) return;
    const told = runs.filter(hasNews);
    const beats = runs.map(({ task, log, progress }) => ({
      taskId: task.id,
      executionId: task.executionId,
      log: log.take(),
      progress: progress.take(),
    }));
    let leases: Leases;
    try {
      leases = await this.#leases.renew(this.#id, beats, this.#timing.leaseMs);
    } catch (error) {
      for (const [index, { log, progress }] of runs.entries()) {
        log.restore(beats[index]?.log ?? '');
        progress.restore(beats[index]?.progress);
      }
      throw error;
    }
    if (told.length > 0) this.#onChange(told.map(({ task }) => changeOf(task)));
    for (const run of runs) {
      if (leases.stopping.has(run.task.id)) run.abort('stopped');
      else if (!leases.held.has(run.task.id) && this.#isAtWork(run)) run.abort('lost');
    }
  }

  /** Not so once its end is written down, or about to be. */
  #isAtWork(run: TaskRun): boolean {
    return this.#runs.get(run.task.id) === run;
  }
}

function hasNews({ log, progress }: TaskRun): boolean {
  return !log.isEmpty || !progress.isEmpty;
}

function changeOf({ vendorType, vendorId, executionId }: ClaimedTask): JobChange {
  return { vendorType, vendorId, executionId };
}

/** Three quarters to five quarters of it, so that processes do not march in step. */
function jitter(ms: number): number {
  return ms * (0.75 + Math.random() / 2);
}
