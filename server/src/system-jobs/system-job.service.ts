import type { z } from 'zod';
import type { Execution, Executions, Listing, NewExecution } from '../jobs/index.ts';
import { AppError } from '../lib/index.ts';
import type { Schedule, ScheduledWork, Schedules } from '../schedules/index.ts';
import { type Order, type Parameters, SYSTEM, type SystemJob } from './system-job.ts';

export interface SystemJobPorts {
  readonly executions: Pick<
    Executions,
    'listExecutions' | 'getExecution' | 'listTasks' | 'getTaskLog' | 'stopExecution'
  >;
  readonly schedules: Schedules;
  /** Starts the execution; gives its id. */
  enqueue(execution: NewExecution): Promise<number>;
}

/** One kind of work of the whole registry: its runs, and when it runs. */
export interface SystemJobService {
  listExecutions(listing: Listing): Promise<{ executions: Execution[]; total: number }>;
  /** @throws AppError not-found */
  getExecution(id: number): Promise<Execution>;
  /**
   * What its first task wrote.
   *
   * @throws AppError not-found
   */
  getLog(id: number): Promise<string>;
  /**
   * Does nothing to a run that has ended.
   *
   * @throws AppError not-found
   */
  stop(id: number): Promise<void>;
  findSchedule(): Promise<Schedule | undefined>;
  /**
   * Runs it now, or sets or removes its schedule. Runs wait for each other.
   *
   * @returns the id of the execution, when it is to run now
   * @throws AppError invalid: wrong parameters, or no cron expression
   */
  follow(order: Order): Promise<number | undefined>;
  /** For the scheduler. */
  readonly scheduledWork: ScheduledWork;
}

export function createSystemJobService<P extends Parameters>(
  job: SystemJob<P>,
  ports: SystemJobPorts,
): SystemJobService {
  return new SystemJobRuns(job, ports);
}

const FIRST = {
  sorts: [{ column: 'id', type: 'integer', descending: false }],
  offset: 0,
  limit: 1,
} as const satisfies Listing;

class SystemJobRuns<P extends Parameters> implements SystemJobService {
  readonly #job: SystemJob<P>;
  readonly #ports: SystemJobPorts;

  constructor(job: SystemJob<P>, ports: SystemJobPorts) {
    this.#job = job;
    this.#ports = ports;
  }

  get #scope() {
    return { vendorTypes: [this.#job.vendorType], vendorId: SYSTEM };
  }

  get scheduledWork(): ScheduledWork {
    const { vendorType } = this.#job;
    return {
      vendorType,
      plan: async (_tx, { parameters }) => this.#job.plan(this.#parse(parameters), 'SCHEDULE'),
    };
  }

  listExecutions(listing: Listing) {
    return this.#ports.executions.listExecutions(this.#scope, listing);
  }

  getExecution(id: number): Promise<Execution> {
    return this.#ports.executions.getExecution(this.#scope, id);
  }

  async getLog(id: number): Promise<string> {
    const { executions } = this.#ports;
    const { tasks } = await executions.listTasks(this.#scope, id, FIRST);
    const [task] = tasks;
    if (task === undefined) throw new AppError('not-found', `execution ${id} has no log`);
    return executions.getTaskLog(this.#scope, task.id);
  }

  stop(id: number): Promise<void> {
    return this.#ports.executions.stopExecution(this.#scope, id);
  }

  findSchedule(): Promise<Schedule | undefined> {
    return this.#ports.schedules.find(this.#job.vendorType, SYSTEM);
  }

  async follow({ type, cron, parameters }: Order): Promise<number | undefined> {
    const { vendorType } = this.#job;
    const parsed = this.#parse(parameters);
    switch (type) {
      case 'Manual':
        return this.#ports.enqueue(this.#job.plan(parsed, 'MANUAL'));
      case 'None':
        await this.#ports.schedules.remove(vendorType, SYSTEM);
        return undefined;
      case 'Hourly':
      case 'Daily':
      case 'Weekly':
      case 'Custom':
        await this.#ports.schedules.put({
          vendorType,
          cron,
          vendorId: SYSTEM,
          cronType: type,
          parameters: parsed,
        });
        return undefined;
    }
  }

  #parse(parameters: Parameters): P {
    const result = this.#job.parameters.safeParse(parameters);
    if (result.success) return result.data;
    throw new AppError('invalid', result.error.issues.map(describe).join('; '));
  }
}

function describe({ path, message }: z.core.$ZodIssue): string {
  return path.length === 0 ? message : `${path.join('.')}: ${message}`;
}
