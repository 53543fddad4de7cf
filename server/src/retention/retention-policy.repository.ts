import { sql } from 'kysely';
import { type Database, type DatabaseTransaction, transact } from '../db/index.ts';
import type { RetentionPolicy, RetentionPolicyDraft, RetentionRule } from './retention-policy.ts';
import { templateNames } from './templates.ts';

type Reader = Database | DatabaseTransaction;

/** The policies; what belongs to one goes with it, however it goes. */
export interface RetentionPolicyRepository {
  /** In a transaction, where one is given; then it stays until that ends. */
  find(id: number, tx?: DatabaseTransaction): Promise<RetentionPolicy | undefined>;
  /** With the project's metadata. 'taken': the project has one, with that id. */
  create(
    tx: DatabaseTransaction,
    projectId: number,
    draft: RetentionPolicyDraft,
  ): Promise<{ id: number } | { takenBy: number } | 'no-project'>;
  /** Resolves false when it is not there. */
  update(tx: DatabaseTransaction, id: number, draft: RetentionPolicyDraft): Promise<boolean>;
  /** With its schedule, its executions and the project's metadata. */
  delete(id: number): Promise<boolean>;
  /** Runs `work` in a transaction. */
  transact<T>(work: (tx: DatabaseTransaction) => Promise<T>): Promise<T>;
}

const RETENTION_ID = 'retention_id';

export function createRetentionPolicyRepository(db: Database): RetentionPolicyRepository {
  return {
    async find(id, tx) {
      const query = selectPolicies(tx ?? db).where('id', '=', id);
      const locked = tx === undefined ? query : query.forKeyShare();
      const row = await locked.executeTakeFirst();
      return row && toPolicy(row);
    },
    create,
    async update(tx, id, draft) {
      const rules = JSON.stringify(draft.rules);
      const row = await tx
        .updateTable('retention_policy')
        .set({
          rules,
          per_tag: draft.isPerTag,
          trigger_kind: draft.triggerKind,
          revision: sql<number>`revision + (rules <> ${rules}::jsonb OR per_tag <> ${draft.isPerTag})::int`,
          updated_at: sql<Date>`now()`,
        })
        .where('id', '=', id)
        .executeTakeFirst();
      return row.numUpdatedRows > 0n;
    },
    async delete(id) {
      const row = await db.deleteFrom('retention_policy').where('id', '=', id).executeTakeFirst();
      return row.numDeletedRows > 0n;
    },
    transact: (work) => transact(db, work),
  };
}

async function create(
  tx: DatabaseTransaction,
  projectId: number,
  draft: RetentionPolicyDraft,
): Promise<{ id: number } | { takenBy: number } | 'no-project'> {
  // Two at once would both find none.
  const project = await tx
    .selectFrom('project')
    .select('id')
    .where('id', '=', projectId)
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (project === undefined) return 'no-project';
  const taken = await tx
    .selectFrom('retention_policy')
    .select('id')
    .where('project_id', '=', projectId)
    .executeTakeFirst();
  if (taken !== undefined) return { takenBy: taken.id };
  const { id } = await tx
    .insertInto('retention_policy')
    .values({
      project_id: projectId,
      rules: JSON.stringify(draft.rules),
      per_tag: draft.isPerTag,
      trigger_kind: draft.triggerKind,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await tx
    .insertInto('project_metadata')
    .values({ project_id: projectId, name: RETENTION_ID, value: String(id) })
    .onConflict((conflict) =>
      conflict.columns(['project_id', 'name']).doUpdateSet({ value: String(id) }),
    )
    .execute();
  return { id };
}

function selectPolicies(db: Reader) {
  return db
    .selectFrom('retention_policy')
    .select(['id', 'project_id', 'rules', 'per_tag', 'trigger_kind', 'revision']);
}

type PolicyRow = Awaited<ReturnType<ReturnType<typeof selectPolicies>['executeTakeFirstOrThrow']>>;

function toPolicy(row: PolicyRow): RetentionPolicy {
  return {
    id: row.id,
    projectId: row.project_id,
    rules: row.rules.map(toRule),
    isPerTag: row.per_tag,
    triggerKind: row.trigger_kind === '' ? '' : 'Schedule',
    revision: row.revision,
  };
}

function toRule(rule: PolicyRow['rules'][number]): RetentionRule {
  const template = templateNames.find((name) => name === rule.template);
  // A newer version's: to leave it out would delete what it keeps.
  if (template === undefined) throw new Error(`there is no template ${rule.template}`);
  return { ...rule, template };
}
