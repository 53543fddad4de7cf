import { type SqlBool, sql } from 'kysely';
import {
  type Database,
  type DatabaseTransaction,
  isUniqueViolation,
  orderBySorts,
  type Predicate,
  type Sort,
  transact,
  wherePredicates,
} from '../db/index.ts';
import { ADMIN_USERNAME, selectUsers, type User } from '../identity/index.ts';
import type { Tombstone } from './tombstone.ts';
import type { UserProfile } from './user-profile.ts';

export interface AccountFilter {
  /** On columns of `app_user`. */
  readonly predicates: readonly Predicate[];
  /** The last one must be of a unique column. */
  readonly sorts: readonly Sort[];
}

export interface PasswordReplacement {
  readonly oldHash: string;
  readonly newHash: string;
  /** Whether the portal is to ask the user for another one. */
  readonly mustChange: boolean;
}

/** Accounts as their administration needs them; deleted ones do not exist. */
export interface AccountRepository {
  find(id: number): Promise<User | undefined>;
  findByName(username: string): Promise<User | undefined>;
  /** Without the built-in administrator, as in Harbor. */
  list(
    filter: AccountFilter,
    page: { offset: number; limit: number },
  ): Promise<{ users: User[]; total: number }>;
  /** Whether one of the texts is how another account than `exceptId` logs in: its name or email. */
  isLoginTaken(logins: readonly string[], exceptId?: number): Promise<boolean>;
  updateProfile(id: number, profile: UserProfile): Promise<'updated' | 'absent' | 'taken'>;
  /** Ends all tokens and sessions. Resolves false unless `oldHash` was the hash until now. */
  replacePassword(id: number, replacement: PasswordReplacement): Promise<boolean>;
  /** Taking the flag away ends all tokens and sessions. Resolves false for an unknown id. */
  updateAdmin(id: number, isAdmin: boolean): Promise<boolean>;
  /**
   * Ends the account and all that hangs on it; its row stays, for projects and logs point at it.
   *
   * @returns the names of the projects it was a member of; undefined for an unknown id
   */
  delete(id: number, tombstone: Tombstone): Promise<string[] | undefined>;
}

export function createAccountRepository(db: Database): AccountRepository {
  return {
    find: (id) => selectUsers(db).where('app_user.id', '=', id).executeTakeFirst(),
    findByName: (username) =>
      selectUsers(db).where('app_user.username', '=', username).executeTakeFirst(),
    list: (filter, page) => list(db, filter, page),
    isLoginTaken: (logins, exceptId = 0) => isLoginTaken(db, logins, exceptId),
    updateProfile: (id, profile) => updateProfile(db, id, profile),
    async replacePassword(id, { oldHash, newHash, mustChange }) {
      const result = await db
        .updateTable('app_user')
        .set((eb) => ({
          password_hash: newHash,
          must_change_password: mustChange,
          token_epoch: eb('token_epoch', '+', 1),
          updated_at: sql<Date>`now()`,
        }))
        .where('id', '=', id)
        .where('password_hash', '=', oldHash)
        .where('deleted_at', 'is', null)
        .executeTakeFirst();
      return result.numUpdatedRows > 0n;
    },
    async updateAdmin(id, isAdmin) {
      const result = await db
        .updateTable('app_user')
        .set({
          is_admin: isAdmin,
          token_epoch: sql<number>`token_epoch + CASE WHEN is_admin AND NOT ${isAdmin}::boolean THEN 1 ELSE 0 END`,
          updated_at: sql<Date>`now()`,
        })
        .where('id', '=', id)
        .where('deleted_at', 'is', null)
        .executeTakeFirst();
      return result.numUpdatedRows > 0n;
    },
    delete: (id, tombstone) => transact(db, (tx) => bury(tx, id, tombstone)),
  };
}

async function list(
  db: Database,
  { predicates, sorts }: AccountFilter,
  { offset, limit }: { offset: number; limit: number },
): Promise<{ users: User[]; total: number }> {
  const counted = db.selectFrom('app_user').where('app_user.deleted_at', 'is', null);
  const { total } = await wherePredicates(counted, predicates)
    .where('app_user.username', '!=', ADMIN_USERNAME)
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  const matching = wherePredicates(selectUsers(db), predicates).where(
    'app_user.username',
    '!=',
    ADMIN_USERNAME,
  );
  const users = await orderBySorts(matching, sorts).offset(offset).limit(limit).execute();
  return { users, total };
}

async function isLoginTaken(
  db: Database,
  logins: readonly string[],
  exceptId: number,
): Promise<boolean> {
  const emails = logins.map((login) => login.toLowerCase());
  const other = await db
    .selectFrom('app_user')
    .select('id')
    .where('id', '!=', exceptId)
    .where('deleted_at', 'is', null)
    .where(
      sql<SqlBool>`(username = ANY(${logins}::text[]) OR lower(email) = ANY(${emails}::text[]))`,
    )
    .executeTakeFirst();
  return other !== undefined;
}

async function updateProfile(
  db: Database,
  id: number,
  { email, realname, comment }: UserProfile,
): Promise<'updated' | 'absent' | 'taken'> {
  try {
    const result = await db
      .updateTable('app_user')
      .set({ email, realname, comment, updated_at: sql<Date>`now()` })
      .where('id', '=', id)
      .where('deleted_at', 'is', null)
      .executeTakeFirst();
    return result.numUpdatedRows > 0n ? 'updated' : 'absent';
  } catch (error) {
    if (isUniqueViolation(error)) return 'taken';
    throw error;
  }
}

async function bury(
  tx: DatabaseTransaction,
  id: number,
  { username, email, realname }: Tombstone,
): Promise<string[] | undefined> {
  // Locked first, so that no membership slips in between.
  const user = await tx
    .selectFrom('app_user')
    .select('id')
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .forUpdate()
    .executeTakeFirst();
  if (user === undefined) return undefined;
  const projects = await tx
    .updateTable('project')
    .set((eb) => ({ access_epoch: eb('access_epoch', '+', 1) }))
    .where('id', 'in', (eb) =>
      eb.selectFrom('project_member').select('project_id').where('user_id', '=', id),
    )
    .returning('name')
    .execute();
  for (const table of [
    'project_member',
    'user_identity',
    'user_group_user',
    'session',
    'personal_token',
  ] as const) {
    await tx.deleteFrom(table).where('user_id', '=', id).execute();
  }
  await tx
    .updateTable('app_user')
    .set((eb) => ({
      username,
      email,
      realname,
      password_hash: null,
      is_admin: false,
      is_admin_by_source: false,
      token_epoch: eb('token_epoch', '+', 1),
      deleted_at: sql<Date>`now()`,
      updated_at: sql<Date>`now()`,
    }))
    .where('id', '=', id)
    .execute();
  return projects.map(({ name }) => name);
}
