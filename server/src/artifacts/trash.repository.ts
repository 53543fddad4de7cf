import type { Digest } from '@berth/oci';
import { sql } from 'kysely';
import { type Database, type DatabaseTransaction, transact } from '../db/index.ts';
import { DEFAULT_LEASE_SECONDS } from './lease.ts';
import { lockAhead } from './locked-artifacts.repository.ts';
import { countUsed, retryLinking } from './project-blob.repository.ts';

/** A deleted artifact, as lists show it. */
export interface DeletedArtifact {
  readonly id: number;
  readonly repository: string;
  readonly digest: Digest;
  readonly mediaType: string;
  readonly type: string | undefined;
  /** Bytes, with everything it refers to. */
  readonly size: number;
  readonly tags: readonly string[];
  readonly pushedAt: Date;
  readonly deletedBy: string;
  readonly deletedAt: Date;
}

/** A deleted artifact with its manifest. */
export interface Restorable {
  readonly id: number;
  readonly digest: Digest;
  readonly mediaType: string;
  readonly content: Buffer;
  readonly tags: readonly string[];
  readonly accessoryOf: Digest | undefined;
}

/** A blob that the trash keeps, with its bytes. */
export interface HeldBlob {
  readonly digest: Digest;
  readonly size: number;
}

/** Artifacts with these digests, and those that are about these subjects. */
export interface Named {
  readonly digests: readonly Digest[];
  readonly subjects: readonly Digest[];
}

export interface DeletedFilter {
  readonly projectId: number;
  /** All of the project's, those of deleted ones too, without. */
  readonly repository: string | undefined;
}

export interface TrashRepository {
  /** Newest first. */
  list(
    filter: DeletedFilter,
    page: { offset: number; limit: number },
  ): Promise<{ artifacts: DeletedArtifact[]; total: number }>;
  /** Of a repository's deleted artifacts, the named ones. */
  listNamed(
    place: { readonly projectId: number; readonly repository: string },
    named: Named,
  ): Promise<Restorable[]>;
  /** Blobs that the trash holds for these, and their sizes in bytes. */
  listBlobs(ids: readonly number[]): Promise<HeldBlob[]>;
  /** Of the tags, those that nothing in the repository has. */
  listFreeTags(
    tx: DatabaseTransaction,
    repositoryId: number,
    tags: readonly string[],
  ): Promise<string[]>;
  /** Makes those of the tags that nothing in the repository has. */
  putFreeTags(
    tx: DatabaseTransaction,
    artifact: { readonly repositoryId: number; readonly digest: Digest },
    tags: readonly string[],
  ): Promise<void>;
  /**
   * Takes artifacts out of the trash: links their blobs again, and forgets them. Resolves the ids
   * of those that were still there.
   */
  take(
    tx: DatabaseTransaction,
    ids: readonly number[],
    repositoryId: number,
  ): Promise<ReadonlySet<number>>;
  /** Locks those of the digests that are in the repository, which come back or are listed. */
  lockLive(
    tx: DatabaseTransaction,
    repositoryId: number,
    digests: readonly Digest[],
  ): Promise<void>;
  /** Those of the blobs that the trash of the repository holds, and their sizes in bytes. */
  listHeld(repository: string, digests: readonly Digest[]): Promise<HeldBlob[]>;
  /** Links those of the blobs again that the trash of the repository still holds. */
  relinkBlobs(repository: string, repositoryId: number, digests: readonly Digest[]): Promise<void>;
  /**
   * Forgets up to `limit` artifacts that were deleted before, except where a push may count on
   * their blobs: one is leased, somebody uploads to the repository, or has and the manifest is
   * still to come. Resolves how many.
   */
  purge(before: Date, limit: number): Promise<number>;
  transact<T>(work: (tx: DatabaseTransaction) => Promise<T>): Promise<T>;
}

