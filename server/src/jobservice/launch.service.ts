import { randomInt } from 'node:crypto';
import type { JobMonitor, JobRecord, NewExecution } from '../jobs/index.ts';
import { AppError } from '../lib/index.ts';
import type { Schedule, ScheduleDirectory, ScheduledWork } from '../schedules/index.ts';
import type { Launches } from './launch.repository.ts';

/** Once at once, once later, or again and again. */
export type JobKind = 'Generic' | 'Scheduled' | 'Periodic';

type Parameters = Readonly<Record<string, unknown>>;

/**
 * Kinds of work that can be asked for by name, each with what it does with its parameters. They
 * throw AppError invalid for parameters that make no sense.
 */
export type SubmittableJobs = ReadonlyMap<
  string,
  (parameters: Parameters, kind: JobKind) => NewExecution
>;

export interface LaunchRequest {
  readonly name: string;
  readonly parameters: Parameters;
  readonly kind: JobKind;
  readonly delaySeconds: number;
  readonly cron: string;
  readonly isUnique: boolean;
}

/** What was asked for; kept with the execution. */
export interface LaunchNote {
  readonly name: string;
  readonly kind: JobKind;
  readonly unique: boolean;
  readonly parameters: Parameters;
  /** Of the periodic job that it is a run of. */
  readonly upstream?: string | undefined;
}

/** A job of the job service: a task, or a schedule that makes tasks. */
export type LaunchedJob =
  | { readonly job: JobRecord; readonly note: LaunchNote | undefined }
  | { readonly schedule: Schedule; readonly note: LaunchNote };

export interface LaunchPorts {
  readonly submittable: SubmittableJobs;
  readonly launches: Launches;
  readonly monitor: JobMonitor;
  readonly schedules: ScheduleDirectory;
  /** Called after something was enqueued, to wake the workers. */
  enqueued(): void;
}

export interface LaunchPage {
  readonly offset: number;
  readonly limit: number;
}

/** Starts jobs for those who script the job service, and tells what became of them. */
export interface LaunchService {
  /**
   * @throws AppError invalid: no such job, nothing to plan it by, parameters it cannot use;
   *   conflict: it is to be unique, and one waits or runs
   */
  launch(request: LaunchRequest): Promise<LaunchedJob>;
  /** @throws AppError not-found */
  getJob(id: string): Promise<LaunchedJob>;
  /** Those that were launched here. */
  listJobs(kind: JobKind, page: LaunchPage): Promise<{ jobs: LaunchedJob[]; total: number }>;
  /**
   * The runs of a periodic job.
   *
   * @throws AppError not-found
   */
  listRuns(id: string, page: LaunchPage): Promise<{ jobs: LaunchedJob[]; total: number }>;
  /**
   * A periodic job is not run any more, and gone.
   *
   * @throws AppError not-found
   */
  stopJob(id: string): Promise<void>;
  /** @throws AppError not-found */
  getLog(id: string): Promise<string>;
  /** What the schedules of periodic jobs do, for the scheduler. */
  readonly work: ScheduledWork;
}

export function createLaunchService(ports: LaunchPorts): LaunchService {
  return new Launcher(ports);
}

/** Attribute of executions. */
export const NOTE = 'job_service';
const PERIODIC = 'SCHEDULER';
const PERIODIC_ID = /^periodic-(\d{1,15})$/;

class Launcher implements LaunchService {
  readonly #ports: LaunchPorts;
  readonly work: ScheduledWork;

  constructor(ports: LaunchPorts) {
    this.#ports = ports;
    this.work = {
      vendorType: PERIODIC,
      plan: async (_tx, schedule) => {
        const note = { ...readNote(schedule.parameters), upstream: periodicId(schedule) };
        return this.#plan(note);
      },
    };
  }

