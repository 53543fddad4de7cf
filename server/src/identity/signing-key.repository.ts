import { sql } from 'kysely';
import { type Database, transact } from '../db/index.ts';

export interface SigningKeyRow {
  readonly kid: string;
  readonly algorithm: string;
  /** Sealed; plain in rows of the first version. */
  readonly privateJwk: string;
  readonly certificate: string;
  readonly retiredAt: Date | null;
}

export interface SigningKeyRepository {
  /** Newest first. */
  list(): Promise<SigningKeyRow[]>;
  /** Adds a key and retires every other one. */
  replace(key: Omit<SigningKeyRow, 'retiredAt'>): Promise<void>;
  /** Adds the first key unless there is one already. */
  ensure(key: Omit<SigningKeyRow, 'retiredAt'>): Promise<void>;
  /** Stores the key of `kid` in another form. */
  putPrivateJwk(kid: string, privateJwk: string): Promise<void>;
  /** Drops keys retired before `date`. */
  deleteRetired(date: Date): Promise<void>;
}

export function createSigningKeyRepository(db: Database): SigningKeyRepository {
  return {
    list: () =>
      db
        .selectFrom('signing_key')
        .select([
          'kid',
          'algorithm',
          'private_jwk as privateJwk',
          'certificate',
          'retired_at as retiredAt',
        ])
        .orderBy('created_at', 'desc')
        .orderBy('kid')
        .execute(),
    replace: (key) =>
      transact(db, async (tx) => {
        await tx
          .updateTable('signing_key')
          .set({ retired_at: sql<Date>`now()` })
          .where('retired_at', 'is', null)
          .execute();
        await tx.insertInto('signing_key').values(columnsOf(key)).execute();
      }),
    async ensure(key) {
      await sql`
        INSERT INTO signing_key (kid, algorithm, private_jwk, certificate)
        SELECT ${key.kid}, ${key.algorithm}, ${key.privateJwk}, ${key.certificate}
        WHERE NOT EXISTS (SELECT FROM signing_key WHERE retired_at IS NULL)
        ON CONFLICT DO NOTHING`.execute(db);
    },
    async putPrivateJwk(kid, privateJwk) {
      await db
        .updateTable('signing_key')
        .set({ private_jwk: privateJwk })
        .where('kid', '=', kid)
        .execute();
    },
    async deleteRetired(date) {
      await db.deleteFrom('signing_key').where('retired_at', '<', date).execute();
    },
  };
}

function columnsOf(key: Omit<SigningKeyRow, 'retiredAt'>) {
  return {
    kid: key.kid,
    algorithm: key.algorithm,
    private_jwk: key.privateJwk,
    certificate: key.certificate,
  };
}
