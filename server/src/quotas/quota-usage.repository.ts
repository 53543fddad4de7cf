import type { Digest } from '@berth/oci';
import { sql } from 'kysely';
import { type Database, type DatabaseTransaction, transact } from '../db/index.ts';

/** In bytes; a hard limit of -1 is none. */
export interface QuotaUsage {
  readonly hard: number;
  readonly used: number;
}

/** What the database says to a reservation, in bytes. */
export interface Grant {
  /** How far the reservation reaches now; undefined when what is needed does not fit. */
  readonly granted: number | undefined;
  readonly hard: number;
  /** With the reservations of others. */
  readonly used: number;
}

export interface ReservationRequest {
  readonly projectId: number;
  /** A UUID: of the upload, say. */
  readonly id: string;
  /** Bytes that the reservation must reach, and those it may. */
  readonly needed: number;
  readonly wanted: number;
  readonly lifetimeMs: number;
}

export interface QuotaUsageRepository {
  /** Of a project that is gone: nothing, without limit. */
  usage(projectId: number): Promise<QuotaUsage>;
  /** Makes or changes a reservation, renews it, and drops those of the project that are over. */
  reserve(request: ReservationRequest): Promise<Grant>;
  /** Ends a reservation; succeeds when there is none. */
  release(id: string): Promise<void>;
  /** Bytes of a blob or manifest that the project has. */
  findSize(projectId: number, digest: Digest): Promise<number | undefined>;
  /** Bytes of those that the project does not have. A digest given twice counts once. */
  missingBytes(projectId: number, contents: readonly Content[]): Promise<number>;
  /** Projects whose usage has to be summed up, the longest sums first. */
  listUnfolded(limit: number): Promise<number[]>;
  /**
   * Sums a project's usage up into one row, where reading it costs nothing. Pushes never wait for
   * it. Does nothing while another replica does the same.
   */
  fold(projectId: number): Promise<void>;
  /** Drops what was counted for projects that are gone. */
  dropOrphans(): Promise<void>;
}

export interface Content {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

export function createQuotaUsageRepository(db: Database): QuotaUsageRepository {
  return new SqlQuotaUsageRepository(db);
}

class SqlQuotaUsageRepository implements QuotaUsageRepository {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async usage(projectId: number): Promise<QuotaUsage> {
    const { rows } = await sql<QuotaUsage>`
      SELECT coalesce(max(hard_storage), -1) AS hard,
        (coalesce(max(used_storage), 0)
          + coalesce((SELECT sum(bytes) FROM quota_delta WHERE project_id = ${projectId}), 0)
        )::bigint AS used
      FROM quota WHERE project_id = ${projectId}`.execute(this.#db);
    return rows[0] ?? { hard: -1, used: 0 };
  }

  async reserve({ projectId, id, needed, wanted, lifetimeMs }: ReservationRequest): Promise<Grant> {
    const { rows } = await sql<{ granted: number | null; hard: number; used: number }>`
      SELECT granted, hard, used FROM reserve_quota(${projectId}, ${id}, ${needed}, ${wanted},
        ${lifetimeMs / 1000}::double precision * interval '1 second')`.execute(this.#db);
    const { granted, hard, used } = rows[0] ?? { granted: null, hard: 0, used: 0 };
    return { granted: granted ?? undefined, hard, used };
  }

  async release(id: string): Promise<void> {
    await this.#db.deleteFrom('quota_reservation').where('id', '=', id).execute();
  }

  async findSize(projectId: number, digest: Digest): Promise<number | undefined> {
    const row = await this.#db
      .selectFrom('project_blob')
      .select('size')
      .where('project_id', '=', projectId)
      .where('digest', '=', digest)
      .executeTakeFirst();
    return row?.size;
  }

  async missingBytes(projectId: number, contents: readonly Content[]): Promise<number> {
    const sizes = new Map(contents.map(({ digest, size }) => [digest, size]));
    if (sizes.size === 0) return 0;
    const rows = await this.#db
      .selectFrom('project_blob')
      .select('digest')
      .where('project_id', '=', projectId)
      .where((eb) => eb('digest', '=', eb.fn.any(eb.val([...sizes.keys()]))))
      .execute();
    for (const { digest } of rows) sizes.delete(digest);
    return [...sizes.values()].reduce((sum, size) => sum + size, 0);
  }

  async listUnfolded(limit: number): Promise<number[]> {
    const rows = await this.#db
      .selectFrom('quota_delta')
      .innerJoin('quota', 'quota.project_id', 'quota_delta.project_id')
      .select('quota_delta.project_id as projectId')
      .groupBy('quota_delta.project_id')
      .orderBy(sql`count(*)`, 'desc')
      .limit(limit)
      .execute();
    return rows.map(({ projectId }) => projectId);
  }

  fold(projectId: number): Promise<void> {
    return transact(this.#db, async (tx) => {
      if (!(await lockQuota(tx, projectId))) return;
      // All that this statement sees, and never a part: used storage is not below zero.
      await sql`
        WITH moved AS (DELETE FROM quota_delta WHERE project_id = ${projectId} RETURNING bytes)
        UPDATE quota SET used_storage = used_storage + moved.bytes
        FROM (SELECT sum(bytes)::bigint AS bytes FROM moved HAVING count(*) > 0) AS moved
        WHERE project_id = ${projectId}`.execute(tx);
    });
  }

  async dropOrphans(): Promise<void> {
    await sql`
      DELETE FROM quota_delta
      WHERE NOT EXISTS (SELECT FROM project WHERE project.id = quota_delta.project_id)`.execute(
      this.#db,
    );
  }
}

/** False when somebody else holds it, or there is none. */
async function lockQuota(tx: DatabaseTransaction, projectId: number): Promise<boolean> {
  const row = await tx
    .selectFrom('quota')
    .select('id')
    .where('project_id', '=', projectId)
    .forNoKeyUpdate()
    .skipLocked()
    .executeTakeFirst();
  return row !== undefined;
}
