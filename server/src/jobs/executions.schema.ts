import { z } from 'zod';

const timestamp = z.iso.datetime({ precision: 3 });
const status = z.enum(['Pending', 'Scheduled', 'Running', 'Stopped', 'Error', 'Success']);
const extraAttrs = z.record(z.string(), z.unknown());

/** Harbor's Metrics: how many tasks an execution has, by status. */
const metricsModel = z.object({
  task_count: z.int(),
  success_task_count: z.int(),
  error_task_count: z.int(),
  pending_task_count: z.int(),
  running_task_count: z.int(),
  scheduled_task_count: z.int(),
  stopped_task_count: z.int(),
});

/** Harbor's Execution; `end_time` once it has ended. */
export const executionModel = z.object({
  id: z.int(),
  vendor_type: z.string(),
  vendor_id: z.int(),
  status,
  status_message: z.string(),
  metrics: metricsModel,
  trigger: z.enum(['MANUAL', 'SCHEDULE', 'EVENT']),
  extra_attrs: extraAttrs,
  start_time: timestamp,
  end_time: timestamp.optional(),
});

/** Harbor's Task; `start_time` and `end_time` once there are. */
export const taskModel = z.object({
  id: z.int(),
  execution_id: z.int(),
  status,
  status_message: z.string(),
  run_count: z.int(),
  extra_attrs: extraAttrs,
  creation_time: timestamp,
  update_time: timestamp,
  start_time: timestamp.optional(),
  end_time: timestamp.optional(),
});

/** What `q` and `sort` may name in lists of executions; for `defineFields` of the API. */
export const executionFieldDefinitions = {
  id: { type: 'integer' },
  vendor_type: { type: 'text' },
  vendor_id: { type: 'integer' },
  status: { type: 'text' },
  status_message: { type: 'text' },
  trigger: { type: 'text' },
  start_time: { type: 'time' },
  end_time: { type: 'time' },
  update_time: { type: 'time' },
} as const;

/** The same for tasks. */
export const taskFieldDefinitions = {
  id: { type: 'integer' },
  execution_id: { type: 'integer' },
  status: { type: 'text' },
  status_message: { type: 'text' },
  run_count: { type: 'integer' },
  creation_time: { type: 'time' },
  update_time: { type: 'time' },
  start_time: { type: 'time' },
  end_time: { type: 'time' },
} as const;
