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
import {
  fingerprintOf,
  type ImmutableRule,
  type ImmutableRuleDraft,
  type RuleSelectors,
} from './immutable-rule.ts';

export interface RuleFilter {
  readonly predicates: readonly Predicate[];
  readonly sorts: readonly Sort[];
}

export interface ImmutableRuleRepository {
  list(
    projectId: number,
    filter: RuleFilter,
    page: { offset: number; limit: number },
  ): Promise<{ rules: ImmutableRule[]; total: number }>;
  /** What the rules that are not disabled select. */
  listEnabled(projectId: number): Promise<RuleSelectors[]>;
  /** Gives its id. `full`: the project has `limit` rules. */
  create(
    projectId: number,
    rule: ImmutableRuleDraft,
    limit: number,
  ): Promise<number | 'taken' | 'full' | 'no-project'>;
  /** What `plan` makes of the rule, which nobody else changes meanwhile. */
  update(
    projectId: number,
    id: number,
    plan: (rule: ImmutableRule) => ImmutableRuleDraft,
  ): Promise<'done' | 'absent' | 'taken'>;
  /** Resolves false when it was not there. */
  delete(projectId: number, id: number): Promise<boolean>;
}

export function createImmutableRuleRepository(db: Database): ImmutableRuleRepository {
  return new ImmutableRuleRows(db);
}

class ImmutableRuleRows implements ImmutableRuleRepository {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async list(
    projectId: number,
    { predicates, sorts }: RuleFilter,
    { offset, limit }: { offset: number; limit: number },
  ): Promise<{ rules: ImmutableRule[]; total: number }> {
    const matching = wherePredicates(
      this.#db.selectFrom('immutable_tag_rule').where('project_id', '=', projectId),
      predicates,
    );
    const { total } = await matching
      .select((eb) => eb.fn.countAll<number>().as('total'))
      .executeTakeFirstOrThrow();
    const page = selectRules(this.#db).where(
      'immutable_tag_rule.id',
      'in',
      matching.select('immutable_tag_rule.id'),
    );
    const rows = await orderBySorts(page, sorts).offset(offset).limit(limit).execute();
    return { rules: rows.map(ruleOf), total };
  }

  async listEnabled(projectId: number): Promise<RuleSelectors[]> {
    const rows = await selectRules(this.#db)
      .where('project_id', '=', projectId)
      .where('disabled', '=', false)
      .orderBy('id')
      .execute();
    return rows.map(ruleOf);
  }

  async create(
    projectId: number,
    rule: ImmutableRuleDraft,
    limit: number,
  ): Promise<number | 'taken' | 'full' | 'no-project'> {
    try {
      return await transact(this.#db, async (tx) => {
        // Two at once would both find room for one.
        const project = await tx
          .selectFrom('project')
          .select('id')
          .where('id', '=', projectId)
          .forNoKeyUpdate()
          .executeTakeFirst();
        if (project === undefined) return 'no-project';
        const { total } = await tx
          .selectFrom('immutable_tag_rule')
          .select((eb) => eb.fn.countAll<number>().as('total'))
          .where('project_id', '=', projectId)
          .executeTakeFirstOrThrow();
        if (total >= limit) return 'full';
        const { id } = await tx
          .insertInto('immutable_tag_rule')
          .values({ project_id: projectId, ...rowOf(rule) })
          .returning('id')
          .executeTakeFirstOrThrow();
        return id;
      });
    } catch (error) {
      if (isUniqueViolation(error)) return 'taken';
      if (isForeignKeyViolation(error)) return 'no-project';
      throw error;
    }
  }

  async update(
    projectId: number,
    id: number,
    plan: (rule: ImmutableRule) => ImmutableRuleDraft,
  ): Promise<'done' | 'absent' | 'taken'> {
    try {
      return await transact(this.#db, async (tx) => {
        const row = await selectRules(tx)
          .where('project_id', '=', projectId)
          .where('id', '=', id)
          .forUpdate()
          .executeTakeFirst();
        if (row === undefined) return 'absent';
        await tx
          .updateTable('immutable_tag_rule')
          .set(rowOf(plan(ruleOf(row))))
          .where('id', '=', id)
          .execute();
        return 'done';
      });
    } catch (error) {
      if (isUniqueViolation(error)) return 'taken';
      throw error;
    }
  }

  async delete(projectId: number, id: number): Promise<boolean> {
    const result = await this.#db
      .deleteFrom('immutable_tag_rule')
      .where('project_id', '=', projectId)
      .where('id', '=', id)
      .executeTakeFirst();
    return result.numDeletedRows > 0n;
  }
}

function selectRules(db: Database | DatabaseTransaction) {
  return db
    .selectFrom('immutable_tag_rule')
    .select([
      'immutable_tag_rule.id',
      'immutable_tag_rule.priority',
      'immutable_tag_rule.disabled',
      'immutable_tag_rule.tag_selectors',
      'immutable_tag_rule.scope_selectors',
    ]);
}

interface RuleRow {
  readonly id: number;
  readonly priority: number;
  readonly disabled: boolean;
  readonly tag_selectors: RuleSelectors['tags'];
  readonly scope_selectors: { readonly repository: RuleSelectors['repositories'] };
}

function ruleOf(row: RuleRow): ImmutableRule {
  return {
    id: row.id,
    priority: row.priority,
    isDisabled: row.disabled,
    tags: row.tag_selectors,
    repositories: row.scope_selectors.repository,
  };
}

function rowOf(rule: ImmutableRuleDraft) {
  return {
    priority: rule.priority,
    disabled: rule.isDisabled,
    tag_selectors: JSON.stringify(rule.tags),
    scope_selectors: JSON.stringify({ repository: rule.repositories }),
    fingerprint: fingerprintOf(rule),
  };
}
