import { sql } from 'kysely';
import type { Execution, Task } from './execution.ts';
import type { JobStatus, JobTrigger, VendorType } from './job.ts';

export const executionColumns = [
  'id',
  sql<VendorType>`vendor_type`.as('vendor_type'),
  'vendor_id',
  sql<JobStatus>`status`.as('status'),
  'status_message',
  sql<JobTrigger>`trigger`.as('trigger'),
  'extra_attrs',
  'start_time',
  'end_time',
] as const;

export interface ExecutionRow {
  id: number;
  vendor_type: VendorType;
  vendor_id: number;
  status: JobStatus;
  status_message: string;
  trigger: JobTrigger;
  extra_attrs: Readonly<Record<string, unknown>>;
  start_time: Date;
  end_time: Date | null;
}

export function toExecution(row: ExecutionRow, counts: ReadonlyMap<JobStatus, number>): Execution {
  const countOf = (status: JobStatus) => counts.get(status) ?? 0;
  return {
    id: row.id,
    vendorType: row.vendor_type,
    vendorId: row.vendor_id,
    status: row.status,
    statusMessage: row.status_message,
    trigger: row.trigger,
    extraAttrs: row.extra_attrs,
    startedAt: row.start_time,
    endedAt: row.end_time ?? undefined,
    taskCounts: {
      Pending: countOf('Pending'),
      Scheduled: countOf('Scheduled'),
      Running: countOf('Running'),
      Stopped: countOf('Stopped'),
      Error: countOf('Error'),
      Success: countOf('Success'),
    },
  };
}

export const taskColumns = [
  'id',
  'execution_id',
  sql<JobStatus>`status`.as('status'),
  'status_message',
  'job_id',
  'run_count',
  'extra_attrs',
  'creation_time',
  'update_time',
  'start_time',
  'end_time',
] as const;

interface TaskRow {
  id: number;
  execution_id: number;
  job_id: string;
  status: JobStatus;
  status_message: string;
  run_count: number;
  extra_attrs: Readonly<Record<string, unknown>>;
  creation_time: Date;
  update_time: Date;
  start_time: Date | null;
  end_time: Date | null;
}

export function toTask(row: TaskRow): Task {
  return {
    id: row.id,
    executionId: row.execution_id,
    jobId: row.job_id,
    status: row.status,
    statusMessage: row.status_message,
    runCount: row.run_count,
    extraAttrs: row.extra_attrs,
    createdAt: row.creation_time,
    updatedAt: row.update_time,
    startedAt: row.start_time ?? undefined,
    endedAt: row.end_time ?? undefined,
  };
}
