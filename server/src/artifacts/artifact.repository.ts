import type { Digest, Referrer } from '@berth/oci';
import { sql } from 'kysely';
import { type Database, type DatabaseTransaction, transact } from '../db/index.ts';
import type { DomainEvent } from '../events/index.ts';
import { AppError } from '../lib/index.ts';
import type { Actor } from './actor.ts';
import { lockAhead } from './locked-artifacts.repository.ts';
import { countUsed, retryLinking } from './project-blob.repository.ts';

export interface ArtifactContent {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly content: Buffer;
}

/** What an index says of one of the manifests it lists. */
export interface ChildReference {
  readonly digest: Digest;
  readonly platform?: object | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  readonly urls?: readonly string[] | undefined;
}

/** What an accessory is about, and Harbor's type of it. */
export interface Accessory {
  readonly of: Digest;
  readonly type: string;
}

export interface NewArtifact extends ArtifactContent {
  readonly repositoryId: number;
  readonly projectId: number;
  readonly artifactType: string | undefined;
  readonly subject: Digest | undefined;
  readonly annotations: Record<string, string>;
  /** Harbor's `type` and `media_type`. */
  readonly type: string;
  readonly configMediaType: string;
  /** Bytes, with everything it refers to. */
  readonly totalSize: number;
  readonly accessory: Accessory | undefined;
  /** Blobs that must be in the repository. */
  readonly blobs: readonly Digest[];
  /** Manifests that an index lists, here or not. */
  readonly children: readonly ChildReference[];
  readonly tags: readonly string[];
  /** Those of the tags that may come to be, but not move. */
  readonly immutableTags: ReadonlySet<string>;
  readonly actor: Actor;
  /** Told to subscribers if the artifact is stored. */
  readonly event: DomainEvent & { readonly repository: string };
  /** Tells subscribers nothing: what is taken over was pushed long ago. */
  readonly isQuiet?: boolean;
}

/** Sizes in bytes: of the manifest, and of it with everything it refers to. */
export interface ArtifactSize {
  readonly size: number;
  readonly totalSize: number;
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
  listSizes(
    repositoryId: number,
    digests: readonly Digest[],
    tx?: DatabaseTransaction,
  ): Promise<Map<string, ArtifactSize>>;
  /**
   * Stores the artifact with its references, moves the tags to it and records the event, in one
   * statement unless tags are immutable. Rejects with a foreign key violation when a blob is not
   * (any more) in the repository. Resolves false, and changes nothing, when the digest is there
   * already with another media type.
   *
   * @param tx the transaction to do it in; one of its own without
   * @throws AppError precondition when an immutable tag exists already
   */
  put(artifact: NewArtifact, tx?: DatabaseTransaction): Promise<boolean>;
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

