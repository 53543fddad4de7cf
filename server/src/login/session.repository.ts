import type { Database } from '../db/index.ts';

/** A browser's login. The secret in its cookie is known by hash only. */
export interface Session {
  readonly id: string;
  readonly userId: number;
  /** The user's when it began. */
  readonly userEpoch: number;
  /** `database`, `ldap`, `oidc`, `http` or `uaa`. */
  readonly source: string;
  readonly address: string;
  readonly userAgent: string;
  /** Sealed. */
  readonly idToken: string | null;
  readonly createdAt: Date;
  /** To the minute. */
  readonly usedAt: Date;
  readonly expiresAt: Date;
}

export interface SessionRepository {
  create(session: Session, secretHash: Buffer): Promise<void>;
  findBySecret(secretHash: Buffer): Promise<Session | undefined>;
  /** The most recently used first. */
  list(userId: number): Promise<Session[]>;
  /** Moves the time of use forward, never back. */
  touch(id: string, usedAt: Date): Promise<void>;
  /** Tells whether there was one. */
  delete(userId: number, id: string): Promise<boolean>;
  /** Whosever it is. */
  deleteById(id: string): Promise<void>;
  /** Deletes all but one of a user's, and returns their ids. */
  deleteOthers(userId: number, keptId: string | undefined): Promise<string[]>;
  /** Deletes all but the `kept` most recently used of a user's. */
  deleteSurplus(userId: number, kept: number): Promise<void>;
  /** Deletes what has ended by `now`, or was last used before `usedBefore`; tells how many. */
  deleteEnded(now: Date, usedBefore: Date): Promise<number>;
}

const columns = [
  'id',
  'user_id as userId',
  'user_epoch as userEpoch',
  'source',
  'address',
  'user_agent as userAgent',
  'id_token as idToken',
  'created_at as createdAt',
  'used_at as usedAt',
  'expires_at as expiresAt',
] as const;

export function createSessionRepository(db: Database): SessionRepository {
  return {
    create: (session, secretHash) => create(db, session, secretHash),
    findBySecret: (secretHash) =>
      db
        .selectFrom('session')
        .select(columns)
        .where('secret_hash', '=', secretHash)
        .executeTakeFirst(),
    list: (userId) =>
      db
        .selectFrom('session')
        .select(columns)
        .where('user_id', '=', userId)
        .orderBy('used_at', 'desc')
        .orderBy('id')
        .execute(),
    async touch(id, usedAt) {
      await db
        .updateTable('session')
        .set({ used_at: usedAt })
        .where('id', '=', id)
        .where('used_at', '<', usedAt)
        .execute();
    },
    async delete(userId, id) {
      const result = await db
        .deleteFrom('session')
        .where('user_id', '=', userId)
        .where('id', '=', id)
        .executeTakeFirst();
      return result.numDeletedRows > 0n;
    },
    async deleteById(id) {
      await db.deleteFrom('session').where('id', '=', id).execute();
    },
    async deleteOthers(userId, keptId) {
      const rows = await db
        .deleteFrom('session')
        .where('user_id', '=', userId)
        .$if(keptId !== undefined, (query) => query.where('id', '!=', keptId ?? ''))
        .returning('id')
        .execute();
      return rows.map(({ id }) => id);
    },
    deleteSurplus: (userId, kept) => deleteSurplus(db, userId, kept),
    async deleteEnded(now, usedBefore) {
      const result = await db
        .deleteFrom('session')
        .where((eb) => eb.or([eb('expires_at', '<=', now), eb('used_at', '<', usedBefore)]))
        .executeTakeFirst();
      return Number(result.numDeletedRows);
    },
  };
}

async function create(db: Database, session: Session, secretHash: Buffer): Promise<void> {
  await db
    .insertInto('session')
    .values({
      id: session.id,
      secret_hash: secretHash,
      user_id: session.userId,
      user_epoch: session.userEpoch,
      source: session.source,
      address: session.address,
      user_agent: session.userAgent,
      id_token: session.idToken,
      created_at: session.createdAt,
      used_at: session.usedAt,
      expires_at: session.expiresAt,
    })
    .execute();
}

async function deleteSurplus(db: Database, userId: number, kept: number): Promise<void> {
  const surplus = db
    .selectFrom('session')
    .select('id')
    .where('user_id', '=', userId)
    .orderBy('used_at', 'desc')
    .offset(kept);
  await db.deleteFrom('session').where('id', 'in', surplus).execute();
}
