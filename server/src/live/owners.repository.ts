import type { Database } from '../db/index.ts';
import type { VendorType } from '../jobs/index.ts';

export interface ExecutionOwner {
  readonly vendorType: VendorType;
  readonly vendorId: number;
}

/** A member, by the user's or the group's id, and its role. */
export interface ProjectMember {
  readonly userId: number | undefined;
  readonly groupId: number | undefined;
  readonly roleId: number;
}

/** Whose the things are that topics name. */
export interface OwnersRepository {
  findExecutionOwner(id: number): Promise<ExecutionOwner | undefined>;
  findProjectOfRetention(policyId: number): Promise<number | undefined>;
  findProjectOfWebhook(policyId: number): Promise<number | undefined>;
  listMembers(projectId: number): Promise<ProjectMember[]>;
}

export function createOwnersRepository(db: Database): OwnersRepository {
  return {
    async findExecutionOwner(id) {
      const row = await db
        .selectFrom('execution')
        .select((eb) => [eb.ref('vendor_type').$castTo<VendorType>().as('type'), 'vendor_id'])
        .where('id', '=', id)
        .executeTakeFirst();
      return row && { vendorType: row.type, vendorId: row.vendor_id };
    },
    findProjectOfRetention: (policyId) => findProject(db, 'retention_policy', policyId),
    findProjectOfWebhook: (policyId) => findProject(db, 'webhook_policy', policyId),
    async listMembers(projectId) {
      const rows = await db
        .selectFrom('project_member')
        .select(['user_id', 'group_id', 'role_id'])
        .where('project_id', '=', projectId)
        .execute();
      return rows.map((row) => ({
        userId: row.user_id ?? undefined,
        groupId: row.group_id ?? undefined,
        roleId: row.role_id,
      }));
    },
  };
}

async function findProject(
  db: Database,
  table: 'retention_policy' | 'webhook_policy',
  id: number,
): Promise<number | undefined> {
  const row = await db
    .selectFrom(table)
    .select('project_id')
    .where('id', '=', id)
    .executeTakeFirst();
  return row?.project_id;
}
