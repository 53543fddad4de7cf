import type { Digest } from '@berth/oci';
import { type RawBuilder, sql } from 'kysely';
import { type Database, type DatabaseTransaction, transact } from '../db/index.ts';

/** A blob as its row tells of it. */
export interface BlobRow {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  /** Known to have lost its bytes: it is not served, and a push brings it back. */
  readonly isMissing: boolean;
  /** Its bytes are in the row (ADR 0008), and not in the blob store. */
  readonly isKept: boolean;
}

/** A row that nobody else changes meanwhile. */
export interface LockedBlob extends BlobRow {
  /** The digest that the bytes in the row have. */
  hash(): Promise<string | undefined>;
  markMissing(): Promise<void>;
  markPresent(): Promise<void>;
}

export interface ManifestRow {
  readonly id: number;
  readonly repository: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

/** The digest that bytes have; undefined when the database cannot read them. */
export type Hashes<K> = ReadonlyMap<K, string | undefined>;

export type ManifestRemedy = 'sound' | 'healed' | 'damaged' | 'gone';

/** What the database says that there is, and whether its own bytes are right. */
export interface IntegrityRepository {
  /** Blobs after `last`, by digest. */
  listBlobs(last: string, limit: number): Promise<BlobRow[]>;
  findBlob(digest: Digest): Promise<BlobRow | undefined>;
  /** Hashes bytes that are in rows; by the database, since they need not travel for it. */
  hashKept(digests: readonly Digest[]): Promise<Hashes<Digest>>;
  /** Those of the digests that have a row. */
  filterKnown(digests: readonly Digest[]): Promise<ReadonlySet<string>>;
  /** Up to 20 names, `project/path:tag` or `project/path@digest`, of images that need the blob. */
  listUsers(digest: Digest): Promise<string[]>;
  /** Repositories after `last` that show the blob, by name. */
  listRepositories(digest: Digest, last: string, limit: number): Promise<string[]>;
  /** Does `work` with the row locked, in one transaction; undefined when the row is gone. */
  withBlob<T>(digest: Digest, work: (blob: LockedBlob) => Promise<T>): Promise<T | undefined>;
  /** How many blobs are known to have lost their bytes. */
  countMissing(): Promise<number>;
  /** Manifests after `last`, by id. */
  listManifests(last: number, limit: number): Promise<ManifestRow[]>;
  hashManifests(ids: readonly number[]): Promise<Hashes<number>>;
  /** Takes the right bytes from another repository or from a deleted artifact that has them. */
  healManifest(id: number): Promise<ManifestRemedy>;
}

export function createIntegrityRepository(db: Database): IntegrityRepository {
  return new SqlIntegrityRepository(db);
}

const blobColumns = [
  'digest',
  'size',
  sql<boolean>`missing_since IS NOT NULL`.as('isMissing'),
  sql<boolean>`content IS NOT NULL`.as('isKept'),
] as const;

class SqlIntegrityRepository implements IntegrityRepository {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  listBlobs(last: string, limit: number): Promise<BlobRow[]> {
    return this.#db
      .selectFrom('blob')
      .select(blobColumns)
      .where(sql<boolean>`digest > ${last}`)
      .orderBy('digest')
      .limit(limit)
      .execute();
  }

  findBlob(digest: Digest): Promise<BlobRow | undefined> {
    return this.#db
      .selectFrom('blob')
      .select(blobColumns)
      .where('digest', '=', digest)
      .executeTakeFirst();
  }

