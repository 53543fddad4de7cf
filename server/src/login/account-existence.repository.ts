import type { Database } from '../db/index.ts';

export interface AccountExistence {
  hasUsername(username: string): Promise<boolean>;
  /** In any case. */
  hasEmail(email: string): Promise<boolean>;
}

export function createAccountExistence(db: Database): AccountExistence {
  return {
    async hasUsername(username) {
      const row = await db
        .selectFrom('app_user')
        .select('id')
        .where('username', '=', username)
        .executeTakeFirst();
      return row !== undefined;
    },
    async hasEmail(email) {
      const row = await db
        .selectFrom('app_user')
        .select('id')
        .where((eb) => eb(eb.fn('lower', ['email']), '=', eb.fn('lower', [eb.val(email)])))
        .executeTakeFirst();
      return row !== undefined;
    },
  };
}