/** @param leaseSeconds how long a push may take from its last upload to its manifest */
export function createTrashRepository(
  db: Database,
  { leaseSeconds = DEFAULT_LEASE_SECONDS }: { readonly leaseSeconds?: number } = {},
): TrashRepository {
  return new SqlTrash(db, leaseSeconds);
}

class SqlTrash implements TrashRepository {
  readonly #db: Database;
  readonly #lease: number;

  constructor(db: Database, leaseSeconds: number) {
    this.#db = db;
    this.#lease = leaseSeconds;
  }

  async list({ projectId, repository }: DeletedFilter, page: { offset: number; limit: number }) {
    const matching = this.#db
      .selectFrom('deleted_artifact')
      .where('project_id', '=', projectId)
      .$if(repository !== undefined, (query) =>
        query.where('repository_name', '=', repository ?? ''),
      );
    const { total } = await matching
      .select((eb) => eb.fn.countAll<number>().as('total'))
      .executeTakeFirstOrThrow();
    const rows = await matching
      .select(['id', 'repository_name', 'digest', 'media_type', 'type', 'total_size', 'tags'])
      .select(['pushed_at', 'deleted_by', 'deleted_at', sql<number>`length(content)`.as('length')])
      .orderBy('deleted_at', 'desc')
      .orderBy('id', 'desc')
      .offset(page.offset)
      .limit(page.limit)
      .execute();
    const artifacts = rows.map((row) => ({
      id: row.id,
      repository: row.repository_name,
      digest: row.digest,
      mediaType: row.media_type,
      type: row.type ?? undefined,
      size: row.total_size ?? row.length,
      tags: row.tags,
      pushedAt: row.pushed_at,
      deletedBy: row.deleted_by,
      deletedAt: row.deleted_at,
    }));
    return { artifacts, total };
  }

  async listNamed(
    { projectId, repository }: { readonly projectId: number; readonly repository: string },
    { digests, subjects }: Named,
  ): Promise<Restorable[]> {
    const rows = await this.#db
      .selectFrom('deleted_artifact')
      .select(['id', 'digest', 'media_type as mediaType', 'content', 'tags', 'accessory_of'])
      .where('project_id', '=', projectId)
      .where('repository_name', '=', repository)
      .where((eb) =>
        eb.or([
          eb('digest', '=', eb.fn.any(eb.val([...digests]))),
          eb('accessory_of', '=', eb.fn.any(eb.val([...subjects]))),
        ]),
      )
      .orderBy('id')
      .execute();
    return rows.map(({ accessory_of: subject, ...row }) => ({
      ...row,
      accessoryOf: subject ?? undefined,
    }));
  }

