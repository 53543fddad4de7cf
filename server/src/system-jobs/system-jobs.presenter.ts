import type { Execution, JobTrigger } from '../jobs/index.ts';
import type { Schedule } from '../schedules/index.ts';

const types = {
  MANUAL: 'Manual',
  SCHEDULE: 'Schedule',
  EVENT: 'Event',
} as const satisfies Record<JobTrigger, string>;

/** Harbor's GCHistory and ExecHistory. */
export function presentRun(execution: Execution) {
  const { startedAt, endedAt = startedAt } = execution;
  return {
    id: execution.id,
    job_name: execution.vendorType,
    job_kind: execution.trigger,
    job_parameters: JSON.stringify(execution.extraAttrs),
    schedule: { type: types[execution.trigger] },
    job_status: execution.status,
    deleted: false,
    creation_time: startedAt.toISOString(),
    update_time: endedAt.toISOString(),
  };
}

/** The same for a schedule, as Harbor has it: the kind is the cron expression. */
export function presentSchedule(schedule: Schedule) {
  return {
    id: schedule.id,
    job_kind: schedule.cron,
    job_parameters: JSON.stringify(schedule.parameters),
    schedule: {
      type: schedule.cronType,
      cron: schedule.cron,
      next_scheduled_time: schedule.nextAt.toISOString(),
    },
    job_status: 'Running',
    deleted: false,
    creation_time: schedule.createdAt.toISOString(),
    update_time: schedule.updatedAt.toISOString(),
  };
}

/** Sizes in bytes; `trashBytes` is what is about to be unlinked. */
export interface Estimate {
  readonly deletableBlobs: number;
  readonly deletableBytes: number;
  readonly heldBlobs: number;
  readonly heldBytes: number;
  readonly trashBytes: number;
}

export function presentEstimate(estimate: Estimate) {
  return {
    deletable_blobs: estimate.deletableBlobs,
    deletable_bytes: estimate.deletableBytes,
    held_blobs: estimate.heldBlobs,
    held_bytes: estimate.heldBytes,
    trash_bytes: estimate.trashBytes,
  };
}
