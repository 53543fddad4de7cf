import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../db/index.ts';
import { selectVisibleProjectIds, type Visibility } from '../projects/index.ts';
import type {
  ExpiringRobot,
  FailedJobs,
  FullQuota,
  MemberProject,
  RecentPush,
} from './dashboard.ts';

export interface Member {
  readonly userId: number;
  readonly groupIds: readonly number[];
  /** Leaves only these of the projects. */
  readonly within: readonly number[] | undefined;
}

/** All lists are short, and read little however much there is. */
export interface DashboardRepository {
  /** The last pushed to first. */
  listMemberProjects(member: Member): Promise<MemberProject[]>;
  listRecentPushes(visibility: Visibility): Promise<RecentPush[]>;
  /** Those of four fifths and more, the fullest first. */
  listFullQuotas(visibility: Visibility): Promise<FullQuota[]>;
  /** Robots of these projects, and of the system, that end within a week. */
  listExpiringRobots(visibility: Visibility, includesSystem: boolean): Promise<ExpiringRobot[]>;
  /** Of the last day, by kind. */
  listFailedJobs(): Promise<FailedJobs[]>;
}

const MAX_PROJECTS = 8;
const MAX_PUSHES = 10;
const MAX_TAGS = 5;
const MAX_ALERTS = 20;
/** Of pushes and executions, which may be many more, the last ones. */
const MAX_SCANNED_PUSHES = 2000;
const MAX_EXECUTIONS = 10_000;

export function createDashboardRepository(db: Database): DashboardRepository {
  return new SqlDashboardRepository(db);
}

