import type { Database } from '../db/index.ts';

export interface User {
  readonly id: number;
  readonly username: string;
  readonly passwordHash: string;
  readonly isAdmin: boolean;
  readonly tokenEpoch: number;
}

export interface UserRepository {
  findByName(username: string): Promise<User | undefined>;
  find(id: number): Promise<User | undefined>;
  /** Resolves undefined when the name is taken. */
  create(user: {
    username: string;
    passwordHash: string;
    isAdmin: boolean;
  }): Promise<User | undefined>;
  /** Sets the password and ends every token issued before. Resolves false for an unknown id. */
  updatePassword(id: number, passwordHash: string): Promise<boolean>;
}

const columns = [
  'id',
  'username',
  'password_hash as passwordHash',
  'is_admin as isAdmin',
  'token_epoch as tokenEpoch',
] as const;

export function createUserRepository(db: Database): UserRepository {
  return {
    findByName: (username) =>
      db.selectFrom('app_user').select(columns).where('username', '=', username).executeTakeFirst(),
    find: (id) => db.selectFrom('app_user').select(columns).where('id', '=', id).executeTakeFirst(),
    create: ({ username, passwordHash, isAdmin }) =>
      db
        .insertInto('app_user')
        .values({ username, password_hash: passwordHash, is_admin: isAdmin })
        .onConflict((conflict) => conflict.doNothing())
        .returning(columns)
        .executeTakeFirst(),
    async updatePassword(id, passwordHash) {
      const result = await db
        .updateTable('app_user')
        .set((eb) => ({
          password_hash: passwordHash,
          token_epoch: eb('token_epoch', '+', 1),
          updated_at: new Date(),
        }))
        .where('id', '=', id)
        .executeTakeFirst();
      return result.numUpdatedRows > 0n;
    },
  };
}
