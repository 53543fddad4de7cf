import { sql } from 'kysely';
import {
  type Database,
  type DatabaseTransaction,
  isUniqueViolation,
  type Predicate,
  transact,
  wherePredicates,
} from '../db/index.ts';
import { ensureGroup, GROUP_TYPE } from '../identity/index.ts';
import type { NewUserGroup, UserGroup } from './user-group.ts';

export interface UserGroupFilter {
  /** Part of the name, any case. */
  readonly name?: string | undefined;
  /** The whole DN, any case. */
  readonly ldapDn?: string | undefined;
  /** All types unless told. */
  readonly types?: readonly number[] | undefined;
}

export interface RenamedGroup {
  /** Who had the group by its old name and has it no more. */
  readonly userIds: readonly number[];
  /** Projects where it is a member. */
  readonly projects: readonly string[];
}

export interface UserGroupRepository {
  find(id: number): Promise<UserGroup | undefined>;
  /** By name. */
  list(
    filter: UserGroupFilter,
    page: { offset: number; limit: number },
  ): Promise<{ groups: UserGroup[]; total: number }>;
  /** Undefined when there is one with its DN, or its name and type. */
  create(group: NewUserGroup): Promise<UserGroup | undefined>;
  /** The group with this DN, or name and type; made if there is none. */
  ensure(group: NewUserGroup): Promise<UserGroup>;
  /**
   * Groups that are known by name alone are another one under another name: nobody is in them
   * until the next login.
   */
  rename(id: number, name: string): Promise<RenamedGroup | 'absent' | 'taken'>;
  /** Gives the names of the projects where it was a member; undefined for an unknown id. */
  delete(id: number): Promise<string[] | undefined>;
}

export function createUserGroupRepository(db: Database): UserGroupRepository {
  return {
    find: (id) => selectGroups(db).where('id', '=', id).executeTakeFirst(),
    list: (filter, page) => list(db, filter, page),
    async create({ name, type, ldapDn }) {
      const row = await db
        .insertInto('user_group')
        .values({ name, type, ldap_dn: ldapDn })
        .onConflict((conflict) => conflict.doNothing())
        .returning('id')
        .executeTakeFirst();
      return row && { id: row.id, name, type, ldapDn };
    },
    ensure: ({ name, type, ldapDn }) =>
      transact(db, async (tx) => {
        const id = await ensureGroup(tx, type, { name, dn: ldapDn });
        return selectGroups(tx).where('id', '=', id).executeTakeFirstOrThrow();
      }),
    async rename(id, name) {
      try {
        return (await transact(db, (tx) => rename(tx, id, name))) ?? 'absent';
      } catch (error) {
        if (isUniqueViolation(error)) return 'taken';
        throw error;
      }
    },
    delete: (id) =>
      transact(db, async (tx) => {
        // Locked first, so that no membership slips in between.
        if ((await lock(tx, id)) === undefined) return undefined;
        const projects = await raiseEpochs(tx, id);
        await tx.deleteFrom('user_group').where('id', '=', id).execute();
        return projects;
      }),
  };
}

function selectGroups(db: Database | DatabaseTransaction) {
  return db
    .selectFrom('user_group')
    .select([
      'user_group.id',
      'user_group.name',
      'user_group.type',
      'user_group.ldap_dn as ldapDn',
    ]);
}

async function list(
  db: Database,
  { name = '', ldapDn = '', types }: UserGroupFilter,
  { offset, limit }: { offset: number; limit: number },
): Promise<{ groups: UserGroup[]; total: number }> {
  const predicates: Predicate[] = [];
  if (name !== '') {
    predicates.push({ column: 'user_group.name', type: 'text', op: 'contains', value: name });
  }
  if (types !== undefined) {
    predicates.push({ column: 'user_group.type', type: 'integer', op: 'in', values: types });
  }
  const matching = wherePredicates(db.selectFrom('user_group'), predicates).$if(
    ldapDn !== '',
    (query) => query.where((eb) => eb(eb.fn('lower', ['ldap_dn']), '=', ldapDn.toLowerCase())),
  );
  const { total } = await matching
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  const groups = await selectGroups(db)
    .where('user_group.id', 'in', matching.select('user_group.id'))
    .orderBy('user_group.name')
    .orderBy('user_group.id')
    .offset(offset)
    .limit(limit)
    .execute();
  return { groups, total };
}

async function rename(
  tx: DatabaseTransaction,
  id: number,
  name: string,
): Promise<RenamedGroup | undefined> {
  const group = await lock(tx, id);
  if (group === undefined) return undefined;
  await tx
    .updateTable('user_group')
    .set({ name, updated_at: sql<Date>`now()` })
    .where('id', '=', id)
    .execute();
  if (group.type === GROUP_TYPE.ldap || group.name === name) return { userIds: [], projects: [] };
  const gone = await tx
    .deleteFrom('user_group_user')
    .where('group_id', '=', id)
    .returning('user_id')
    .execute();
  return { userIds: gone.map((row) => row.user_id), projects: await raiseEpochs(tx, id) };
}

function lock(tx: DatabaseTransaction, id: number): Promise<UserGroup | undefined> {
  return selectGroups(tx).where('id', '=', id).forUpdate().executeTakeFirst();
}

/** Tokens that were issued before are checked anew. */
async function raiseEpochs(tx: DatabaseTransaction, groupId: number): Promise<string[]> {
  const projects = await tx
    .updateTable('project')
    .set((eb) => ({ access_epoch: eb('access_epoch', '+', 1) }))
    .where('id', 'in', (eb) =>
      eb.selectFrom('project_member').select('project_id').where('group_id', '=', groupId),
    )
    .returning('name')
    .execute();
  return projects.map(({ name }) => name);
}
