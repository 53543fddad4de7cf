import type { z } from 'zod';
import type { Execution } from '../jobs/index.ts';
import { parseExecutionAttributes } from './delivery.ts';
import { MASK } from './target-secrets.ts';
import type { LastTrigger } from './webhook.repository.ts';
import {
  payloadFormats,
  targetTypes,
  type WebhookPolicy,
  type WebhookTarget,
  webhookEventTypes,
} from './webhook-policy.ts';
import type {
  lastTriggerModel,
  policyModel,
  supportedEventsModel,
  webhookJobModel,
} from './webhooks.schema.ts';

/** Harbor's WebhookPolicy, with a mask for each secret that is set. */
export function presentPolicy(policy: WebhookPolicy): z.output<typeof policyModel> {
  const { id, name, description, projectId, creator } = policy;
  return {
    id,
    name,
    ...(description !== '' && { description }),
    project_id: projectId,
    targets: policy.targets.map(presentTarget),
    event_types: [...policy.eventTypes],
    creator,
    creation_time: policy.createdAt.toISOString(),
    update_time: policy.updatedAt.toISOString(),
    enabled: policy.isEnabled,
  };
}

function presentTarget(target: WebhookTarget) {
  const { type, address, payloadFormat: format } = target;
  return {
    type,
    address,
    ...(target.authHeader !== undefined && { auth_header: MASK }),
    skip_cert_verify: target.skipCertVerify,
    ...(format !== '' && { payload_format: format }),
    ...(target.secret !== undefined && { secret: MASK }),
  };
}

const NEVER = '0001-01-01T00:00:00.000Z';

/** Harbor's WebhookLastTrigger. */
export function presentLastTrigger(trigger: LastTrigger): z.output<typeof lastTriggerModel> {
  const { policy, eventType, triggeredAt } = trigger;
  return {
    policy_name: policy.name,
    event_type: eventType,
    enabled: policy.isEnabled,
    creation_time: policy.createdAt.toISOString(),
    last_trigger_time: triggeredAt?.toISOString() ?? NEVER,
  };
}

/** Harbor's SupportedWebhookEventTypes. */
export function presentSupportedEvents(): z.output<typeof supportedEventsModel> {
  return {
    event_type: [...webhookEventTypes],
    notify_type: [...targetTypes],
    payload_formats: [{ notify_type: 'http', formats: [...payloadFormats] }],
  };
}

/** Harbor's WebhookJob. */
export function presentWebhookJob(execution: Execution): z.output<typeof webhookJobModel> {
  const { id, vendorId, vendorType, status, startedAt, endedAt } = execution;
  const attributes = parseExecutionAttributes(execution.extraAttrs);
  return {
    id,
    policy_id: vendorId,
    event_type: attributes?.event_type ?? '',
    notify_type: vendorType === 'SLACK' ? 'slack' : 'http',
    status,
    job_detail: attributes?.payload ?? '',
    creation_time: startedAt.toISOString(),
    update_time: (endedAt ?? startedAt).toISOString(),
  };
}
