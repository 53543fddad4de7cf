import { z } from 'zod';
import { defineFields, idParam, integer, text, time, timestamp } from '../api/index.ts';

export const gcParams = z.object({ gc_id: idParam });
export const purgeParams = z.object({ purge_id: idParam });

/** What `q` and `sort` may name: Harbor's columns, and the names that its answers have. */
export const historyFields = defineFields({
  id: integer(),
  status: text('status', { aliases: ['job_status'] }),
  status_message: text(),
  trigger: text('trigger', { aliases: ['job_kind'] }),
  start_time: time('start_time', { aliases: ['creation_time'] }),
  update_time: time(),
  end_time: time(),
});

const orderType = z.enum(['Hourly', 'Daily', 'Weekly', 'Custom', 'Manual', 'None', 'Schedule']);

const ignored = z.unknown().optional();

/** Harbor's Schedule; what it only reads is taken and ignored. */
export const scheduleRequest = z.strictObject({
  id: ignored,
  status: ignored,
  creation_time: ignored,
  update_time: ignored,
  schedule: z
    .strictObject({
      type: orderType.optional(),
      cron: z.string().max(255).nullish(),
      next_scheduled_time: ignored,
    })
    .nullish(),
  parameters: z.record(z.string(), z.unknown()).nullish(),
});

export type ScheduleRequest = z.output<typeof scheduleRequest>;

/** Harbor's GCHistory and ExecHistory, of a run. */
export const historyModel = z.object({
  id: z.int(),
  job_name: z.string(),
  job_kind: z.enum(['MANUAL', 'SCHEDULE', 'EVENT']),
  /** JSON. */
  job_parameters: z.string(),
  schedule: z.object({ type: z.enum(['Manual', 'Schedule', 'Event']) }),
  job_status: z.enum(['Pending', 'Scheduled', 'Running', 'Stopped', 'Error', 'Success']),
  deleted: z.boolean(),
  creation_time: timestamp,
  update_time: timestamp,
});

/** The same of a schedule; an empty body without one. */
export const scheduleModel = z.object({
  id: z.int(),
  /** The cron expression. */
  job_kind: z.string(),
  job_parameters: z.string(),
  schedule: z.object({
    type: z.enum(['Hourly', 'Daily', 'Weekly', 'Custom']),
    cron: z.string(),
    next_scheduled_time: timestamp,
  }),
  job_status: z.string(),
  deleted: z.boolean(),
  creation_time: timestamp,
  update_time: timestamp,
});

/** What a collection would free; sizes in bytes. */
export const estimateModel = z.object({
  deletable_blobs: z.int(),
  deletable_bytes: z.int(),
  held_blobs: z.int(),
  held_bytes: z.int(),
  trash_bytes: z.int(),
});
