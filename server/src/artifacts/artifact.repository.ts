import type { Digest, Referrer } from '@berth/oci';
import { sql } from 'kysely';
import { type Database, retryConflicts, transact } from '../db/index.ts';

export interface ArtifactContent {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly content: Buffer;
}

export interface NewArtifact extends ArtifactContent {
  readonly repositoryId: number;
  readonly artifactType: string | undefined;
  readonly subject: Digest | undefined;
  readonly annotations: Record<string, string>;
  /** Blobs that must be in the repository. */
  readonly blobs: readonly Digest[];
  /** Manifests that an index lists, here or not. */
  readonly children: readonly Digest[];
  readonly tags: readonly string[];
}

export interface ReferrerQuery {
  readonly repository: string;
  readonly subject: Digest;
  readonly artifactType: string | undefined;
  readonly last: string;
  readonly limit: number;
}

export interface ArtifactRepository {
  findByTag(repository: string, tag: string): Promise<ArtifactContent | undefined>;
  findByDigest(repository: string, digest: Digest): Promise<ArtifactContent | undefined>;
  /** Sizes of those of the digests that are artifacts of the repository. */
  listSizes(repositoryId: number, digests: readonly Digest[]): Promise<Map<string, number>>;
  /**
   * Stores the artifact with its references and moves the tags to it, in one statement. Rejects
   * with a foreign key violation when a blob is not (any more) in the repository. Resolves false,
   * and changes nothing, when the digest is there already with another media type.
   */
  put(artifact: NewArtifact): Promise<boolean>;
  /** Deletes the artifact with its tags. Resolves false when it was not there. */
  delete(repositoryId: number, digest: Digest): Promise<boolean>;
  listReferrers(query: ReferrerQuery): Promise<Referrer[]>;
}

const content = [
  'artifact.digest',
  'artifact.media_type as mediaType',
  'artifact.content',
] as const;

export function createArtifactRepository(db: Database): ArtifactRepository {
  return new SqlArtifactRepository(db);
}

class SqlArtifactRepository implements ArtifactRepository {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async findByTag(repository: string, tag: string): Promise<ArtifactContent | undefined> {
    const row = await this.#db
      .selectFrom('repository')
      .innerJoin('tag', 'tag.repository_id', 'repository.id')
      .innerJoin('artifact', 'artifact.id', 'tag.artifact_id')
      .select(content)
      .where('repository.name', '=', repository)
      .where('tag.name', '=', tag)
      .executeTakeFirst();
    return row;
  }

  async findByDigest(repository: string, digest: Digest): Promise<ArtifactContent | undefined> {
    const row = await this.#db
      .selectFrom('repository')
      .innerJoin('artifact', 'artifact.repository_id', 'repository.id')
      .select(content)
      .where('repository.name', '=', repository)
      .where('artifact.digest', '=', digest)
      .executeTakeFirst();
    return row && { ...row, digest };
  }

  async listSizes(repositoryId: number, digests: readonly Digest[]): Promise<Map<string, number>> {
    if (digests.length === 0) return new Map();
    const rows = await this.#db
      .selectFrom('artifact')
      .select(['digest', 'size'])
      .where('repository_id', '=', repositoryId)
      .where((eb) => eb('digest', '=', eb.fn.any(eb.val([...digests]))))
      .execute();
    return new Map(rows.map((row) => [row.digest, row.size]));
  }

  async put(artifact: NewArtifact): Promise<boolean> {
    const { rows } = await retryConflicts(() => this.#put(artifact));
    return rows.length > 0;
  }

  #put(artifact: NewArtifact) {
    return sql`
      WITH stored AS (
        INSERT INTO artifact (repository_id, digest, media_type, artifact_type, subject_digest,
                              annotations, size, content)
        VALUES (${artifact.repositoryId}, ${artifact.digest}, ${artifact.mediaType},
                ${artifact.artifactType ?? null}, ${artifact.subject ?? null},
                ${JSON.stringify(artifact.annotations)}, ${artifact.content.length},
                ${artifact.content})
        ON CONFLICT (repository_id, digest)
        DO UPDATE SET pushed_at = now(), content = excluded.content
        WHERE artifact.media_type = excluded.media_type
        RETURNING id
      ), needed AS (
        INSERT INTO artifact_blob (artifact_id, repository_id, digest)
        SELECT stored.id, ${artifact.repositoryId}, digest
        FROM stored, unnest(${unique(artifact.blobs)}::text[]) AS digest
        ON CONFLICT DO NOTHING
      ), listed AS (
        INSERT INTO artifact_reference (artifact_id, repository_id, child_digest)
        SELECT stored.id, ${artifact.repositoryId}, digest
        FROM stored, unnest(${unique(artifact.children)}::text[]) AS digest
        ON CONFLICT DO NOTHING
      ), tagged AS (
        INSERT INTO tag (repository_id, name, artifact_id)
        SELECT ${artifact.repositoryId}, name, stored.id
        FROM stored, unnest(${unique(artifact.tags)}::text[]) AS name
        ON CONFLICT (repository_id, name)
        DO UPDATE SET artifact_id = excluded.artifact_id, pushed_at = now()
      )
      SELECT id FROM stored`.execute(this.#db);
  }

  delete(repositoryId: number, digest: Digest): Promise<boolean> {
    return transact(this.#db, async (tx) => {
      // Locked as a push locks them, artifact first and tags by name, so that the two take turns.
      const artifact = await tx
        .selectFrom('artifact')
        .select('id')
        .where('repository_id', '=', repositoryId)
        .where('digest', '=', digest)
        .forUpdate()
        .executeTakeFirst();
      if (artifact === undefined) return false;
      await tx
        .selectFrom('tag')
        .select('name')
        .where('artifact_id', '=', artifact.id)
        .orderBy('name')
        .forUpdate()
        .execute();
      await tx.deleteFrom('artifact').where('id', '=', artifact.id).execute();
      return true;
    });
  }

  async listReferrers(query: ReferrerQuery): Promise<Referrer[]> {
    const { repository, subject, artifactType, last, limit } = query;
    let select = this.#db
      .selectFrom('repository')
      .innerJoin('artifact', 'artifact.repository_id', 'repository.id')
      .select([
        'artifact.digest',
        'artifact.media_type as mediaType',
        'artifact.artifact_type as artifactType',
        'artifact.size',
        'artifact.annotations',
      ])
      .where('repository.name', '=', repository)
      .where('artifact.subject_digest', '=', subject)
      .where(sql<boolean>`artifact.digest > ${last}`);
    if (artifactType !== undefined) {
      select = select.where('artifact.artifact_type', '=', artifactType);
    }
    const rows = await select.orderBy('artifact.digest').limit(limit).execute();
    return rows.map(({ artifactType: type, digest, ...row }) => ({
      ...row,
      digest,
      ...(type === null ? {} : { artifactType: type }),
    }));
  }
}

/** Without doubles, and sorted: rows are locked in one order, so that pushes cannot deadlock. */
function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)].toSorted();
}