  hashKept(digests: readonly Digest[]): Promise<Hashes<Digest>> {
    return hashEach(digests, async (some) => {
      const { rows } = await sql<{ key: Digest; actual: string | null }>`
        SELECT digest AS key, ${digestOfContent} AS actual FROM blob
        WHERE digest = ANY(${some}::text[])`.execute(this.#db);
      return rows;
    });
  }

  async filterKnown(digests: readonly Digest[]): Promise<ReadonlySet<string>> {
    const { rows } = await sql<{ digest: string }>`
      SELECT digest FROM blob WHERE digest = ANY(${[...digests]}::text[])`.execute(this.#db);
    return new Set(rows.map(({ digest }) => digest));
  }

  async listUsers(digest: Digest): Promise<string[]> {
    const rows = await this.#db
      .selectFrom('artifact_blob')
      .innerJoin('artifact', 'artifact.id', 'artifact_blob.artifact_id')
      .innerJoin('repository', 'repository.id', 'artifact.repository_id')
      .leftJoin('tag', 'tag.artifact_id', 'artifact.id')
      .select(['repository.name', 'artifact.digest', 'tag.name as tag'])
      .where('artifact_blob.digest', '=', digest)
      // Through the index: artifact_blob has none that begins with the digest.
      .where('artifact_blob.repository_id', 'in', (eb) =>
        eb
          .selectFrom('repository_blob')
          .select('repository_blob.repository_id')
          .where('repository_blob.digest', '=', digest),
      )
      .limit(20)
      .execute();
    return rows.map((row) => `${row.name}${row.tag ? `:${row.tag}` : `@${row.digest}`}`);
  }

  async listRepositories(digest: Digest, last: string, limit: number): Promise<string[]> {
    const rows = await this.#db
      .selectFrom('repository_blob')
      .innerJoin('repository', 'repository.id', 'repository_blob.repository_id')
      .select('repository.name')
      .where('repository_blob.digest', '=', digest)
      .where('repository.name', '>', last)
      .orderBy('repository.name')
      .limit(limit)
      .execute();
    return rows.map(({ name }) => name);
  }

  withBlob<T>(digest: Digest, work: (blob: LockedBlob) => Promise<T>): Promise<T | undefined> {
    return transact(this.#db, async (tx) => {
      const row = await tx
        .selectFrom('blob')
        .select(blobColumns)
        .where('digest', '=', digest)
        // Holds up a push of the blob and its sweep, and nobody who refers to it.
        .forNoKeyUpdate()
        .executeTakeFirst();
      if (row === undefined) return undefined;
      const mark = (since: RawBuilder<Date | null>) =>
        sql`UPDATE blob SET missing_since = ${since} WHERE digest = ${digest}`.execute(tx);
      return work({
        ...row,
        hash: async () => {
          const { rows } = await sql<{ actual: string | null }>`
            SELECT ${digestOfContent} AS actual FROM blob WHERE digest = ${digest}`.execute(tx);
          return rows[0]?.actual ?? undefined;
        },
        markMissing: async () => void (await mark(sql`now()`)),
        markPresent: async () => void (await mark(sql`NULL`)),
      });
    });
  }

  async countMissing(): Promise<number> {
    const { rows } = await sql<{ count: number }>`
      SELECT count(*) AS count FROM blob WHERE missing_since IS NOT NULL`.execute(this.#db);
    return rows[0]?.count ?? 0;
  }

  listManifests(last: number, limit: number): Promise<ManifestRow[]> {
    return this.#db
      .selectFrom('artifact')
      .innerJoin('repository', 'repository.id', 'artifact.repository_id')
      .select(['artifact.id', 'repository.name as repository', 'artifact.digest', 'artifact.size'])
      .where('artifact.id', '>', last)
      .orderBy('artifact.id')
      .limit(limit)
      .execute();
  }

  hashManifests(ids: readonly number[]): Promise<Hashes<number>> {
    return hashEach(ids, async (some) => {
      const { rows } = await sql<{ key: number; actual: string | null }>`
        SELECT id AS key, ${digestOfContent} AS actual FROM artifact
        WHERE id = ANY(${some}::bigint[])`.execute(this.#db);
      return rows;
    });
  }

  healManifest(id: number): Promise<ManifestRemedy> {
    return transact(this.#db, (tx) => healManifest(tx, id));
  }
}

async function healManifest(tx: DatabaseTransaction, id: number): Promise<ManifestRemedy> {
  const { rows } = await sql<{ digest: Digest; actual: string }>`
    SELECT digest, ${digestOfContent} AS actual FROM artifact WHERE id = ${id}
    FOR NO KEY UPDATE`.execute(tx);
  const [row] = rows;
  if (row === undefined) return 'gone';
  if (row.actual === row.digest) return 'sound';
  const { numAffectedRows = 0n } = await sql`
    UPDATE artifact SET content = source.content FROM (
      SELECT content FROM artifact
      WHERE digest = ${row.digest} AND id <> ${id} AND ${digestOfContent} = digest
      UNION ALL
      SELECT content FROM deleted_artifact
      WHERE digest = ${row.digest} AND ${digestOfContent} = digest
      LIMIT 1) AS source
    WHERE artifact.id = ${id}`.execute(tx);
  return numAffectedRows > 0n ? 'healed' : 'damaged';
}

/** Of the columns `digest` and `content`, in the algorithm of the former. */
const digestOfContent = sql`(CASE WHEN digest LIKE 'sha512:%'
  THEN 'sha512:' || encode(sha512(content), 'hex')
  ELSE 'sha256:' || encode(sha256(content), 'hex') END)`;

/** All in one query; one by one when there are bytes among them that the database cannot read. */
async function hashEach<K>(
  keys: readonly K[],
  query: (keys: K[]) => Promise<readonly { key: K; actual: string | null }[]>,
): Promise<Hashes<K>> {
  if (keys.length === 0) return new Map();
  try {
    const rows = await query([...keys]);
    return new Map(rows.map(({ key, actual }) => [key, actual ?? undefined]));
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    const [only, ...others] = keys;
    if (only !== undefined && others.length === 0) return new Map([[only, undefined]]);
  }
  const hashes = new Map<K, string | undefined>();
  for (const key of keys) {
    for (const [found, actual] of await hashEach([key], query)) hashes.set(found, actual);
  }
  return hashes;
}

/** Classes 58 (system error) and XX (internal error, data corrupted) of PostgreSQL. */
function isUnreadable(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  return typeof error.code === 'string' && /^(?:58|XX)/.test(error.code);
}
