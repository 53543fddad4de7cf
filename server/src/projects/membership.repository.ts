import type { Database } from '../db/index.ts';

export interface MembershipRepository {
  /** Ids of all projects. */
  listProjectIds(): Promise<number[]>;
  /** Where the user, or one of the groups, is a member in one of the roles. */
  listMemberProjectIds(
    userId: number,
    groupIds: readonly number[],
    roleIds: readonly number[],
  ): Promise<number[]>;
}

export function createMembershipRepository(db: Database): MembershipRepository {
  return {
    async listProjectIds() {
      const rows = await db.selectFrom('project').select('id').execute();
      return rows.map(({ id }) => id);
    },
    async listMemberProjectIds(userId, groupIds, roleIds) {
      if (roleIds.length === 0) return [];
      const rows = await db
        .selectFrom('project_member')
        .select('project_id')
        .distinct()
        .where('role_id', 'in', roleIds)
        .where((eb) =>
          eb.or([
            eb('user_id', '=', userId),
            ...(groupIds.length === 0 ? [] : [eb('group_id', 'in', groupIds)]),
          ]),
        )
        .execute();
      return rows.map(({ project_id: id }) => id);
    },
  };
}
