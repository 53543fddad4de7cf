/** Harbor's event types for webhooks, in its order; scans and the like come with their modules. */
export const webhookEventTypes = [
  'PUSH_ARTIFACT',
  'PULL_ARTIFACT',
  'DELETE_ARTIFACT',
  'QUOTA_EXCEED',
  'QUOTA_WARNING',
  'SCANNING_FAILED',
  'SCANNING_STOPPED',
  'SCANNING_COMPLETED',
  'REPLICATION',
  'TAG_RETENTION',
] as const;

export type WebhookEventType = (typeof webhookEventTypes)[number];

export const targetTypes = ['http', 'slack'] as const;

export type TargetType = (typeof targetTypes)[number];

export const payloadFormats = ['Default', 'CloudEvents'] as const;

/** Slack has a form of its own, and none of these. */
export type PayloadFormat = (typeof payloadFormats)[number] | '';

/** How and where to tell. */
export interface TargetAddress {
  readonly type: TargetType;
  readonly address: string;
  readonly payloadFormat: PayloadFormat;
  readonly skipCertVerify: boolean;
}

/** As stored: the secrets are sealed to the id (`targetContext`). */
export interface WebhookTarget extends TargetAddress {
  /** A UUID that outlives changes of the policy. */
  readonly id: string;
  /** Sent as `Authorization`. */
  readonly authHeader: string | undefined;
  /** Key of the deliveries' signatures. */
  readonly secret: string | undefined;
}

/** What a policy says, apart from whom it tells. */
export interface PolicyContent {
  readonly name: string;
  readonly description: string;
  readonly isEnabled: boolean;
  readonly eventTypes: readonly WebhookEventType[];
}

export interface WebhookPolicy extends PolicyContent {
  readonly id: number;
  readonly projectId: number;
  readonly creator: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly targets: readonly WebhookTarget[];
}

/** What a secret of a target is sealed to; `sealedColumns` of secrets/ says the same. */
export function targetContext(id: string, column: 'auth_header' | 'secret'): string {
  return `webhook_target:${id}:${column}`;
}

export function isWebhookEventType(text: string): text is WebhookEventType {
  return webhookEventTypes.some((type) => type === text);
}

export function isTargetType(text: string): text is TargetType {
  return targetTypes.some((type) => type === text);
}

export function isPayloadFormat(text: string): text is PayloadFormat {
  return payloadFormats.some((format) => format === text);
}
