import type { Digest } from '@berth/oci';
import { type RawBuilder, sql } from 'kysely';
import { type Database, transact } from '../db/index.ts';
import { isShort, leaseEnd } from './lease.repository.ts';
import { DEFAULT_LEASE_SECONDS } from './lease.ts';
import {
  countUsed,
  releaseUnused,
  repositoryGone,
  retryLinking,
} from './project-blob.repository.ts';

export interface NewBlob {
  readonly repositoryId: number;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  /** The bytes, when they are not in the blob store. */
  readonly content: Buffer | undefined;
  /** The upload that brought it, which is over now. */
  readonly uploadId: string;
}

/** Where a blob may be taken from without sending it again. */
export type MountSources =
  /** One repository, by name. */
  | { readonly from: string }
  /** Any repository of a project, if one is given, any public one, and these. */
  | { readonly projectId: number | undefined; readonly repositories: readonly string[] }
  /** Any repository there is; for callers that may pull everything. */
  | 'everywhere';

export interface BlobRow {
  /** Bytes. */
  readonly size: number;
  /** The bytes of a small blob; those of others are in the blob store. */
  readonly content: Buffer | undefined;
}

export interface BlobRepository {
  /** A blob of the repository. */
  find(repository: string, digest: Digest): Promise<BlobRow | undefined>;
  listSizes(repositoryId: number, digests: readonly Digest[]): Promise<Map<string, number>>;
  /** Bytes, wherever the blob is. */
  findSize(digest: Digest): Promise<number | undefined>;
  /** Whether any repository has, or had, the blob. */
  exists(digest: Digest): Promise<boolean>;
  /**
   * Leases the blob, if it has a row, before its bytes are placed: a sweep that is about to take
   * them is over when this resolves, and none begins for half a lease.
   */
  claim(digest: Digest): Promise<void>;
  /**
   * Leases a blob of the repository, for somebody who is about to use it. Resolves false when it
   * is not there (any more); otherwise it stays for half a lease at least, whoever deletes what.
   */
  touch(repository: string, digest: Digest): Promise<boolean>;
  /**
   * Does the work while the blob cannot be swept; false, without doing it, when there is no such
   * blob or its bytes are known to be lost.
   */
  hold(digest: Digest, work: () => Promise<boolean>): Promise<boolean>;
  /**
   * Records bytes that are durable in the store, shows them in the repository and leases them.
   *
   * @throws OciError NAME_UNKNOWN when the repository is gone
   */
  put(blob: NewBlob): Promise<void>;
  /** Shows a blob of one of the sources in the repository too, leased; false when none has it. */
  mount(repositoryId: number, digest: Digest, sources: MountSources): Promise<boolean>;
  /** Hides the blob. Rejects with a foreign key violation while a manifest needs it. */
  unlink(repositoryId: number, digest: Digest): Promise<boolean>;
}

/** @param leaseSeconds how long a blob stays that a client was told is here */
export function createBlobRepository(
  db: Database,
  { leaseSeconds = DEFAULT_LEASE_SECONDS }: { readonly leaseSeconds?: number } = {},
): BlobRepository {
  return new SqlBlobRepository(db, leaseSeconds);
}

class SqlBlobRepository implements BlobRepository {
  readonly #db: Database;
  readonly #lease: number;

  constructor(db: Database, leaseSeconds: number) {
    this.#db = db;
    this.#lease = leaseSeconds;
  }

  async find(repository: string, digest: Digest): Promise<BlobRow | undefined> {
    const row = await this.#db
      .selectFrom('repository')
      .innerJoin('repository_blob', 'repository_blob.repository_id', 'repository.id')
      .innerJoin('blob', 'blob.digest', 'repository_blob.digest')
      .select(['blob.size', 'blob.content'])
      .where('repository.name', '=', repository)
      .where('repository_blob.digest', '=', digest)
      .where('blob.missing_since', 'is', null)
      .executeTakeFirst();
    return row && { size: row.size, content: row.content ?? undefined };
  }

  async listSizes(repositoryId: number, digests: readonly Digest[]): Promise<Map<string, number>> {
    if (digests.length === 0) return new Map();
    const rows = await this.#db
      .selectFrom('repository_blob')
      .innerJoin('blob', 'blob.digest', 'repository_blob.digest')
      .select(['blob.digest', 'blob.size'])
      .where('repository_blob.repository_id', '=', repositoryId)
      .where('blob.missing_since', 'is', null)
      .where((eb) => eb('repository_blob.digest', '=', eb.fn.any(eb.val([...digests]))))
      .execute();
    return new Map(rows.map((row) => [row.digest, row.size]));
  }

  async exists(digest: Digest): Promise<boolean> {
    const row = await this.#db
      .selectFrom('blob')
      .select('digest')
      .where('digest', '=', digest)
      .executeTakeFirst();
    return row !== undefined;
  }