  async listBlobs(ids: readonly number[]) {
    const { rows } = await sql<{ digest: Digest; size: number }>`
      SELECT DISTINCT blob.digest, blob.size
      FROM deleted_artifact_blob held JOIN blob ON blob.digest = held.digest
      WHERE held.deleted_artifact_id = ANY(${[...ids]}::bigint[])`.execute(this.#db);
    return rows;
  }

  async listHeld(repository: string, digests: readonly Digest[]) {
    const { rows } = await sql<HeldBlob>`
      SELECT DISTINCT blob.digest, blob.size
      FROM deleted_artifact trash
      JOIN deleted_artifact_blob held ON held.deleted_artifact_id = trash.id
      JOIN blob ON blob.digest = held.digest AND blob.missing_since IS NULL
      WHERE held.digest = ANY(${[...digests]}::text[])
        AND trash.repository_name = ${repository}`.execute(this.#db);
    return rows;
  }

  async listFreeTags(tx: DatabaseTransaction, repositoryId: number, tags: readonly string[]) {
    const { rows } = await sql<{ name: string }>`
      SELECT name FROM unnest(${[...tags]}::text[]) AS name
      WHERE NOT EXISTS (SELECT FROM tag
        WHERE tag.repository_id = ${repositoryId} AND tag.name = name.name)`.execute(tx);
    return rows.map(({ name }) => name);
  }

  async putFreeTags(
    tx: DatabaseTransaction,
    { repositoryId, digest }: { readonly repositoryId: number; readonly digest: Digest },
    tags: readonly string[],
  ): Promise<void> {
    if (tags.length === 0) return;
    await sql`
      INSERT INTO tag (repository_id, name, artifact_id)
      SELECT ${repositoryId}::bigint, name, artifact.id
      FROM artifact, unnest(${[...tags]}::text[]) AS name
      WHERE artifact.repository_id = ${repositoryId} AND artifact.digest = ${digest}
      ORDER BY name ON CONFLICT DO NOTHING`.execute(tx);
  }

  async take(tx: DatabaseTransaction, ids: readonly number[], repositoryId: number) {
    const { rows } = await sql<{ id: number }>`
      SELECT id FROM deleted_artifact WHERE id = ANY(${[...ids]}::bigint[])
      ORDER BY id FOR UPDATE`.execute(tx);
    const taken = rows.map((row) => row.id);
    await linkHeld(tx, repositoryId, sql`trash.id = ANY(${taken}::bigint[])`);
    await sql`DELETE FROM deleted_artifact WHERE id = ANY(${taken}::bigint[])`.execute(tx);
    return new Set(taken);
  }

  async lockLive(tx: DatabaseTransaction, repositoryId: number, digests: readonly Digest[]) {
    await sql`WITH ${lockAhead(repositoryId, [], digests)} SELECT FROM ahead`.execute(tx);
  }

  async relinkBlobs(repository: string, repositoryId: number, digests: readonly Digest[]) {
    const wanted = sql`held.digest = ANY(${[...digests]}::text[])
      AND trash.repository_name = ${repository}`;
    await retryLinking(() => linkHeld(this.#db, repositoryId, wanted));
  }

  async purge(before: Date, limit: number): Promise<number> {
    const { rows } = await sql`
      DELETE FROM deleted_artifact WHERE id IN (
        SELECT id FROM deleted_artifact AS trash
        WHERE deleted_at < ${before}
          AND NOT EXISTS (SELECT FROM deleted_artifact_blob held
            JOIN blob ON blob.digest = held.digest
            WHERE held.deleted_artifact_id = trash.id AND blob.leased_until >= now())
          AND NOT EXISTS (SELECT FROM repository
            JOIN blob_upload upload ON upload.repository_id = repository.id
            WHERE repository.name = trash.repository_name
              AND upload.updated_at > now() - interval '1 day')
          AND NOT EXISTS (SELECT FROM repository
            JOIN repository_blob link ON link.repository_id = repository.id
            WHERE repository.name = trash.repository_name
              AND link.created_at > now() - make_interval(secs => ${this.#lease})
              AND NOT EXISTS (SELECT FROM artifact_blob needed
                WHERE needed.repository_id = link.repository_id
                  AND needed.digest = link.digest))
        ORDER BY deleted_at LIMIT ${limit} FOR UPDATE SKIP LOCKED)
      RETURNING id`.execute(this.#db);
    return rows.length;
  }

  transact<T>(work: (tx: DatabaseTransaction) => Promise<T>): Promise<T> {
    return retryLinking(() => transact(this.#db, work));
  }
}

/** Links blobs that the trash holds, of those whose bytes are there. */
async function linkHeld(
  db: Database | DatabaseTransaction,
  repositoryId: number,
  condition: ReturnType<typeof sql>,
): Promise<void> {
  await sql`
    WITH used AS (
      SELECT DISTINCT repository.project_id, blob.digest, blob.size
      FROM repository, deleted_artifact_blob held
      JOIN deleted_artifact trash ON trash.id = held.deleted_artifact_id
      JOIN blob ON blob.digest = held.digest AND blob.missing_since IS NULL
      WHERE repository.id = ${repositoryId} AND ${condition}
      ORDER BY blob.digest
    ),
    ${countUsed}
    INSERT INTO repository_blob (repository_id, project_id, digest)
    SELECT ${repositoryId}::bigint, project_id, digest FROM used
    ON CONFLICT DO NOTHING`.execute(db);
}
