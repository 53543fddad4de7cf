import { sql } from 'kysely';
import { type Database, orderBySorts, retryConflicts, type Sort } from '../db/index.ts';

/** Sizes are bytes; a hard limit of -1 is none. */
export interface Quota {
  readonly id: number;
  readonly projectId: number;
  readonly projectName: string;
  readonly ownerName: string;
  readonly hardStorage: number;
  readonly usedStorage: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface QuotaRepository {
  /** `sorts` are on the columns of `quotaFields`. */
  list(
    filter: { readonly projectId?: number | undefined },
    sorts: readonly Sort[],
    page: { offset: number; limit: number },
  ): Promise<{ quotas: Quota[]; total: number }>;
  find(id: number): Promise<Quota | undefined>;
  /** Resolves false without such a quota. */
  updateHardStorage(id: number, bytes: number): Promise<boolean>;
}

export function createQuotaRepository(db: Database): QuotaRepository {
  return {
    async list({ projectId }, sorts, { offset, limit }) {
      const matching = db
        .selectFrom(selectSortable(db).as('quota'))
        .$if(projectId !== undefined, (query) =>
          query.where('quota.project_id', '=', projectId ?? 0),
        );
      const { total } = await matching
        .select((eb) => eb.fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
      const ids = orderBySorts(matching.select('quota.id'), sorts).offset(offset).limit(limit);
      const page = await ids.execute();
      if (page.length === 0) return { quotas: [], total };
      const order = page.map(({ id }) => id);
      const found = await selectQuotas(db).where('quota.id', 'in', order).execute();
      const byId = new Map(found.map((quota) => [quota.id, quota]));
      return { quotas: order.flatMap((id) => byId.get(id) ?? []), total };
    },
    find: (id) => selectQuotas(db).where('quota.id', '=', id).executeTakeFirst(),
    async updateHardStorage(id, bytes) {
      const result = await retryConflicts(() =>
        db
          .updateTable('quota')
          .set({ hard_storage: bytes, updated_at: sql<Date>`now()` })
          .where('id', '=', id)
          .executeTakeFirst(),
      );
      return result.numUpdatedRows > 0n;
    },
  };
}

/** What is recorded, and what changed since. */
const usedStorage = sql<number>`(quota.used_storage + coalesce(
  (SELECT sum(bytes) FROM quota_delta WHERE quota_delta.project_id = quota.project_id), 0))::bigint`;

/** Rows in which no limit is the highest one. */
function selectSortable(db: Database) {
  return db
    .selectFrom('quota')
    .select([
      'id',
      'project_id',
      'created_at',
      'updated_at',
      usedStorage.as('used_storage'),
      sql<number>`coalesce(nullif(hard_storage, -1), 9223372036854775807)`.as('hard_order'),
    ]);
}

function selectQuotas(db: Database) {
  return db
    .selectFrom('quota')
    .innerJoin('project', 'project.id', 'quota.project_id')
    .innerJoin('app_user', 'app_user.id', 'project.owner_id')
    .select([
      'quota.id',
      'project.id as projectId',
      'project.name as projectName',
      'app_user.username as ownerName',
      'quota.hard_storage as hardStorage',
      usedStorage.as('usedStorage'),
      'quota.created_at as createdAt',
      'quota.updated_at as updatedAt',
    ]);
}