  async launch(request: LaunchRequest): Promise<LaunchedJob> {
    const { name, kind, parameters, isUnique, delaySeconds } = request;
    const note: LaunchNote = { name, kind, parameters, unique: isUnique };
    const execution = this.#plan(note);
    if (kind === 'Periodic') return this.#putPeriodic(request, note);
    if (kind === 'Scheduled' && delaySeconds === 0) {
      throw new AppError('invalid', 'a Scheduled job needs a schedule_delay, in seconds');
    }
    const delayMs = kind === 'Scheduled' ? delaySeconds * 1_000 : 0;
    const tasks = execution.tasks.map((task) => ({ ...task, delayMs }));
    const id = await this.#ports.launches.launch({ ...execution, tasks }, isUnique);
    if (id === undefined) {
      throw new AppError('conflict', `a job ${name} with these parameters waits or runs already`);
    }
    this.#ports.enqueued();
    return this.getJob(id);
  }

  async getJob(id: string): Promise<LaunchedJob> {
    const schedule = await this.#findPeriodic(id);
    if (schedule !== undefined) return { schedule, note: readNote(schedule.parameters) };
    return describe(await this.#ports.monitor.getJob(id));
  }

  async listJobs(kind: JobKind, page: LaunchPage) {
    if (kind !== 'Periodic') return this.#list({ kind }, page);
    const all = await this.#ports.schedules.listSchedules({ ...page, vendorTypes: [PERIODIC] });
    const jobs = all.schedules.map((schedule) => ({
      schedule,
      note: readNote(schedule.parameters),
    }));
    return { jobs, total: all.total };
  }

  async listRuns(id: string, page: LaunchPage) {
    // Runs outlive the schedule.
    if (!PERIODIC_ID.test(id)) throw new AppError('not-found', `periodic job ${id} not found`);
    const found = await this.#list({ upstream: id }, page);
    if (found.total === 0) await this.getJob(id);
    return found;
  }

  async stopJob(id: string): Promise<void> {
    const schedule = await this.#findPeriodic(id);
    if (schedule === undefined) return this.#ports.monitor.stopJob(id);
    await this.#ports.schedules.remove(PERIODIC, schedule.vendorId);
  }

  async getLog(id: string): Promise<string> {
    return (await this.#findPeriodic(id)) === undefined ? this.#ports.monitor.getLog(id) : '';
  }

  #plan(note: LaunchNote): NewExecution {
    const plan = this.#ports.submittable.get(note.name);
    if (plan === undefined) {
      const names = [...this.#ports.submittable.keys()].join(', ');
      throw new AppError('invalid', `there is no job of this name to launch; there are: ${names}`);
    }
    const execution = plan(note.parameters, note.kind);
    if (execution.tasks.length === 0) throw new AppError('invalid', 'there is nothing to do');
    return { ...execution, extraAttrs: { ...execution.extraAttrs, [NOTE]: note } };
  }

  async #putPeriodic({ cron }: LaunchRequest, note: LaunchNote): Promise<LaunchedJob> {
    const schedule = await this.#ports.schedules.put({
      vendorType: PERIODIC,
      // Of its own, so that there can be any number of them.
      vendorId: randomInt(1, 2 ** 47),
      cronType: 'Custom',
      cron,
      parameters: { ...note },
    });
    return { schedule, note };
  }

  async #findPeriodic(id: string): Promise<Schedule | undefined> {
    const number = PERIODIC_ID.exec(id)?.[1];
    if (number === undefined) return undefined;
    return this.#ports.schedules.find(PERIODIC, Number(number));
  }

  async #list(note: Partial<LaunchNote>, page: LaunchPage) {
    const { jobs, total } = await this.#ports.monitor.listJobs({ [NOTE]: note }, page);
    return { jobs: jobs.map(describe), total };
  }
}

/** The id that the job service knows the schedule of a periodic job by. */
export function periodicId({ vendorId }: Schedule): string {
  return `periodic-${vendorId}`;
}

function describe(job: JobRecord): LaunchedJob {
  const note = job.executionAttrs[NOTE];
  return { job, note: isRecord(note) ? readNote(note) : undefined };
}

/** As `launch` wrote it. */
function readNote(note: Readonly<Record<string, unknown>>): LaunchNote {
  const { name, kind, unique, parameters, upstream } = note;
  return {
    name: String(name),
    kind: kind === 'Periodic' || kind === 'Scheduled' ? kind : 'Generic',
    unique: unique === true,
    parameters: isRecord(parameters) ? parameters : {},
    ...(typeof upstream === 'string' && { upstream }),
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
