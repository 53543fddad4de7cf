import { type ExpressionBuilder, sql } from 'kysely';
import { type Database, isUniqueViolation, type Schema, transact } from '../db/index.ts';
import type { User } from './user.ts';

export interface NewUser {
  readonly username: string;
  readonly passwordHash: string | null;
  readonly isAdmin: boolean;
  readonly email?: string | null;
  readonly realname?: string;
  readonly comment?: string;
  readonly mustChangePassword?: boolean;
}

export interface UserRepository {
  findByName(username: string): Promise<User | undefined>;
  /** By name, or by email in any case. */
  findByLogin(login: string): Promise<User | undefined>;
  find(id: number): Promise<User | undefined>;
  /** How many accounts there are beside the one of this name. */
  countBeside(username: string): Promise<number>;
  /** Resolves undefined when the name or the email is taken. */
  create(user: NewUser): Promise<User | undefined>;
  /** Sets the password and ends every token issued before. Resolves false for an unknown id. */
  updatePassword(id: number, passwordHash: string, mustChange: boolean): Promise<boolean>;
}

/** Columns of a `User`, its groups included; nothing of deleted accounts. */
export function selectUsers(db: Database) {
  return db
    .selectFrom('app_user')
    .select([
      'app_user.id',
      'app_user.username',
      'app_user.password_hash as passwordHash',
      'app_user.email',
      'app_user.realname',
      'app_user.comment',
      'app_user.is_admin as isAdmin',
      'app_user.is_admin_by_source as isAdminBySource',
      'app_user.token_epoch as tokenEpoch',
      'app_user.must_change_password as mustChangePassword',
      'app_user.created_at as createdAt',
      'app_user.updated_at as updatedAt',
      groupIds,
    ])
    .where('app_user.deleted_at', 'is', null);
}

function groupIds(eb: ExpressionBuilder<Schema, 'app_user'>) {
  const ids = eb
    .selectFrom('user_group_user')
    .whereRef('user_group_user.user_id', '=', 'app_user.id')
    .select((inner) => sql`json_agg(${inner.ref('user_group_user.group_id')})`.as('ids'));
  return sql<number[]>`coalesce((${ids}), '[]')`.as('groupIds');
}

export function createUserRepository(db: Database): UserRepository {
  return {
    findByName: (username) =>
      selectUsers(db).where('app_user.username', '=', username).executeTakeFirst(),
    findByLogin: (login) =>
      selectUsers(db)
        .where((eb) =>
          eb.or([
            eb('app_user.username', '=', login),
            eb(eb.fn('lower', ['app_user.email']), '=', eb.fn('lower', [eb.val(login)])),
          ]),
        )
        // A name that is another one's email stays a name.
        .orderBy((eb) => eb('app_user.username', '=', login), 'desc')
        .executeTakeFirst(),
    find: (id) => selectUsers(db).where('app_user.id', '=', id).executeTakeFirst(),
    async countBeside(username) {
      const row = await db
        .selectFrom('app_user')
        .select((eb) => eb.fn.countAll<number>().as('count'))
        .where('deleted_at', 'is', null)
        .where('username', '!=', username)
        .executeTakeFirstOrThrow();
      return row.count;
    },
    async create(user) {
      const row = await insert(db, user);
      return row && selectUsers(db).where('app_user.id', '=', row.id).executeTakeFirst();
    },
    async updatePassword(id, passwordHash, mustChange) {
      const result = await db
        .updateTable('app_user')
        .set((eb) => ({
          password_hash: passwordHash,
          must_change_password: mustChange,
          token_epoch: eb('token_epoch', '+', 1),
          updated_at: new Date(),
        }))
        .where('id', '=', id)
        .where('deleted_at', 'is', null)
        .executeTakeFirst();
      return result.numUpdatedRows > 0n;
    },
  };
}

async function insert(db: Database, user: NewUser): Promise<{ id: number } | undefined> {
  try {
    return await transact(db, (tx) =>
      tx
        .insertInto('app_user')
        .values({
          username: user.username,
          password_hash: user.passwordHash,
          is_admin: user.isAdmin,
          email: user.email ?? null,
          realname: user.realname ?? '',
          comment: user.comment ?? '',
          must_change_password: user.mustChangePassword ?? false,
        })
        .returning('id')
        .executeTakeFirstOrThrow(),
    );
  } catch (error) {
    if (isUniqueViolation(error)) return undefined;
    throw error;
  }
}
