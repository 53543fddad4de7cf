import type { Database } from '../db/index.ts';

/** Logins that wait for the choice of a name, by hash of their cookie's secret. */
export interface OnboardingRepository {
  create(secretHash: Buffer, identity: string, expiresAt: Date): Promise<void>;
  /** The sealed identity, unless it has ended by `now`. */
  find(secretHash: Buffer, now: Date): Promise<string | undefined>;
  delete(secretHash: Buffer): Promise<void>;
  deleteEnded(now: Date): Promise<number>;
}

export function createOnboardingRepository(db: Database): OnboardingRepository {
  return {
    async create(secretHash, identity, expiresAt) {
      await db
        .insertInto('oidc_onboarding')
        .values({ secret_hash: secretHash, identity, expires_at: expiresAt })
        .execute();
    },
    async find(secretHash, now) {
      const row = await db
        .selectFrom('oidc_onboarding')
        .select('identity')
        .where('secret_hash', '=', secretHash)
        .where('expires_at', '>', now)
        .executeTakeFirst();
      return row?.identity;
    },
    async delete(secretHash) {
      await db.deleteFrom('oidc_onboarding').where('secret_hash', '=', secretHash).execute();
    },
    async deleteEnded(now) {
      const result = await db
        .deleteFrom('oidc_onboarding')
        .where('expires_at', '<=', now)
        .executeTakeFirst();
      return Number(result.numDeletedRows);
    },
  };
}