class SqlDashboardRepository implements DashboardRepository {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async listMemberProjects(member: Member): Promise<MemberProject[]> {
    const own = selectVisibleProjectIds(this.#db, {
      member,
      includesPublic: false,
      projectIds: [],
    });
    const recent = await this.#listIds(sql`
      SELECT project_id AS id FROM (${lastPushes}) AS push WHERE project_id IN (${own})
      GROUP BY project_id ORDER BY max(pushed_at) DESC LIMIT ${MAX_PROJECTS}`);
    const ids =
      recent.length === MAX_PROJECTS
        ? recent
        : await this.#listIds(sql`
            SELECT project.id FROM project
            LEFT JOIN repository ON repository.project_id = project.id
            LEFT JOIN LATERAL (${lastPushOfRepository}) AS last ON true
            WHERE project.id IN (${own})
            GROUP BY project.id ORDER BY max(last.pushed_at) DESC NULLS LAST, project.name
            LIMIT ${MAX_PROJECTS}`);
    return this.#describeProjects(ids, member);
  }

  async listRecentPushes(visibility: Visibility): Promise<RecentPush[]> {
    const recent = await this.#listIds(sql`
      SELECT id FROM (${lastPushes}) AS push WHERE ${this.#isIn(sql`project_id`, visibility)}
      ORDER BY pushed_at DESC, id DESC LIMIT ${MAX_PUSHES}`);
    // The last pushes are among those of the repositories that were last pushed to.
    const ids =
      recent.length === MAX_PUSHES
        ? recent
        : await this.#listIds(sql`
            SELECT push.id FROM (
              SELECT repository.id
              FROM repository CROSS JOIN LATERAL (${lastPushOfRepository}) AS last
              WHERE ${this.#isIn(sql`repository.project_id`, visibility)}
              ORDER BY last.pushed_at DESC LIMIT ${MAX_PUSHES}
            ) AS latest CROSS JOIN LATERAL (
              SELECT id, pushed_at FROM artifact WHERE repository_id = latest.id AND is_listed
              ORDER BY pushed_at DESC, id DESC LIMIT ${MAX_PUSHES}
            ) AS push
            ORDER BY push.pushed_at DESC, push.id DESC LIMIT ${MAX_PUSHES}`);
    return this.#describePushes(ids);
  }

  async listFullQuotas(visibility: Visibility): Promise<FullQuota[]> {
    const { rows } = await sql<FullQuota>`
      SELECT project.id AS "projectId", project.name AS "projectName",
        quota.hard_storage AS hard, usage.used
      FROM quota
      JOIN project ON project.id = quota.project_id
      LEFT JOIN (
        SELECT project_id, sum(bytes) AS bytes FROM quota_delta GROUP BY project_id
      ) AS delta ON delta.project_id = quota.project_id
      CROSS JOIN LATERAL (
        SELECT (quota.used_storage + coalesce(delta.bytes, 0))::bigint AS used
      ) AS usage
      WHERE quota.hard_storage > 0 AND ${this.#isIn(sql`project.id`, visibility)}
        AND usage.used >= quota.hard_storage * 0.8::double precision
      ORDER BY usage.used::double precision / quota.hard_storage DESC, project.name
      LIMIT ${MAX_ALERTS}`.execute(this.#db);
    return rows;
  }

  async listExpiringRobots(
    visibility: Visibility,
    includesSystem: boolean,
  ): Promise<ExpiringRobot[]> {
    const { rows } = await sql<ExpiringRobot>`
      SELECT robot.id, robot.name, robot.expires_at AS "expiresAt",
        robot.project_id AS "projectId", project.name AS "projectName"
      FROM robot LEFT JOIN project ON project.id = robot.project_id
      WHERE NOT robot.is_disabled
        AND robot.expires_at > now() AND robot.expires_at <= now() + interval '7 days'
        AND CASE WHEN robot.project_id IS NULL THEN ${includesSystem}::boolean
          ELSE ${this.#isIn(sql`robot.project_id`, visibility)} END
      ORDER BY robot.expires_at, robot.id LIMIT ${MAX_ALERTS}`.execute(this.#db);
    return rows;
  }

  async listFailedJobs(): Promise<FailedJobs[]> {
    const { rows } = await sql<FailedJobs>`
      SELECT vendor_type AS "vendorType", max(ended_at) AS "failedAt", count(*) AS count,
        (array_agg(id ORDER BY ended_at DESC, id DESC))[1] AS "executionId"
      FROM (
        SELECT id, vendor_type, status, coalesce(end_time, update_time) AS ended_at
        FROM execution ORDER BY id DESC LIMIT ${MAX_EXECUTIONS}
      ) AS recent
      WHERE status = 'Error' AND ended_at > now() - interval '24 hours'
      GROUP BY vendor_type ORDER BY max(ended_at) DESC LIMIT ${MAX_ALERTS}`.execute(this.#db);
    return rows;
  }

  #isIn(projectId: RawBuilder<unknown>, visibility: Visibility): RawBuilder<unknown> {
    if (visibility === 'all') return sql`true`;
    return sql`${projectId} IN (${selectVisibleProjectIds(this.#db, visibility)})`;
  }

  async #listIds(query: RawBuilder<unknown>): Promise<number[]> {
    const { rows } = await sql<{ id: number }>`${query}`.execute(this.#db);
    return rows.map(({ id }) => id);
  }

  async #describeProjects(ids: readonly number[], member: Member): Promise<MemberProject[]> {
    const { userId, groupIds } = member;
    const { rows } = await sql<MemberProject>`
      SELECT project.id, project.name, project.is_public AS "isPublic",
        quota.hard_storage AS hard, ${usedStorage} AS used,
        count(last.pushed_at) AS "repositoryCount", max(last.pushed_at) AS "pushedAt",
        (SELECT array_agg(role_id::integer) FROM project_member
          WHERE project_member.project_id = project.id
            AND (user_id = ${userId} OR group_id = ANY(${groupIds}::bigint[]))) AS "roleIds"
      FROM unnest(${ids}::bigint[]) WITH ORDINALITY AS shown (id, position)
      JOIN project ON project.id = shown.id
      JOIN quota ON quota.project_id = project.id
      LEFT JOIN repository ON repository.project_id = project.id
      LEFT JOIN LATERAL (${lastPushOfRepository}) AS last ON true
      GROUP BY shown.position, project.id, quota.id
      ORDER BY shown.position`.execute(this.#db);
    return rows;
  }

  async #describePushes(ids: readonly number[]): Promise<RecentPush[]> {
    const { rows } = await sql<RecentPush>`
      SELECT project.id AS "projectId", project.name AS "projectName",
        repository.name AS "repositoryName", artifact.digest,
        coalesce(artifact.type, 'UNKNOWN') AS type,
        coalesce(artifact.total_size, artifact.size) AS size, artifact.pushed_at AS "pushedAt",
        ARRAY(SELECT tag.name FROM tag WHERE tag.artifact_id = artifact.id
          ORDER BY tag.pushed_at DESC, tag.id DESC LIMIT ${MAX_TAGS}) AS tags
      FROM artifact
      JOIN repository ON repository.id = artifact.repository_id
      JOIN project ON project.id = repository.project_id
      WHERE artifact.id = ANY(${ids}::bigint[])
      ORDER BY artifact.pushed_at DESC, artifact.id DESC`.execute(this.#db);
    return rows;
  }
}

/** In most cases these are enough, and nobody's repositories have to be looked through. */
const lastPushes = sql`
  SELECT id, project_id, pushed_at FROM artifact WHERE is_listed
  ORDER BY pushed_at DESC, id DESC LIMIT ${MAX_SCANNED_PUSHES}`;

/** Of `repository`; one look into `artifact_listed`. */
const lastPushOfRepository = sql`
  SELECT pushed_at FROM artifact WHERE repository_id = repository.id AND is_listed
  ORDER BY pushed_at DESC, id DESC LIMIT 1`;

/** What `quota` has recorded, and what changed since. */
const usedStorage = sql`(quota.used_storage + coalesce(
  (SELECT sum(bytes) FROM quota_delta WHERE quota_delta.project_id = quota.project_id), 0))::bigint`;
