import type { Generated, GeneratedAlways } from 'kysely';
import type { JsonColumn, Timestamp } from './columns.ts';

type JsonObject = Readonly<Record<string, unknown>>;

export interface ExecutionTable {
  id: GeneratedAlways<number>;
  vendor_type: string;
  vendor_id: number;
  status: Generated<string>;
  status_message: Generated<string>;
  trigger: string;
  extra_attrs: JsonColumn<JsonObject>;
  start_time: Timestamp;
  end_time: Date | null;
  update_time: Timestamp;
}

export interface TaskTable {
  id: GeneratedAlways<number>;
  execution_id: number;
  vendor_type: string;
  job_id: Generated<string>;
  status: Generated<string>;
  status_message: Generated<string>;
  run_count: Generated<number>;
  extra_attrs: JsonColumn<JsonObject>;
  payload: JsonColumn<JsonObject>;
  lane: string | null;
  group_key: string | null;
  is_head: boolean;
  is_parked: Generated<boolean>;
  run_at: Timestamp;
  priority: Generated<number>;
  check_in_time: Date | null;
  locked_by: string | null;
  locked_until: Date | null;
  stop_requested: Generated<boolean>;
  crashes: Generated<number>;
  log_bytes: Generated<number>;
  creation_time: Timestamp;
  start_time: Date | null;
  update_time: Timestamp;
  end_time: Date | null;
}

export interface TaskLogTable {
  id: GeneratedAlways<number>;
  task_id: number;
  content: string;
}

export interface TaskGateTable {
  vendor_type: string;
  group_key: string;
  closed_until: Date;
  failures: number;
  probe_task_id: number | null;
}

export interface FailedEventTable {
  id: number;
  type: string;
  project_id: number;
  repository_name: string | null;
  payload: JsonColumn<JsonObject>;
  occurred_at: Date;
  failed_at: Timestamp;
}

export interface ScheduleTable {
  id: GeneratedAlways<number>;
  vendor_type: string;
  vendor_id: number;
  cron_type: string;
  cron: string;
  parameters: JsonColumn<JsonObject>;
  next_at: Date;
  created_at: Timestamp;
  updated_at: Timestamp;
}

export interface JobQueueStatusTable {
  job_type: string;
  paused_at: Timestamp;
}

export interface WorkerPoolTable {
  id: string;
  host: string;
  pid: number;
  concurrency: number;
  started_at: Timestamp;
  heartbeat_at: Timestamp;
}
