import { z } from 'zod';
import {
  defineFields,
  flag,
  idParam,
  integer,
  line,
  listQuery,
  projectParams,
  prose,
  text,
  time,
  timestamp,
  wholeParam,
} from '../api/index.ts';
import { payloadFormats, targetTypes, webhookEventTypes } from './webhook-policy.ts';

export const policyParams = projectParams.extend({ webhook_policy_id: idParam });
export const executionParams = policyParams.extend({ execution_id: idParam });
export const taskParams = executionParams.extend({ task_id: idParam });

/** What `q` and `sort` of the list of policies may use. */
export const policyFields = defineFields({
  id: integer('webhook_policy.id'),
  name: text('webhook_policy.name'),
  description: text('webhook_policy.description'),
  creator: text('webhook_policy.creator'),
  enabled: flag('webhook_policy.is_enabled'),
  creation_time: time('webhook_policy.created_at'),
  update_time: time('webhook_policy.updated_at'),
});

const MAX_TARGETS = 16;

const targetRequest = z.strictObject({
  type: line(64).nullish(),
  address: line(8192).nullish(),
  auth_header: z.string().max(8192).nullish(),
  skip_cert_verify: z.boolean().nullish(),
  payload_format: line(64).nullish(),
  /** Ours: deliveries are signed with it. */
  secret: line(1024).nullish(),
});

/** Clients send back what they read; only we write it. */
const ignored = z.unknown().optional();

/** Harbor's WebhookPolicy, as clients send it. */
export const policyRequest = z.strictObject({
  id: ignored,
  name: line(256).nullish(),
  description: prose(4096).nullish(),
  project_id: ignored,
  targets: targetRequest.array().max(MAX_TARGETS).nullish(),
  event_types: line(64).array().max(64).nullish(),
  creator: ignored,
  creation_time: ignored,
  update_time: ignored,
  enabled: z.boolean().nullish(),
});

const targetModel = z.object({
  type: z.enum(targetTypes),
  address: z.string(),
  auth_header: z.string().optional(),
  skip_cert_verify: z.boolean(),
  payload_format: z.enum(payloadFormats).optional(),
  secret: z.string().optional(),
});

const eventType = z.enum(webhookEventTypes);

/** Harbor's WebhookPolicy. */
export const policyModel = z.object({
  id: z.int(),
  name: z.string(),
  description: z.string().optional(),
  project_id: z.int(),
  targets: targetModel.array(),
  event_types: eventType.array(),
  creator: z.string(),
  creation_time: timestamp,
  update_time: timestamp,
  enabled: z.boolean(),
});

/** Harbor's WebhookLastTrigger; never is the first day of the year 1. */
export const lastTriggerModel = z.object({
  policy_name: z.string(),
  event_type: eventType,
  enabled: z.boolean(),
  creation_time: timestamp,
  last_trigger_time: timestamp,
});

/** Harbor's SupportedWebhookEventTypes. */
export const supportedEventsModel = z.object({
  event_type: eventType.array(),
  notify_type: z.enum(targetTypes).array(),
  payload_formats: z
    .object({ notify_type: z.enum(targetTypes), formats: z.enum(payloadFormats).array() })
    .array(),
});

/** One `status=` is no array yet. */
const statuses = z.union([line(64), line(64).array().max(16)]).transform((value) =>
  [value]
    .flat()
    .flatMap((text) => text.split(','))
    .filter((text) => text !== ''),
);

export const webhookJobsQuery = listQuery.extend({
  policy_id: wholeParam(0),
  status: statuses.optional(),
});

/** Harbor's WebhookJob: an execution, as it was called once. */
export const webhookJobModel = z.object({
  id: z.int(),
  policy_id: z.int(),
  event_type: z.string(),
  notify_type: z.enum(targetTypes),
  status: z.string(),
  job_detail: z.string(),
  creation_time: timestamp,
  update_time: timestamp,
});
