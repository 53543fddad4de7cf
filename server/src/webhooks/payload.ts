import type { DomainEvent, RecordedEvent } from '../events/index.ts';

/** Events that webhooks tell; the others are for other subscribers. */
export type WebhookEvent = Extract<
  DomainEvent,
  {
    readonly type:
      | 'PUSH_ARTIFACT'
      | 'PULL_ARTIFACT'
      | 'DELETE_ARTIFACT'
      | 'QUOTA_EXCEED'
      | 'QUOTA_WARNING'
      | 'TAG_RETENTION';
  }
>;

/** What an event does not tell itself. */
export interface EventPlace {
  readonly projectName: string;
  readonly isPublic: boolean;
  /** Undefined for a repository that is gone, or not there yet. */
  readonly repositoryCreatedAt: Date | undefined;
  /** Host and port of the registry, as in the names of images. */
  readonly host: string;
}

interface Resource {
  readonly digest?: string;
  readonly tag?: string;
  readonly resource_url?: string;
}

export interface EventData {
  readonly resources?: readonly Resource[];
  readonly repository?: {
    /** Seconds since the epoch. */
    readonly date_created?: number;
    readonly name: string;
    readonly namespace: string;
    readonly repo_full_name: string;
    readonly repo_type: 'public' | 'private';
  };
  readonly retention?: RetentionData;
  readonly custom_attributes?: Readonly<Record<string, string>>;
}

interface RetentionData {
  readonly total: number;
  readonly retained: number;
  readonly harbor_hostname: string;
  readonly project_name: string;
  readonly retention_policy_id: number;
  readonly retention_rule: readonly object[];
  readonly result: 'SUCCESS';
  readonly deleted_artifact: readonly {
    readonly type: 'image';
    readonly status: 'SUCCESS';
    readonly name_tag: string;
  }[];
}

/** Harbor's payload in its default form; the order of the fields is Harbor's too. */
export interface Payload {
  readonly type: WebhookEvent['type'];
  /** Seconds since the epoch. */
  readonly occur_at: number;
  readonly operator: string;
  readonly event_data: EventData;
}

export function isWebhookEvent(event: DomainEvent): event is WebhookEvent {
  switch (event.type) {
    case 'PUSH_ARTIFACT':
    case 'PULL_ARTIFACT':
    case 'DELETE_ARTIFACT':
    case 'QUOTA_EXCEED':
    case 'QUOTA_WARNING':
    case 'TAG_RETENTION':
      return true;
    case 'CREATE_TAG':
    case 'DELETE_TAG':
    case 'DELETE_REPOSITORY':
      return false;
  }
}

/** The payload that Harbor sends for such an event (§8.6 of its digest). */
export function presentPayload(
  { occurredAt }: Pick<RecordedEvent, 'occurredAt'>,
  event: WebhookEvent,
  place: EventPlace,
): Payload {
  return {
    type: event.type,
    occur_at: secondsOf(occurredAt),
    operator: event.operator,
    event_data: dataOf(event, place),
  };
}

type QuotaEvent = Extract<WebhookEvent, { readonly details: string }>;
type RetentionEvent = Extract<WebhookEvent, { readonly type: 'TAG_RETENTION' }>;
type ArtifactEvent = Exclude<WebhookEvent, QuotaEvent | RetentionEvent>;

function dataOf(event: WebhookEvent, place: EventPlace): EventData {
  if ('details' in event) return quotaData(event, place);
  if (event.type === 'TAG_RETENTION') return { retention: retentionData(event, place) };
  return artifactData(event, place);
}

function artifactData(event: ArtifactEvent, place: EventPlace): EventData {
  const { digest, repository } = event;
  const references = event.tags.length === 0 ? [digest] : event.tags;
  const created = place.repositoryCreatedAt;
  return {
    resources: references.map((tag) => ({
      digest,
      tag,
      resource_url: `${place.host}/${repository}${tag === digest ? '@' : ':'}${tag}`,
    })),
    repository: {
      ...(created !== undefined && { date_created: secondsOf(created) }),
      ...repositoryNames(repository, place),
    },
  };
}

/** Neither URLs nor the repository's age: what was refused is not there. */
function quotaData(event: QuotaEvent, place: EventPlace): EventData {
  const { digest, tags, repository, details } = event;
  const known = digest === undefined ? {} : { digest };
  const resources = tags.length === 0 ? [known] : tags.map((tag) => ({ ...known, tag }));
  return {
    ...((digest !== undefined || tags.length > 0) && { resources }),
    repository: repositoryNames(repository, place),
    custom_attributes: { Details: details },
  };
}

/** Without a port, as Harbor's. */
function retentionData(event: RetentionEvent, { host, projectName }: EventPlace): RetentionData {
  return {
    total: event.total,
    retained: event.retained,
    harbor_hostname: host.replace(/:\d+$/, ''),
    project_name: projectName,
    retention_policy_id: event.policyId,
    retention_rule: event.rules,
    result: 'SUCCESS',
    deleted_artifact: event.deleted.map((name) => ({
      type: 'image',
      status: 'SUCCESS',
      name_tag: name,
    })),
  };
}

function repositoryNames(repository: string, { projectName, isPublic }: EventPlace) {
  return {
    name: repository.slice(repository.indexOf('/') + 1),
    namespace: projectName,
    repo_full_name: repository,
    repo_type: isPublic ? 'public' : 'private',
  } as const;
}

function secondsOf(time: Date): number {
  return Math.floor(time.getTime() / 1000);
}
