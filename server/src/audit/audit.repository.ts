import { type SelectQueryBuilder, sql } from 'kysely';
import {
  type Database,
  orderBySorts,
  type Predicate,
  retryConflicts,
  type Schema,
  type Sort,
  wherePredicates,
} from '../db/index.ts';
import type { AuditRecord } from './audit-entry.ts';

export interface AuditLog extends AuditRecord {
  readonly id: number;
}

/** Whose entries to show: all, those without a project included, or those of some projects. */
export type AuditVisibility = 'all' | readonly number[];

export interface AuditListing {
  readonly visibility: AuditVisibility;
  readonly predicates: readonly Predicate[];
  readonly sorts: readonly Sort[];
  readonly offset: number;
  readonly limit: number;
}

/** An entry as a walk over all of them sees it. */
export interface WalkedEntry {
  readonly id: number;
  readonly operation: string;
  readonly resourceType: string;
}

export interface AuditRepository {
  /** All of them or none, durable when it resolves. */
  insert(records: readonly AuditRecord[]): Promise<void>;
  /**
   * A page, and how many entries there are in all: exact to 100,000 as far as counting is cheap,
   * else as PostgreSQL's statistics have it, and never less than has been seen.
   */
  list(listing: AuditListing): Promise<{ entries: AuditLog[]; total: number }>;
  /**
   * Entries from before `before`, oldest first, 5,000 at a time, so that no statement is long
   * however many there are.
   */
  walk(before: Date): AsyncGenerator<readonly WalkedEntry[]>;
  deleteAll(ids: readonly number[]): Promise<number>;
  /** Gives the entries of a user another name, for those who want to be forgotten. */
  renameUser(username: string, replacement: string): Promise<number>;
}

export function createAuditRepository(db: Database): AuditRepository {
  return new SqlAuditRepository(db);
}

const MAX_EXACT = 100_000;
/** In the planner's units; about 50 ms on a slow machine. Reading 100,000 index entries is 3,000. */
const MAX_COUNT_COST = 6000;
const CHUNK = 5000;

const columns = [
  'id',
  'project_id',
  'operation',
  'resource_type',
  'resource',
  'username',
  'description',
  'succeeded',
  'source_ip',
  'request_id',
  'occurred_at',
] as const satisfies (keyof Schema['audit_log'])[];

