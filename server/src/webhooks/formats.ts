import type { Payload } from './payload.ts';
import type { WebhookTarget } from './webhook-policy.ts';

/** A request's body, ready to be sent. */
export interface Message {
  readonly contentType: string;
  readonly body: string;
}

/** What CloudEvents tells beyond the payload. */
export interface Origin {
  /** Of this event for this policy; a UUID. */
  readonly id: string;
  readonly requestId: string;
  readonly projectId: number;
  readonly policyId: number;
}

/** The message for a target, in the form that it asks for. */
export function formatMessage(
  target: Pick<WebhookTarget, 'type' | 'payloadFormat'>,
  payload: Payload,
  origin: Origin,
): Message {
  if (target.type === 'slack') return formatSlack(payload);
  if (target.payloadFormat === 'CloudEvents') return formatCloudEvent(payload, origin);
  return { contentType: 'application/json', body: JSON.stringify(payload) };
}

const cloudEventTypes = {
  PUSH_ARTIFACT: 'harbor.artifact.pushed',
  PULL_ARTIFACT: 'harbor.artifact.pulled',
  DELETE_ARTIFACT: 'harbor.artifact.deleted',
  QUOTA_EXCEED: 'harbor.quota.exceeded',
  QUOTA_WARNING: 'harbor.quota.warned',
  TAG_RETENTION: 'harbor.tag_retention.finished',
} as const satisfies Record<Payload['type'], string>;

/** CloudEvents 1.0, structured mode. */
function formatCloudEvent(payload: Payload, { id, requestId, ...origin }: Origin): Message {
  const event = {
    specversion: '1.0',
    id,
    // An extension must not be empty (§3.1).
    ...(requestId !== '' && { requestid: requestId }),
    source: `/projects/${origin.projectId}/webhook/policies/${origin.policyId}`,
    type: cloudEventTypes[payload.type],
    datacontenttype: 'application/json',
    time: instantOf(payload),
    ...(payload.operator !== '' && { operator: payload.operator }),
    data: payload.event_data,
  };
  return { contentType: 'application/cloudevents+json', body: JSON.stringify(event) };
}

/** Slack refuses a section with a longer text. */
const MAX_SECTION = 3_000;

/** Sections of mrkdwn, as Harbor sends them. */
function formatSlack(payload: Payload): Message {
  const fallback = instantOf(payload);
  const data = escapeSlack(JSON.stringify(payload.event_data, undefined, '\t'));
  const texts = [
    '*Harbor webhook events*',
    `*event_type:* ${payload.type}`,
    `*occur_at:* <!date^${payload.occur_at}^{date} at {time}|${fallback}>`,
    `*operator:* ${escapeSlack(payload.operator)}`,
    '*event_data:*',
    `\`\`\`${shorten(data, MAX_SECTION - 6)}\`\`\``,
  ];
  const blocks = texts.map((text) => ({ type: 'section', text: { type: 'mrkdwn', text } }));
  return { contentType: 'application/json', body: JSON.stringify({ blocks }) };
}

/** So that a name can neither call a channel nor end the code block. */
function escapeSlack(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('```', "'''");
}

function shorten(text: string, maximum: number): string {
  return text.length <= maximum ? text : `${text.slice(0, maximum - 1)}…`;
}

function instantOf({ occur_at: seconds }: Payload): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}