  async claim(digest: Digest): Promise<void> {
    await sql`
      UPDATE blob SET leased_until = ${leaseEnd(this.#lease)}
      WHERE digest = ${digest} AND ${isShort(this.#lease)}`.execute(this.#db);
  }

  async touch(repository: string, digest: Digest): Promise<boolean> {
    await this.claim(digest);
    // A statement of its own: who unlinks locks the blob, and this one sees what became of it.
    const row = await this.#db
      .selectFrom('repository')
      .innerJoin('repository_blob', 'repository_blob.repository_id', 'repository.id')
      .innerJoin('blob', 'blob.digest', 'repository_blob.digest')
      .select('repository_blob.digest')
      .where('repository.name', '=', repository)
      .where('repository_blob.digest', '=', digest)
      .where('blob.missing_since', 'is', null)
      .executeTakeFirst();
    return row !== undefined;
  }

  hold(digest: Digest, work: () => Promise<boolean>): Promise<boolean> {
    return transact(this.#db, async (tx) => {
      const row = await tx
        .selectFrom('blob')
        .select('digest')
        .where('digest', '=', digest)
        .where('missing_since', 'is', null)
        .forKeyShare()
        .executeTakeFirst();
      return row !== undefined && (await work());
    });
  }

  async put({ repositoryId, digest, size, content, uploadId }: NewBlob): Promise<void> {
    // The link is locked before the blob, as by those who unlink: what they are about to take away
    // is waited for, and made anew. Bytes that came with this push are kept whatever is there.
    const { rows } = await retryLinking(() =>
      sql`
        WITH place AS (SELECT id, project_id FROM repository WHERE id = ${repositoryId}),
        finished AS (DELETE FROM blob_upload WHERE id = ${uploadId}),
        released AS (DELETE FROM quota_reservation WHERE id = ${uploadId}),
        homeless AS (
          INSERT INTO gc_candidate (digest, due_at)
          SELECT ${digest}, ${leaseEnd(this.#lease)} WHERE NOT EXISTS (SELECT FROM place)
        ),
        stored AS (
          INSERT INTO blob (digest, size, content, leased_until)
          VALUES (${digest}, ${size}, ${content ?? null}, ${leaseEnd(this.#lease)})
          ON CONFLICT (digest) DO UPDATE SET
            missing_since = NULL, size = excluded.size, leased_until = excluded.leased_until,
            content = coalesce(excluded.content,
              CASE WHEN blob.missing_since IS NULL AND blob.size = excluded.size
                THEN blob.content END)
          WHERE blob.missing_since IS NOT NULL OR blob.size <> excluded.size
            OR (blob.content IS NULL AND excluded.content IS NOT NULL)
            OR ${isShort(this.#lease)}
        ),
        used AS (SELECT project_id, ${digest}::text AS digest, ${size}::bigint AS size FROM place),
        ${countUsed},
        linked AS (
          INSERT INTO repository_blob (repository_id, project_id, digest)
          SELECT id, project_id, ${digest} FROM place
          ON CONFLICT (repository_id, digest) DO UPDATE SET created_at = excluded.created_at
          WHERE ${isOld(this.#lease)}
        )
        SELECT id FROM place`.execute(this.#db),
    );
    if (rows.length === 0) throw repositoryGone();
  }

  async mount(repositoryId: number, digest: Digest, sources: MountSources): Promise<boolean> {
    const { rows } = await retryLinking(() =>
      sql`
        WITH used AS (
          SELECT place.id, place.project_id, link.digest, blob.size
          FROM repository place, repository_blob link
          JOIN blob ON blob.digest = link.digest AND blob.missing_since IS NULL
          JOIN repository ON repository.id = link.repository_id
          JOIN project ON project.id = repository.project_id
          WHERE place.id = ${repositoryId} AND link.digest = ${digest} AND ${within(sources)}
          LIMIT 1
        ),
        leased AS (
          UPDATE blob SET leased_until = ${leaseEnd(this.#lease)}
          FROM used WHERE blob.digest = used.digest AND ${isShort(this.#lease)}
        ),
        ${countUsed},
        linked AS (
          INSERT INTO repository_blob (repository_id, project_id, digest)
          SELECT id, project_id, digest FROM used
          ON CONFLICT (repository_id, digest) DO UPDATE SET created_at = excluded.created_at
          WHERE ${isOld(this.#lease)}
        )
        SELECT digest FROM used`.execute(this.#db),
    );
    return rows.length > 0;
  }

  unlink(repositoryId: number, digest: Digest): Promise<boolean> {
    return transact(this.#db, async (tx) => {
      const link = await tx
        .deleteFrom('repository_blob')
        .where('repository_id', '=', repositoryId)
        .where('digest', '=', digest)
        .returning('project_id')
        .executeTakeFirst();
      if (link === undefined) return false;
      await releaseUnused(tx, link.project_id, [digest]);
      return true;
    });
  }

  async findSize(digest: Digest): Promise<number | undefined> {
    const row = await this.#db
      .selectFrom('blob')
      .select('size')
      .where('digest', '=', digest)
      .executeTakeFirst();
    return row?.size;
  }
}

/** Links are dated anew once a lease at most. */
function isOld(leaseSeconds: number): RawBuilder<boolean> {
  return sql`repository_blob.created_at < now() - make_interval(secs => ${leaseSeconds})`;
}

function within(sources: MountSources): RawBuilder<boolean> {
  if (sources === 'everywhere') return sql`true`;
  if ('from' in sources) return sql`repository.name = ${sources.from}`;
  return sql`(project.id = ${sources.projectId ?? null}::bigint OR project.is_public
              OR repository.name = ANY(${[...sources.repositories]}::text[]))`;
}