class SqlAuditRepository implements AuditRepository {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** One array a column: the statement is the same for any number of rows, and prepared once. */
  async insert(records: readonly AuditRecord[]): Promise<void> {
    if (records.length === 0) return;
    const column = <T>(value: (record: AuditRecord) => T) => records.map(value);
    const statement = sql`
      INSERT INTO audit_log (project_id, operation, resource_type, resource, username, description,
        succeeded, source_ip, request_id, occurred_at)
      SELECT * FROM unnest(
        ${column(({ projectId }) => projectId ?? null)}::bigint[],
        ${column(({ operation }) => operation)}::text[],
        ${column(({ resourceType }) => resourceType)}::text[],
        ${column(({ resource }) => resource)}::text[],
        ${column(({ username }) => username)}::text[],
        ${column(({ description }) => description)}::text[],
        ${column(({ succeeded }) => succeeded)}::boolean[],
        ${column(({ address }) => address)}::text[],
        ${column(({ requestId }) => requestId)}::text[],
        ${column(({ occurredAt }) => occurredAt.toISOString())}::timestamptz[])`;
    await retryConflicts(() => statement.execute(this.#db));
  }

  async list(listing: AuditListing): Promise<{ entries: AuditLog[]; total: number }> {
    const { visibility, offset, limit } = listing;
    if (visibility !== 'all' && visibility.length === 0) return { entries: [], total: 0 };
    const rows = await this.#selectPage(listing).execute();
    const entries = rows.map(present);
    const seen = entries.length === 0 ? 0 : offset + entries.length;
    const isLastPage = entries.length < limit && (entries.length > 0 || offset === 0);
    return { entries, total: isLastPage ? seen : Math.max(seen, await this.#count(listing)) };
  }

  async *walk(before: Date): AsyncGenerator<readonly WalkedEntry[]> {
    let last = { time: '-infinity', id: 0 };
    for (;;) {
      const rows = await this.#db
        .selectFrom('audit_log')
        // As text: a Date would lose the microseconds, and the walk its place.
        .select((eb) => [
          'id',
          'operation',
          'resource_type as resourceType',
          eb.cast<string>('occurred_at', 'text').as('time'),
        ])
        .where('occurred_at', '<', before)
        .where(sql<boolean>`(occurred_at, id) > (${last.time}::timestamptz, ${last.id}::bigint)`)
        .orderBy('occurred_at')
        .orderBy('id')
        .limit(CHUNK)
        .execute();
      const end = rows.at(-1);
      if (end === undefined) return;
      yield rows;
      if (rows.length < CHUNK) return;
      last = end;
    }
  }

  async deleteAll(ids: readonly number[]): Promise<number> {
    if (ids.length === 0) return 0;
    const { numDeletedRows } = await this.#db
      .deleteFrom('audit_log')
      .where(sql<boolean>`id = ANY(${ids}::bigint[])`)
      .executeTakeFirstOrThrow();
    return Number(numDeletedRows);
  }

  async renameUser(username: string, replacement: string): Promise<number> {
    if (username === replacement) return 0;
    let total = 0;
    for (;;) {
      const some = this.#db
        .selectFrom('audit_log')
        .select('id')
        .where('username', '=', username)
        .limit(CHUNK);
      const { numUpdatedRows } = await this.#db
        .updateTable('audit_log')
        .set({ username: replacement })
        .where('id', 'in', some)
        .executeTakeFirstOrThrow();
      total += Number(numUpdatedRows);
      if (numUpdatedRows < CHUNK) return total;
    }
  }

  #selectPage({ visibility, predicates, sorts, offset, limit }: AuditListing) {
    const entries = wherePredicates(this.#db.selectFrom('audit_log').select(columns), predicates);
    if (visibility === 'all') return orderBySorts(entries, sorts).offset(offset).limit(limit);
    const [only, ...others] = visibility;
    if (only !== undefined && others.length === 0) {
      const own = entries.where('project_id', '=', only);
      return orderBySorts(own, sorts).offset(offset).limit(limit);
    }
    // Project by project: given all ids at once, PostgreSQL walks through everybody's entries in
    // the hope of a hit, which for projects with few of them takes as long as there are entries.
    const ids = sql<{
      visible: number;
    }>`(SELECT DISTINCT unnest(${visibility}::bigint[]) AS visible)`;
    const merged = this.#db
      .selectFrom(ids.as('mine'))
      .innerJoinLateral(
        (eb) => {
          const own = eb
            .selectFrom('audit_log')
            .select(columns)
            .whereRef('audit_log.project_id', '=', 'mine.visible');
          const narrowed = wherePredicates(own, predicates);
          return orderBySorts(narrowed, sorts)
            .limit(offset + limit)
            .as('entry');
        },
        (join) => join.onTrue(),
      )
      .select(columns);
    return orderBySorts(merged, sorts).offset(offset).limit(limit);
  }

  async #count({ visibility, predicates }: AuditListing): Promise<number> {
    let matching = wherePredicates(this.#db.selectFrom('audit_log').select('id'), predicates);
    if (visibility !== 'all') {
      matching = matching.where(sql<boolean>`project_id = ANY(${visibility}::bigint[])`);
    }
    const bounded = matching.limit(MAX_EXACT + 1);
    if ((await readPlan(bounded)).cost <= MAX_COUNT_COST) {
      const { count } = await this.#db
        .selectFrom(bounded.as('bounded'))
        .select((eb) => eb.fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow();
      if (count <= MAX_EXACT) return count;
      return Math.max(count, (await readPlan(matching)).rows);
    }
    return (await readPlan(matching)).rows;
  }
}

/** What PostgreSQL expects of a query, without running it. */
async function readPlan<TB extends keyof Schema>(
  query: SelectQueryBuilder<Schema, TB, { id: number }>,
): Promise<{ cost: number; rows: number }> {
  const [row] = await query.explain<{ 'QUERY PLAN': readonly ExplainedPlan[] }>('json');
  const plan = row?.['QUERY PLAN'][0]?.Plan;
  if (plan === undefined) throw new Error('EXPLAIN gave no plan');
  return { cost: plan['Total Cost'], rows: plan['Plan Rows'] };
}

interface ExplainedPlan {
  readonly Plan: { readonly 'Total Cost': number; readonly 'Plan Rows': number };
}

function present(row: {
  id: number;
  project_id: number | null;
  operation: string;
  resource_type: string;
  resource: string;
  username: string;
  description: string;
  succeeded: boolean;
  source_ip: string;
  request_id: string;
  occurred_at: Date;
}): AuditLog {
  return {
    id: row.id,
    projectId: row.project_id ?? undefined,
    operation: row.operation,
    resourceType: row.resource_type,
    resource: row.resource,
    username: row.username,
    description: row.description,
    succeeded: row.succeeded,
    address: row.source_ip,
    requestId: row.request_id,
    occurredAt: row.occurred_at,
  };
}
