import { sql } from 'kysely';
import {
  type Database,
  type DatabaseTransaction,
  isForeignKeyViolation,
  isUniqueViolation,
  orderBySorts,
  type Predicate,
  type Sort,
  transact,
  wherePredicates,
} from '../db/index.ts';
import type {
  PolicyContent,
  WebhookEventType,
  WebhookPolicy,
  WebhookTarget,
} from './webhook-policy.ts';
import {
  insertTargets,
  loadTargets,
  parseEventTypes,
  putTargets,
  selectTargets,
  toTarget,
} from './webhook-rows.repository.ts';

export interface PolicyFilter {
  readonly predicates: readonly Predicate[];
  readonly sorts: readonly Sort[];
}

export interface PolicyPage {
  readonly offset: number;
  readonly limit: number;
}

export interface NewPolicy {
  readonly content: PolicyContent;
  readonly creator: string;
  readonly targets: readonly WebhookTarget[];
}

/** Where a delivery goes, as things are now. */
export interface DeliveryTarget {
  readonly isEnabled: boolean;
  readonly target: WebhookTarget;
}

export interface LastTrigger {
  readonly policy: Pick<WebhookPolicy, 'name' | 'isEnabled' | 'createdAt'>;
  readonly eventType: WebhookEventType;
  /** Undefined: never. */
  readonly triggeredAt: Date | undefined;
}

export interface WebhookRepository {
  list(
    projectId: number,
    filter: PolicyFilter,
    page: PolicyPage,
  ): Promise<{ policies: WebhookPolicy[]; total: number }>;
  find(projectId: number, id: number): Promise<WebhookPolicy | undefined>;
  /** 'taken': the project has one of that name; 'absent': there is no such project. */
  create(projectId: number, policy: NewPolicy): Promise<number | 'taken' | 'absent'>;
  /** `retarget` is given the stored targets, which nobody changes meanwhile. */
  update(
    projectId: number,
    id: number,
    content: PolicyContent,
    retarget: (stored: readonly WebhookTarget[]) => WebhookTarget[],
  ): Promise<'updated' | 'taken' | 'absent'>;
  /** Gives its name; undefined when there is none. */
  delete(projectId: number, id: number): Promise<string | undefined>;
  /** For each policy of the project and each of its event types. */
  listLastTriggers(projectId: number): Promise<LastTrigger[]>;
  findDelivery(policyId: number, targetId: string): Promise<DeliveryTarget | undefined>;
  /** Projects with an enabled policy for that type of event. */
  listProjectsWanting(type: WebhookEventType): Promise<number[]>;
}

export function createWebhookRepository(db: Database): WebhookRepository {
  return {
    list: (projectId, filter, page) => list(db, projectId, filter, page),
    find: (projectId, id) => find(db, projectId, id),
    create: (projectId, policy) => create(db, projectId, policy),
    async update(projectId, id, content, retarget) {
      try {
        const isThere = await transact(db, (tx) =>
          update(tx, { projectId, id }, content, retarget),
        );
        return isThere ? 'updated' : 'absent';
      } catch (error) {
        if (isUniqueViolation(error)) return 'taken';
        throw error;
      }
    },
    async delete(projectId, id) {
      const row = await db
        .deleteFrom('webhook_policy')
        .where('project_id', '=', projectId)
        .where('id', '=', id)
        .returning('name')
        .executeTakeFirst();
      return row?.name;
    },
    listLastTriggers: (projectId) => listLastTriggers(db, projectId),
    async findDelivery(policyId, targetId) {
      const row = await selectTargets(db)
        .innerJoin('webhook_policy', 'webhook_policy.id', 'webhook_target.policy_id')
        .select('webhook_policy.is_enabled as isEnabled')
        .where('webhook_target.policy_id', '=', policyId)
        .where('webhook_target.id', '=', targetId)
        .executeTakeFirst();
      return row && { isEnabled: row.isEnabled, target: toTarget(row) };
    },
    async listProjectsWanting(type) {
      const rows = await db
        .selectFrom('webhook_policy')
        .select('project_id')
        .distinct()
        .where('is_enabled', '=', true)
        .where(sql<boolean>`${type} = ANY(event_types)`)
        .execute();
      return rows.map((row) => row.project_id);
    },
  };
}

