import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Database } from '../db/index.ts';
import type { Visibility } from './visibility.ts';

/** Condition on `project`. */
export function isVisible(visibility: Visibility): RawBuilder<SqlBool> {
  if (visibility === 'all') return sql<SqlBool>`true`;
  const { includesPublic, projectIds, member } = visibility;
  const reasons: RawBuilder<SqlBool>[] = [];
  if (includesPublic) reasons.push(sql`project.is_public`);
  if (projectIds.length > 0) reasons.push(sql`project.id = ANY(${projectIds}::bigint[])`);
  if (member !== undefined) {
    const { userId, groupIds, within } = member;
    const isMember = sql<SqlBool>`project.id IN (
      SELECT project_id FROM project_member WHERE user_id = ${userId}
      UNION ALL
      SELECT project_id FROM project_member WHERE group_id = ANY(${groupIds}::bigint[]))`;
    reasons.push(
      within === undefined
        ? isMember
        : sql`(${isMember} AND project.id = ANY(${within}::bigint[]))`,
    );
  }
  return reasons.length === 0
    ? sql<SqlBool>`false`
    : sql<SqlBool>`(${sql.join(reasons, sql` OR `)})`;
}

/** Ids of the visible projects, as a subquery. */
export function selectVisibleProjectIds(db: Database, visibility: Visibility) {
  return db.selectFrom('project').select('project.id').where(isVisible(visibility));
}
