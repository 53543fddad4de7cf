import { sql } from 'kysely';
import { type Database, transact } from '../db/index.ts';

/** A project whose used storage is not what its content is, in bytes. */
export interface UsageMismatch {
  readonly projectId: number;
  readonly project: string;
  /** What is recorded as used, and what the project has by its rows. */
  readonly recorded: number;
  readonly actual: number;
  /** What is counted though nothing in the project refers to it; part of neither sum. */
  readonly unused: number;
}

export interface QuotaCheckRepository {
  /** Of one project, or of all. */
  listMismatches(projectId?: number): Promise<UsageMismatch[]>;
  /** Ids after `last`, in their order. */
  listProjects(last: number, limit: number): Promise<number[]>;
  /** Makes used storage what the project's content is. Pushes may go on meanwhile. */
  repair(projectId: number): Promise<void>;
}

/** Holds what projects are said to use against what they have. */
export function createQuotaCheckRepository(db: Database): QuotaCheckRepository {
  return {
    async listMismatches(projectId) {
      const { rows } = await sql<UsageMismatch>`
        SELECT * FROM (
          SELECT project.id AS "projectId", project.name AS project,
            (coalesce(quota.used_storage, 0) + coalesce(delta.bytes, 0))::bigint AS recorded,
            coalesce(content.used, 0)::bigint AS actual,
            coalesce(content.unused, 0)::bigint AS unused
          FROM project
          LEFT JOIN quota ON quota.project_id = project.id
          LEFT JOIN (SELECT project_id, sum(bytes) AS bytes FROM quota_delta GROUP BY project_id)
            AS delta ON delta.project_id = project.id
          LEFT JOIN (
            SELECT project_id, sum(size) FILTER (WHERE ${isUsed}) AS used,
              sum(size) FILTER (WHERE NOT ${isUsed}) AS unused
            FROM project_blob AS known GROUP BY project_id
          ) AS content ON content.project_id = project.id
          WHERE ${projectId ?? null}::bigint IS NULL OR project.id = ${projectId ?? null}::bigint
        ) AS sums
        WHERE recorded <> actual OR unused > 0
        ORDER BY project`.execute(db);
      return rows;
    },
    async listProjects(last, limit) {
      const rows = await db
        .selectFrom('project')
        .select('id')
        .where('id', '>', last)
        .orderBy('id')
        .limit(limit)
        .execute();
      return rows.map(({ id }) => id);
    },
    repair(projectId) {
      return transact(db, async (tx) => {
        // So that two repairs do not both add the difference.
        await sql`SELECT FROM quota WHERE project_id = ${projectId} FOR NO KEY UPDATE`.execute(tx);
        // Locked by a statement before, in the order in which all do it: a push that links one of
        // them meanwhile is waited for, and the next statement sees that it did.
        await sql`
          SELECT FROM project_blob AS known
          WHERE project_id = ${projectId} AND NOT ${isUsed}
          ORDER BY digest FOR UPDATE`.execute(tx);
        await sql`
          DELETE FROM project_blob AS known
          WHERE project_id = ${projectId} AND NOT ${isUsed}`.execute(tx);
        await sql`
          INSERT INTO quota_delta (project_id, bytes)
          SELECT ${projectId}::bigint, difference FROM (
            SELECT coalesce((SELECT sum(size) FROM project_blob WHERE project_id = ${projectId}), 0)
              - coalesce((SELECT used_storage FROM quota WHERE project_id = ${projectId}), 0)
              - coalesce((SELECT sum(bytes) FROM quota_delta WHERE project_id = ${projectId}), 0)
              AS difference
          ) AS sums WHERE difference <> 0`.execute(tx);
      });
    },
  };
}

const isUsed = sql`(
  EXISTS (SELECT FROM repository_blob link
    WHERE link.digest = known.digest AND link.project_id = known.project_id)
  OR EXISTS (SELECT FROM artifact
    WHERE artifact.digest = known.digest AND artifact.project_id = known.project_id))`;
