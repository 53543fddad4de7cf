import { sql } from 'kysely';
import type { DatabaseTransaction } from '../db/index.ts';
import type { WebhookEventType, WebhookTarget } from './webhook-policy.ts';
import { loadTargets, parseEventTypes } from './webhook-rows.repository.ts';

/** A policy that wants to be told, with what payloads say of its project. */
export interface ListeningPolicy {
  readonly id: number;
  readonly projectId: number;
  readonly projectName: string;
  readonly isPublic: boolean;
  readonly eventTypes: ReadonlySet<WebhookEventType>;
  readonly targets: readonly WebhookTarget[];
}

export interface Trigger {
  readonly policyId: number;
  readonly eventType: WebhookEventType;
}

/** What the subscriber reads and writes, in the transaction that takes events from the outbox. */
export interface WebhookEventsRepository {
  /** Enabled ones, kept from being deleted until the transaction ends. */
  listListening(
    tx: DatabaseTransaction,
    projectIds: readonly number[],
    types: readonly WebhookEventType[],
  ): Promise<ListeningPolicy[]>;
  /** By whole name; what is not there is left out. */
  findCreationTimes(
    tx: DatabaseTransaction,
    repositories: readonly string[],
  ): Promise<ReadonlyMap<string, Date>>;
  /** Notes that these policies were triggered now. */
  putTriggers(tx: DatabaseTransaction, triggers: readonly Trigger[]): Promise<void>;
}

export function createWebhookEventsRepository(): WebhookEventsRepository {
  return {
    listListening,
    async findCreationTimes(tx, repositories) {
      if (repositories.length === 0) return new Map();
      const rows = await tx
        .selectFrom('repository')
        .select(['name', 'created_at'])
        .where('name', 'in', [...repositories])
        .execute();
      return new Map(rows.map((row) => [row.name, row.created_at]));
    },
    async putTriggers(tx, triggers) {
      if (triggers.length === 0) return;
      await tx
        .insertInto('webhook_trigger')
        .values(triggers.map((one) => ({ policy_id: one.policyId, event_type: one.eventType })))
        .onConflict((conflict) =>
          conflict
            .columns(['policy_id', 'event_type'])
            .doUpdateSet({ triggered_at: sql<Date>`now()` }),
        )
        .execute();
    },
  };
}

async function listListening(
  tx: DatabaseTransaction,
  projectIds: readonly number[],
  types: readonly WebhookEventType[],
): Promise<ListeningPolicy[]> {
  if (projectIds.length === 0) return [];
  const rows = await tx
    .selectFrom('webhook_policy')
    .innerJoin('project', 'project.id', 'webhook_policy.project_id')
    .select([
      'webhook_policy.id',
      'webhook_policy.project_id as projectId',
      'webhook_policy.event_types as eventTypes',
      'project.name as projectName',
      'project.is_public as isPublic',
    ])
    .where('webhook_policy.project_id', 'in', [...projectIds])
    .where('webhook_policy.is_enabled', '=', true)
    .where(sql<boolean>`webhook_policy.event_types && ${[...types]}::text[]`)
    .orderBy('webhook_policy.id')
    .forKeyShare('webhook_policy')
    .execute();
  const targets = await loadTargets(
    tx,
    rows.map(({ id }) => id),
  );
  return rows.map((row) => ({
    ...row,
    eventTypes: new Set(parseEventTypes(row.eventTypes)),
    targets: targets.get(row.id) ?? [],
  }));
}
