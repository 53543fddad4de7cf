import { z } from 'zod';
import { idParam, line, pageQuery, timestamp, wholeParam } from '../api/index.ts';
import { templateNames } from './templates.ts';

export const policyParams = z.object({ id: idParam });
export const executionParams = policyParams.extend({ eid: idParam });
export const taskParams = executionParams.extend({ tid: idParam });

/** Without `page_size` all are told, as in Harbor. */
export const retentionPageQuery = pageQuery.extend({ page_size: wholeParam(0, 100).default(0) });

/** Clients send back what they read; only we write it. */
const ignored = z.unknown().optional();

const selectorRequest = z.strictObject({
  kind: line(64).default('doublestar'),
  decoration: line(64).default(''),
  pattern: line(1024).default(''),
  extras: line(1024).nullish(),
});
/** A list that is too long is told by the domain, with Harbor's status. */
const selectors = z.array(selectorRequest).max(100);

const ruleRequest = z.strictObject({
  id: z.int().nullish(),
  priority: z.int().nullish(),
  disabled: z.boolean().nullish(),
  action: line(64).nullish(),
  template: line(64).nullish(),
  params: z.record(line(64), z.unknown()).nullish(),
  tag_selectors: selectors.nullish(),
  scope_selectors: z.record(line(64), selectors).nullish(),
});

/** Harbor's RetentionPolicy, as clients send it; and ours, `per_tag`. */
export const policyRequest = z.strictObject({
  id: ignored,
  algorithm: line(64).nullish(),
  rules: ruleRequest.array().max(100).nullish(),
  trigger: z
    .strictObject({
      kind: line(64).nullish(),
      settings: z.looseObject({ cron: z.unknown().optional() }).nullish(),
      references: ignored,
    })
    .nullish(),
  scope: z.strictObject({ level: line(64).nullish(), ref: z.int().nullish() }).nullish(),
  per_tag: z.boolean().nullish(),
});

export type PolicyRequest = z.output<typeof policyRequest>;

export const runRequest = z.strictObject({ dry_run: z.boolean().nullish() });
export const actionRequest = z.strictObject({ action: line(64).nullish() });

const selectorModel = z.object({
  kind: z.string(),
  decoration: z.string(),
  pattern: z.string(),
  extras: z.string().optional(),
});

const ruleModel = z.object({
  id: z.int().optional(),
  priority: z.int().optional(),
  disabled: z.boolean().optional(),
  action: z.literal('retain'),
  template: z.enum(templateNames),
  params: z.record(z.string(), z.int()),
  tag_selectors: selectorModel.array(),
  scope_selectors: z.object({ repository: selectorModel.array() }),
});

/** Harbor's RetentionPolicy. */
export const policyModel = z.object({
  id: z.int(),
  algorithm: z.literal('or'),
  rules: ruleModel.array(),
  trigger: z.object({
    kind: z.enum(['Schedule', '']),
    settings: z.object({ cron: z.string(), next_scheduled_time: timestamp.optional() }),
  }),
  scope: z.object({ level: z.literal('project'), ref: z.int() }),
  per_tag: z.literal(true).optional(),
});

const status = z.enum(['Pending', 'Scheduled', 'Running', 'Stopped', 'Error', 'Success']);

/** Harbor's RetentionExecution. */
export const executionModel = z.object({
  id: z.int(),
  policy_id: z.int(),
  start_time: timestamp,
  end_time: timestamp.optional(),
  status,
  trigger: z.enum(['MANUAL', 'SCHEDULE', 'EVENT']),
  dry_run: z.boolean(),
});

/** Harbor's RetentionExecutionTask. */
export const taskModel = z.object({
  id: z.int(),
  execution_id: z.int(),
  repository: z.string(),
  job_id: z.string(),
  status,
  status_code: z.int(),
  start_time: timestamp.optional(),
  end_time: timestamp.optional(),
  total: z.int(),
  retained: z.int(),
});

const selectorMetadata = z.object({
  display_text: z.string(),
  kind: z.string(),
  decorations: z.string().array(),
});

/** Harbor's RetentionMetadata. */
export const metadataModel = z.object({
  templates: z
    .object({
      rule_template: z.string(),
      display_text: z.string(),
      action: z.string(),
      params: z.object({ type: z.string(), unit: z.string(), required: z.boolean() }).array(),
    })
    .array(),
  scope_selectors: selectorMetadata.array(),
  tag_selectors: selectorMetadata.array(),
});
