import {
  type JobMonitor,
  type JobQueueState,
  type JobQueues,
  type VendorType,
  vendorTypes,
  type Worker,
  type WorkerPool,
} from '../jobs/index.ts';
import { AppError } from '../lib/index.ts';
import type { Schedule, ScheduleDirectory } from '../schedules/index.ts';

export interface JobServicePorts {
  readonly monitor: JobMonitor;
  readonly queues: JobQueues;
  readonly schedules: ScheduleDirectory;
  /** Called when tasks or schedules may run that could not before. */
  resumed(): void;
}

/** What administrators see and do of all work in the background. `all` is in any case. */
export interface JobService {
  listPools(): Promise<WorkerPool[]>;
  /**
   * @param poolId or `all`
   * @throws AppError not-found
   */
  listWorkers(poolId: string): Promise<Worker[]>;
  /**
   * @param jobId or `all` for those that run
   * @throws AppError not-found
   */
  stopJob(jobId: string): Promise<void>;
  /** @throws AppError not-found */
  getLog(jobId: string): Promise<string>;
  listQueues(): Promise<JobQueueState[]>;
  /**
   * @param action `stop` for what waits, `pause` or `resume`
   * @param jobType a kind in any case, or `all`; `SCHEDULER` is all schedules
   * @throws AppError invalid: another action; not-found: another kind
   */
  changeQueue(jobType: string, action: string): Promise<void>;
  listSchedules(page: {
    readonly offset: number;
    readonly limit: number;
  }): Promise<{ schedules: Schedule[]; total: number }>;
  /** @throws AppError invalid: it is asked of others than `all` */
  isPaused(jobType: string): Promise<boolean>;
}

export function createJobService(ports: JobServicePorts): JobService {
  const { monitor, queues, schedules } = ports;
  return {
    listPools: () => monitor.listPools(),
    listWorkers: (poolId) => monitor.listWorkers(isAll(poolId) ? undefined : poolId),
    stopJob: (jobId) => (isAll(jobId) ? monitor.stopRunning() : monitor.stopJob(jobId)),
    getLog: (jobId) => monitor.getLog(jobId),
    listQueues: () => queues.listQueues(),
    changeQueue: (jobType, action) => changeQueue(ports, jobType, action),
    listSchedules: (page) => schedules.listSchedules(page),
    async isPaused(jobType) {
      if (!isAll(jobType)) {
        throw new AppError('invalid', 'schedules are paused together: ask for "all"');
      }
      return schedules.isPaused();
    },
  };
}

async function changeQueue(
  { queues, resumed }: JobServicePorts,
  jobType: string,
  action: string,
): Promise<void> {
  const known = action.toLowerCase();
  if (known !== 'stop' && known !== 'pause' && known !== 'resume') {
    throw new AppError('invalid', 'the action must be stop, pause or resume');
  }
  const types = isAll(jobType) ? vendorTypes : [getType(jobType)];
  if (known === 'stop') await queues.stopQueues(types);
  if (known === 'pause') await queues.pauseQueues(types);
  if (known !== 'resume') return;
  await queues.resumeQueues(types);
  resumed();
}

function getType(jobType: string): VendorType {
  const type = vendorTypes.find((known) => known === jobType.toUpperCase());
  if (type === undefined) throw new AppError('not-found', `there is no job queue ${jobType}`);
  return type;
}

function isAll(text: string): boolean {
  return text.toLowerCase() === 'all';
}
