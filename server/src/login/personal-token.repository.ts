import { type Database, isUniqueViolation } from '../db/index.ts';

/** A token that stands for a part of its user's rights. */
export interface PersonalToken {
  readonly id: number;
  readonly userId: number;
  readonly name: string;
  readonly digest: string;
  readonly scopes: readonly string[];
  /** Null: all projects of the user. */
  readonly projectIds: readonly number[] | null;
  /** Null: never. */
  readonly expiresAt: Date | null;
  /** To the minute. */
  readonly lastUsedAt: Date | null;
  readonly lastUsedAddress: string | null;
  readonly createdAt: Date;
  /** Stands for nobody until it is enabled again. */
  readonly isDisabled: boolean;
  readonly description: string;
  /** The one tenant that it is good in; null: wherever its user is. */
  readonly tenant: string | null;
}

export type NewPersonalToken = Pick<
  PersonalToken,
  'userId' | 'name' | 'digest' | 'scopes' | 'projectIds' | 'expiresAt' | 'description' | 'tenant'
>;

/** Whose tokens: a user's, or all that were made for a tenant. */
export type TokenOwner = { readonly userId: number } | { readonly tenant: string };

export interface PersonalTokenRepository {
  /** Resolves undefined when the user has one of that name. */
  create(token: NewPersonalToken): Promise<PersonalToken | undefined>;
  find(id: number): Promise<PersonalToken | undefined>;
  /** By name. */
  list(userId: number, page: { offset: number; limit: number }): Promise<PersonalToken[]>;
  count(userId: number): Promise<number>;
  /** By id, at most `limit`. */
  listOwned(owner: TokenOwner, limit: number): Promise<PersonalToken[]>;
  /** Resolves with the token as it is now; undefined when there is none. */
  setDisabled(id: number, isDisabled: boolean): Promise<PersonalToken | undefined>;
  /** Tells whether there was one. */
  delete(userId: number, id: number): Promise<boolean>;
  touch(id: number, at: Date, address: string): Promise<void>;
}

const columns = [
  'id',
  'user_id as userId',
  'name',
  'digest',
  'scopes',
  'project_ids as projectIds',
  'expires_at as expiresAt',
  'last_used_at as lastUsedAt',
  'last_used_address as lastUsedAddress',
  'created_at as createdAt',
  'is_disabled as isDisabled',
  'description',
  'tenant',
] as const;

export function createPersonalTokenRepository(db: Database): PersonalTokenRepository {
  return {
    create: (token) => create(db, token),
    find: (id) =>
      db.selectFrom('personal_token').select(columns).where('id', '=', id).executeTakeFirst(),
    list: (userId, { offset, limit }) =>
      db
        .selectFrom('personal_token')
        .select(columns)
        .where('user_id', '=', userId)
        .orderBy('name')
        .offset(offset)
        .limit(limit)
        .execute(),
    async count(userId) {
      const { total } = await db
        .selectFrom('personal_token')
        .select((eb) => eb.fn.countAll<number>().as('total'))
        .where('user_id', '=', userId)
        .executeTakeFirstOrThrow();
      return total;
    },
    listOwned: (owner, limit) =>
      db
        .selectFrom('personal_token')
        .select(columns)
        .where((eb) =>
          'userId' in owner ? eb('user_id', '=', owner.userId) : eb('tenant', '=', owner.tenant),
        )
        .orderBy('id')
        .limit(limit)
        .execute(),
    setDisabled: (id, isDisabled) =>
      db
        .updateTable('personal_token')
        .set({ is_disabled: isDisabled })
        .where('id', '=', id)
        .returning(columns)
        .executeTakeFirst(),
    async delete(userId, id) {
      const result = await db
        .deleteFrom('personal_token')
        .where('user_id', '=', userId)
        .where('id', '=', id)
        .executeTakeFirst();
      return result.numDeletedRows > 0n;
    },
    async touch(id, at, address) {
      await db
        .updateTable('personal_token')
        .set({ last_used_at: at, last_used_address: address })
        .where('id', '=', id)
        .execute();
    },
  };
}

async function create(db: Database, token: NewPersonalToken): Promise<PersonalToken | undefined> {
  try {
    return await db
      .insertInto('personal_token')
      .values({
        user_id: token.userId,
        name: token.name,
        digest: token.digest,
        scopes: JSON.stringify(token.scopes),
        project_ids: token.projectIds === null ? null : JSON.stringify(token.projectIds),
        expires_at: token.expiresAt,
        description: token.description,
        tenant: token.tenant,
      })
      .returning(columns)
      .executeTakeFirstOrThrow();
  } catch (error) {
    if (isUniqueViolation(error)) return undefined;
    throw error;
  }
}