function selectPolicies(db: Database | DatabaseTransaction) {
  return db
    .selectFrom('webhook_policy')
    .select([
      'webhook_policy.id',
      'webhook_policy.project_id as projectId',
      'webhook_policy.name',
      'webhook_policy.description',
      'webhook_policy.event_types as eventTypes',
      'webhook_policy.is_enabled as isEnabled',
      'webhook_policy.creator',
      'webhook_policy.created_at as createdAt',
      'webhook_policy.updated_at as updatedAt',
    ]);
}

async function list(
  db: Database,
  projectId: number,
  { predicates, sorts }: PolicyFilter,
  { offset, limit }: PolicyPage,
): Promise<{ policies: WebhookPolicy[]; total: number }> {
  const { total } = await wherePredicates(db.selectFrom('webhook_policy'), predicates)
    .where('project_id', '=', projectId)
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  const page = wherePredicates(selectPolicies(db), predicates)
    .where('project_id', '=', projectId)
    .offset(offset)
    .limit(limit);
  const rows = await orderBySorts(page, sorts).execute();
  const targets = await loadTargets(
    db,
    rows.map(({ id }) => id),
  );
  const policies = rows.map((row) => ({
    ...row,
    eventTypes: parseEventTypes(row.eventTypes),
    targets: targets.get(row.id) ?? [],
  }));
  return { policies, total };
}

async function find(
  db: Database,
  projectId: number,
  id: number,
): Promise<WebhookPolicy | undefined> {
  const row = await selectPolicies(db)
    .where('project_id', '=', projectId)
    .where('id', '=', id)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const targets = await loadTargets(db, [id]);
  return {
    ...row,
    eventTypes: parseEventTypes(row.eventTypes),
    targets: targets.get(id) ?? [],
  };
}

async function create(
  db: Database,
  projectId: number,
  { content, creator, targets }: NewPolicy,
): Promise<number | 'taken' | 'absent'> {
  try {
    return await transact(db, async (tx) => {
      const { id } = await tx
        .insertInto('webhook_policy')
        .values({ ...columnsOf(content), project_id: projectId, creator })
        .returning('id')
        .executeTakeFirstOrThrow();
      await insertTargets(tx, id, targets);
      return id;
    });
  } catch (error) {
    if (isUniqueViolation(error)) return 'taken';
    if (isForeignKeyViolation(error)) return 'absent';
    throw error;
  }
}

async function update(
  tx: DatabaseTransaction,
  { projectId, id }: { readonly projectId: number; readonly id: number },
  content: PolicyContent,
  retarget: (stored: readonly WebhookTarget[]) => WebhookTarget[],
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('webhook_policy')
    .set({ ...columnsOf(content), updated_at: sql<Date>`now()` })
    .where('project_id', '=', projectId)
    .where('id', '=', id)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) return false;
  const stored = await loadTargets(tx, [id]);
  await putTargets(tx, id, retarget(stored.get(id) ?? []));
  return true;
}

function columnsOf({ name, description, isEnabled, eventTypes }: PolicyContent) {
  return { name, description, is_enabled: isEnabled, event_types: [...eventTypes] };
}

async function listLastTriggers(db: Database, projectId: number): Promise<LastTrigger[]> {
  const policies = await selectPolicies(db)
    .where('project_id', '=', projectId)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .execute();
  if (policies.length === 0) return [];
  const ids = policies.map(({ id }) => id);
  const triggers = await db
    .selectFrom('webhook_trigger')
    .select(['policy_id', 'event_type', 'triggered_at'])
    .where('policy_id', 'in', ids)
    .execute();
  const times = new Map(
    triggers.map((row) => [`${row.policy_id} ${row.event_type}`, row.triggered_at]),
  );
  return policies.flatMap((policy) =>
    parseEventTypes(policy.eventTypes).map((eventType) => ({
      policy,
      eventType,
      triggeredAt: times.get(`${policy.id} ${eventType}`),
    })),
  );
}
