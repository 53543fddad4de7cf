import { type Database, transact } from '../db/index.ts';

/** What ties an account to a person at the OIDC provider. */
export interface OidcLink {
  readonly id: number;
  readonly userId: number;
  readonly username: string;
  readonly issuer: string;
  readonly subject: string;
  /** Sealed. */
  readonly cliSecret: string | null;
  /** Sealed. */
  readonly refreshToken: string | null;
  /** When the provider last vouched for the person. */
  readonly checkedAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface OidcLinkRepository {
  /** The latest one, if the user is of several providers. */
  findByUser(userId: number): Promise<OidcLink | undefined>;
  findByUsername(username: string): Promise<OidcLink | undefined>;
  find(issuer: string, subject: string): Promise<OidcLink | undefined>;
  /** Where the user's password is checked; undefined for accounts of our own. */
  findSource(userId: number): Promise<string | undefined>;
  /**
   * Ends the account's tokens, which the old secret may have got; browsers stay logged in.
   */
  putCliSecret(id: number, sealed: string): Promise<void>;
  /** Only where there is none yet: no other login's secret is replaced. */
  ensureCliSecret(id: number, sealed: string): Promise<void>;
  /** The provider vouched at `checkedAt`; an undefined refresh token leaves the stored one. */
  putCheck(id: number, checkedAt: Date, sealedRefreshToken: string | undefined): Promise<void>;
  /** Tells whether the caller is the one to ask the provider; until then nobody else did. */
  claimCheck(id: number, now: Date, staleBefore: Date): Promise<boolean>;
  releaseCheck(id: number): Promise<void>;
  deleteRefreshToken(id: number): Promise<void>;
}

function select(db: Database) {
  return db
    .selectFrom('user_identity')
    .innerJoin('app_user', 'app_user.id', 'user_identity.user_id')
    .select([
      'user_identity.id',
      'user_identity.user_id as userId',
      'app_user.username',
      'user_identity.issuer',
      'user_identity.subject',
      'user_identity.cli_secret as cliSecret',
      'user_identity.refresh_token as refreshToken',
      'user_identity.checked_at as checkedAt',
      'user_identity.created_at as createdAt',
      'user_identity.updated_at as updatedAt',
    ])
    .where('user_identity.source', '=', 'oidc')
    .where('app_user.deleted_at', 'is', null)
    .orderBy('user_identity.id', 'desc');
}

export function createOidcLinkRepository(db: Database): OidcLinkRepository {
  return {
    findByUser: (userId) =>
      select(db).where('user_identity.user_id', '=', userId).executeTakeFirst(),
    findByUsername: (username) =>
      select(db).where('app_user.username', '=', username).executeTakeFirst(),
    find: (issuer, subject) =>
      select(db)
        .where('user_identity.issuer', '=', issuer)
        .where('user_identity.subject', '=', subject)
        .executeTakeFirst(),
    findSource: (userId) => findSource(db, userId),
    putCliSecret: (id, sealed) => putCliSecret(db, id, sealed),
    async ensureCliSecret(id, sealed) {
      await update(db, id).set({ cli_secret: sealed }).where('cli_secret', 'is', null).execute();
    },
    async putCheck(id, checkedAt, refreshToken) {
      await update(db, id)
        .set({
          checked_at: checkedAt,
          check_started_at: null,
          ...(refreshToken !== undefined && { refresh_token: refreshToken }),
        })
        .execute();
    },
    async claimCheck(id, now, staleBefore) {
      const result = await update(db, id)
        .set({ check_started_at: now })
        .where((eb) =>
          eb.or([eb('check_started_at', 'is', null), eb('check_started_at', '<', staleBefore)]),
        )
        .executeTakeFirst();
      return result.numUpdatedRows > 0n;
    },
    async releaseCheck(id) {
      await update(db, id).set({ check_started_at: null }).execute();
    },
    async deleteRefreshToken(id) {
      await update(db, id).set({ refresh_token: null }).execute();
    },
  };
}

function update(db: Pick<Database, 'updateTable'>, id: number) {
  return db.updateTable('user_identity').where('user_identity.id', '=', id);
}

async function findSource(db: Database, userId: number): Promise<string | undefined> {
  const row = await db
    .selectFrom('user_identity')
    .select('source')
    .where('user_id', '=', userId)
    .orderBy('id', 'desc')
    .executeTakeFirst();
  return row?.source;
}

async function putCliSecret(db: Database, id: number, sealed: string): Promise<void> {
  await transact(db, async (tx) => {
    await update(tx, id).set({ cli_secret: sealed, updated_at: new Date() }).execute();
    const owner = tx.selectFrom('user_identity').select('user_id').where('id', '=', id);
    const user = await tx
      .updateTable('app_user')
      .set((eb) => ({ token_epoch: eb('token_epoch', '+', 1) }))
      .where('id', '=', owner)
      .returning(['id', 'token_epoch'])
      .executeTakeFirst();
    if (user === undefined) return;
    await tx
      .updateTable('session')
      .set({ user_epoch: user.token_epoch })
      .where('user_id', '=', user.id)
      .where('user_epoch', '=', user.token_epoch - 1)
      .execute();
  });
}