  async listSizes(
    repositoryId: number,
    digests: readonly Digest[],
    tx?: DatabaseTransaction,
  ): Promise<Map<string, ArtifactSize>> {
    if (digests.length === 0) return new Map();
    const rows = await (tx ?? this.#db)
      .selectFrom('artifact')
      .select(['digest', 'size', 'total_size'])
      .where('repository_id', '=', repositoryId)
      .where((eb) => eb('digest', '=', eb.fn.any(eb.val([...digests]))))
      .execute();
    return new Map(
      rows.map((row) => [row.digest, { size: row.size, totalSize: row.total_size ?? row.size }]),
    );
  }

  async put(artifact: NewArtifact, tx?: DatabaseTransaction): Promise<boolean> {
    if (tx !== undefined) return this.#putGuarded(tx, artifact);
    if (artifact.immutableTags.size === 0) return retryLinking(() => store(this.#db, artifact));
    return retryLinking(() => transact(this.#db, (own) => this.#putGuarded(own, artifact)));
  }

  /** Immutable tags are inserted, never moved, so that of two pushes at once only one makes them. */
  async #putGuarded(tx: DatabaseTransaction, artifact: NewArtifact): Promise<boolean> {
    const fixed = unique([...artifact.immutableTags]);
    const stored = await store(tx, {
      ...artifact,
      tags: artifact.tags.filter((tag) => !artifact.immutableTags.has(tag)),
    });
    if (!stored || fixed.length === 0) return stored;
    const { rows } = await sql`
      INSERT INTO tag (repository_id, name, artifact_id)
      SELECT artifact.repository_id, name, artifact.id
      FROM artifact, unnest(${fixed}::text[]) AS name
      WHERE artifact.repository_id = ${artifact.repositoryId} AND digest = ${artifact.digest}
      ON CONFLICT DO NOTHING RETURNING name`.execute(tx);
    if (rows.length < fixed.length) throw immutableTag(artifact.event.repository, fixed);
    return true;
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

/** Stores an artifact; false when its digest is known with another media type. */
async function store(db: Database | DatabaseTransaction, artifact: NewArtifact): Promise<boolean> {
  const { repositoryId, projectId, digest, content, accessory, event } = artifact;
  const listed = artifact.children.map((child) => child.digest);
  const { rows } = await sql`
    WITH ${lockAhead(repositoryId, artifact.tags, [digest, ...listed])},
    used AS (
      SELECT ${projectId}::bigint AS project_id, ${digest}::text AS digest,
             ${content.length}::bigint AS size
      FROM (SELECT count(*) FROM ahead) AS locked
    ),
    ${countUsed},
    stored AS (
      INSERT INTO artifact (repository_id, project_id, digest, media_type, artifact_type,
                            subject_digest, annotations, size, content, type, config_media_type,
                            total_size, accessory_of, accessory_type, is_listed)
      SELECT ${repositoryId}::bigint, ${projectId}::bigint, ${digest}, ${artifact.mediaType},
             ${artifact.artifactType ?? null}, ${artifact.subject ?? null},
             ${JSON.stringify(artifact.annotations)}::jsonb, ${content.length}::integer,
             ${content}::bytea, ${artifact.type}, ${artifact.configMediaType},
             ${artifact.totalSize}::bigint, ${accessory?.of ?? null}, ${accessory?.type ?? null},
             ${accessory === undefined} AND NOT EXISTS (SELECT FROM artifact_reference edge
               WHERE edge.repository_id = ${repositoryId} AND edge.child_digest = ${digest})
      FROM (SELECT count(*) FROM counted) AS used_before
      ON CONFLICT (repository_id, digest)
      DO UPDATE SET content = excluded.content, type = excluded.type,
        config_media_type = excluded.config_media_type, total_size = excluded.total_size,
        accessory_of = coalesce(artifact.accessory_of, excluded.accessory_of),
        accessory_type = coalesce(artifact.accessory_type, excluded.accessory_type),
        is_listed = artifact.is_listed AND ${accessory === undefined}
      WHERE artifact.media_type = excluded.media_type
      RETURNING id
    ),
    needed AS (
      INSERT INTO artifact_blob (artifact_id, repository_id, digest)
      SELECT stored.id, ${repositoryId}, digest
      FROM stored, unnest(${unique(artifact.blobs)}::text[]) AS digest
      ON CONFLICT DO NOTHING
    ),
    ${artifact.children.length === 0 ? sql`` : listChildren(artifact)}
    tagged AS (
      INSERT INTO tag (repository_id, name, artifact_id)
      SELECT ${repositoryId}, name, stored.id
      FROM stored, unnest(${unique(artifact.tags)}::text[]) AS name
      ON CONFLICT (repository_id, name)
      DO UPDATE SET artifact_id = excluded.artifact_id, pushed_at = now()
      WHERE tag.artifact_id <> excluded.artifact_id
    ),
    told AS (
      INSERT INTO event_outbox (type, project_id, repository_name, payload)
      SELECT ${event.type}, ${projectId}, ${event.repository}, ${JSON.stringify(event)}
      FROM stored WHERE ${artifact.isQuiet !== true}
    )
    SELECT id, set_config('berth.actor', ${artifact.actor.name}, true) FROM stored`.execute(db);
  return rows.length > 0;
}

/** Part of a WITH: what an index lists, in its order. */
function listChildren({ children, repositoryId }: NewArtifact) {
  const listed = children.map((child, position) => ({ ...child, position }));
  return sql`
    listed AS (
      INSERT INTO artifact_reference (artifact_id, repository_id, child_digest, platform,
                                      annotations, urls, position)
      SELECT DISTINCT ON (child.digest) stored.id, ${repositoryId}::bigint, child.digest,
             child.platform, child.annotations, child.urls, child.position
      FROM stored, jsonb_to_recordset(${JSON.stringify(listed)}::jsonb)
        AS child(digest text, platform jsonb, annotations jsonb, urls text[], position integer)
      ORDER BY child.digest, child.position
      ON CONFLICT (artifact_id, child_digest)
      DO UPDATE SET platform = excluded.platform, annotations = excluded.annotations,
        urls = excluded.urls, position = excluded.position
    ),`;
}

/** Harbor's sentence, which clients show as it is. */
export function immutableTag(repository: string, tags: readonly string[]): AppError {
  const names = tags.map((tag) => `'${repository}:${tag}'`).join(', ');
  return new AppError(
    'precondition',
    `Failed to process request due to ${names} configured as immutable.`,
  );
}

/** Without doubles, and sorted: rows are locked in one order, so that pushes cannot deadlock. */
function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)].toSorted();
}
