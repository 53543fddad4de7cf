import type { Digest } from '@berth/oci';
import { sql } from 'kysely';
import { type Database, transact } from '../db/index.ts';
import type { NewArtifact } from './artifact.repository.ts';

/** An artifact of which an older version kept little more than its manifest. */
export interface UndescribedArtifact {
  readonly id: number;
  readonly repositoryId: number;
  readonly projectId: number;
  readonly digest: Digest;
  readonly mediaType: string;
  readonly content: Buffer;
  readonly tags: readonly string[];
}

/** What is to be kept of it. */
export type ArtifactDescription = Pick<
  NewArtifact,
  'type' | 'configMediaType' | 'totalSize' | 'accessory' | 'children'
> & { readonly id: number };

export interface UndescribedArtifacts {
  /**
   * The next ones after an id, up to `limit` and about 8 MiB of them. `kind` tells those that
   * list children from others.
   */
  list(page: {
    readonly kind: 'index' | 'other';
    readonly after: number;
    readonly limit: number;
  }): Promise<UndescribedArtifact[]>;
  /** Describes those that nobody has described meanwhile. */
  describe(descriptions: readonly ArtifactDescription[]): Promise<void>;
}

const MAX_BYTES = 8 * 1024 * 1024;

export function createUndescribedArtifacts(db: Database): UndescribedArtifacts {
  return {
    async list({ kind, after, limit }) {
      const { rows } = await sql<UndescribedArtifact>`
        SELECT id, repository_id AS "repositoryId", project_id AS "projectId", digest,
               media_type AS "mediaType", content,
               ARRAY(SELECT name FROM tag WHERE tag.artifact_id = artifact.id) AS tags
        FROM artifact
        WHERE id IN (
          SELECT id FROM (
            SELECT id, sum(size) OVER (ORDER BY id) - size AS bytes_before
            FROM artifact
            WHERE type IS NULL AND id > ${after} AND ${kind === 'index'} = EXISTS (
              SELECT FROM artifact_reference edge WHERE edge.artifact_id = artifact.id)
            ORDER BY id LIMIT ${limit}
          ) AS page
          WHERE bytes_before < ${MAX_BYTES})
        ORDER BY id`.execute(db);
      return rows;
    },
    describe: (descriptions) => describe(db, descriptions),
  };
}

function describe(db: Database, descriptions: readonly ArtifactDescription[]): Promise<void> {
  return transact(db, async (tx) => {
    const ids = descriptions.map(({ id }) => id);
    // Without those that a push has described: it knows better.
    const { rows } = await sql<{ id: number }>`
      SELECT id FROM artifact WHERE id = ANY(${ids}::bigint[]) AND type IS NULL
      ORDER BY id FOR NO KEY UPDATE`.execute(tx);
    const open = new Set(rows.map((row) => row.id));
    const wanted = descriptions.filter(({ id }) => open.has(id));
    await sql`
      UPDATE artifact SET type = described.type, config_media_type = described.config_media_type,
        total_size = described.total_size, accessory_of = described.accessory_of,
        accessory_type = described.accessory_type
      FROM jsonb_to_recordset(${JSON.stringify(wanted.map(toRow))}::jsonb)
        AS described(id bigint, type text, config_media_type text, total_size bigint,
                     accessory_of text, accessory_type text)
      WHERE artifact.id = described.id`.execute(tx);
    await sql`
      UPDATE artifact_reference edge SET platform = child.platform,
        annotations = child.annotations, urls = child.urls, position = child.position
      FROM jsonb_to_recordset(${JSON.stringify(wanted.flatMap(toChildRows))}::jsonb)
        AS child(artifact_id bigint, digest text, platform jsonb, annotations jsonb, urls text[],
                 position integer)
      WHERE edge.artifact_id = child.artifact_id AND edge.child_digest = child.digest`.execute(tx);
    // A tag that looks like cosign's may have hidden what is no signature.
    await sql`
      SELECT relist_artifact(id) FROM unnest(${[...open].toSorted((a, b) => a - b)}::bigint[]) AS id`.execute(
      tx,
    );
  });
}

function toRow({ id, type, configMediaType, totalSize, accessory }: ArtifactDescription) {
  return {
    id,
    type,
    config_media_type: configMediaType,
    total_size: totalSize,
    accessory_of: accessory?.of,
    accessory_type: accessory?.type,
  };
}

/** The last to be first: of a child that is listed twice, the first entry is kept. */
function toChildRows({ id, children }: ArtifactDescription) {
  const rows = new Map(
    children
      .map(({ digest, platform, annotations, urls }, position) => ({
        artifact_id: id,
        digest,
        platform,
        annotations,
        urls,
        position,
      }))
      .toReversed()
      .map((row) => [row.digest, row] as const),
  );
  return [...rows.values()];
}
