import { type SqlBool, sql } from 'kysely';
import type { Database } from '../db/index.ts';
import type { ProjectQuota } from './project.ts';

/** What projects may use, and do use, by id. */
export async function listQuotas(
  db: Database,
  ids: readonly number[],
): Promise<ReadonlyMap<number, ProjectQuota>> {
  const rows = await db
    .selectFrom('quota')
    .select((eb) => [
      'project_id as id',
      'hard_storage as hard',
      // What was added since it was last summed up counts too.
      sql<number>`used_storage + ${eb
        .selectFrom('quota_delta')
        .select(sql<number>`coalesce(sum(bytes), 0)::bigint`.as('bytes'))
        .whereRef('quota_delta.project_id', '=', 'quota.project_id')}`.as('used'),
    ])
    .where(sql<SqlBool>`project_id = ANY(${ids}::bigint[])`)
    .execute();
  return new Map(rows.map(({ id, hard, used }) => [id, { hard, used }]));
}

/** How many repositories of each project hold charts, by id. */
export async function listChartCounts(
  db: Database,
  ids: readonly number[],
): Promise<ReadonlyMap<number, number>> {
  const rows = await db
    .selectFrom('repository')
    .select((eb) => ['project_id as id', eb.fn.countAll<number>().as('count')])
    .where(sql<SqlBool>`project_id = ANY(${ids}::bigint[])`)
    .where(sql<SqlBool>`EXISTS (SELECT FROM artifact
      WHERE artifact.repository_id = repository.id AND artifact.type = 'CHART')`)
    .groupBy('project_id')
    .execute();
  return new Map(rows.map(({ id, count }) => [id, count]));
}
