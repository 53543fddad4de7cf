import { sql } from 'kysely';
import {
  type Database,
  type DatabaseTransaction,
  type Predicate,
  transact,
  wherePredicates,
} from '../db/index.ts';

export type MemberEntity =
  | { readonly kind: 'user'; readonly id: number; readonly name: string }
  | { readonly kind: 'group'; readonly id: number; readonly name: string };

export interface Member {
  readonly id: number;
  readonly projectId: number;
  readonly roleId: number;
  readonly entity: MemberEntity;
}

export interface MemberRepository {
  /** By the names of the users and groups. `name` is a part of it, any case. */
  list(
    projectId: number,
    filter: { readonly name?: string | undefined },
    page: { offset: number; limit: number },
  ): Promise<{ members: Member[]; total: number }>;
  find(projectId: number, id: number): Promise<Member | undefined>;
  /** Undefined when it is a member already. Rejects with a foreign key violation without project. */
  create(projectId: number, entity: MemberEntity, roleId: number): Promise<number | undefined>;
  /** Raises the epoch of the project too. Resolves false without such a member. */
  updateRole(projectId: number, id: number, roleId: number): Promise<boolean>;
  /** Raises the epoch of the project too. Resolves false without such a member. */
  delete(projectId: number, id: number): Promise<boolean>;
}

export function createMemberRepository(db: Database): MemberRepository {
  return new SqlMemberRepository(db);
}

class SqlMemberRepository implements MemberRepository {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async list(
    projectId: number,
    { name = '' }: { readonly name?: string | undefined },
    { offset, limit }: { offset: number; limit: number },
  ): Promise<{ members: Member[]; total: number }> {
    const named: Predicate = { column: 'member.name', type: 'text', op: 'contains', value: name };
    const matching = wherePredicates(
      this.#db
        .selectFrom(selectMembers(this.#db).as('member'))
        .where('member.projectId', '=', projectId),
      name === '' ? [] : [named],
    );
    const { total } = await matching
      .select((eb) => eb.fn.countAll<number>().as('total'))
      .executeTakeFirstOrThrow();
    const rows = await matching
      .selectAll('member')
      .orderBy('member.name')
      .orderBy('member.id')
      .offset(offset)
      .limit(limit)
      .execute();
    return { members: rows.map(toMember), total };
  }

  async find(projectId: number, id: number): Promise<Member | undefined> {
    const row = await selectMembers(this.#db)
      .where('project_member.project_id', '=', projectId)
      .where('project_member.id', '=', id)
      .executeTakeFirst();
    return row && toMember(row);
  }

  async create(
    projectId: number,
    { kind, id }: MemberEntity,
    roleId: number,
  ): Promise<number | undefined> {
    const row = await this.#db
      .insertInto('project_member')
      .values({
        project_id: projectId,
        user_id: kind === 'user' ? id : null,
        group_id: kind === 'group' ? id : null,
        role_id: roleId,
      })
      .onConflict((conflict) => conflict.doNothing())
      .returning('id')
      .executeTakeFirst();
    return row?.id;
  }

  updateRole(projectId: number, id: number, roleId: number): Promise<boolean> {
    return transact(this.#db, async (tx) => {
      const result = await tx
        .updateTable('project_member')
        .set({ role_id: roleId, updated_at: sql<Date>`now()` })
        .where('project_id', '=', projectId)
        .where('id', '=', id)
        .executeTakeFirst();
      if (result.numUpdatedRows === 0n) return false;
      await raiseEpoch(tx, projectId);
      return true;
    });
  }

  delete(projectId: number, id: number): Promise<boolean> {
    return transact(this.#db, async (tx) => {
      const result = await tx
        .deleteFrom('project_member')
        .where('project_id', '=', projectId)
        .where('id', '=', id)
        .executeTakeFirst();
      if (result.numDeletedRows === 0n) return false;
      await raiseEpoch(tx, projectId);
      return true;
    });
  }
}

/** Tokens that were issued before are checked anew. */
async function raiseEpoch(tx: DatabaseTransaction, projectId: number): Promise<void> {
  await tx
    .updateTable('project')
    .set({ access_epoch: sql<number>`access_epoch + 1` })
    .where('id', '=', projectId)
    .execute();
}

function selectMembers(db: Database) {
  return db
    .selectFrom('project_member')
    .leftJoin('app_user', 'app_user.id', 'project_member.user_id')
    .leftJoin('user_group', 'user_group.id', 'project_member.group_id')
    .select([
      'project_member.id',
      'project_member.project_id as projectId',
      'project_member.role_id as roleId',
      'project_member.user_id as userId',
      'project_member.group_id as groupId',
      // The table's check leaves one of the two.
      sql<string>`coalesce(app_user.username, user_group.name)`.as('name'),
    ]);
}

type MemberRow = Awaited<ReturnType<ReturnType<typeof selectMembers>['execute']>>[number];

function toMember({ id, projectId, roleId, userId, groupId, name }: MemberRow): Member {
  const entity: MemberEntity =
    userId === null
      ? { kind: 'group', id: groupId ?? 0, name }
      : { kind: 'user', id: userId, name };
  return { id, projectId, roleId, entity };
}
