import type { Digest } from '@berth/oci';
import { sql } from 'kysely';
import type { DatabaseTransaction } from '../db/index.ts';
import { idsOf, type LockedArtifact } from './locked-artifacts.repository.ts';
import { releaseUnused } from './project-blob.repository.ts';
import type { Removal } from './removal.ts';

/** Moves artifacts to the trash, and unlinks the blobs that only they needed. */
export async function trashArtifacts(
  tx: DatabaseTransaction,
  removal: Removal,
  artifacts: readonly LockedArtifact[],
): Promise<void> {
  const { repositoryId, projectId, actor } = removal;
  const ids = idsOf(artifacts);
  const blobs = await tx
    .selectFrom('artifact_blob')
    .select('digest')
    .distinct()
    .where((eb) => eb('artifact_id', '=', eb.fn.any(eb.val(ids))))
    .execute();
  const digests = blobs.map(({ digest }) => digest);
  await lockLinks(tx, repositoryId, digests);
  await sql`SELECT set_config('berth.actor', ${actor.name}, true)`.execute(tx);
  await trash(tx, removal, ids);
  // Tags by themselves: their history tells which digest they were at.
  await sql`DELETE FROM tag WHERE artifact_id = ANY(${ids}::bigint[])`.execute(tx);
  await sql`DELETE FROM artifact WHERE id = ANY(${ids}::bigint[])`.execute(tx);
  await unlinkUnneeded(tx, repositoryId, digests);
  const manifests = artifacts.map(({ digest }) => digest);
  await releaseUnused(tx, projectId, [...digests, ...manifests]);
}

async function trash(
  tx: DatabaseTransaction,
  { repository, repositoryId, actor }: Removal,
  ids: readonly number[],
): Promise<void> {
  await sql`
    WITH trashed AS (
      INSERT INTO deleted_artifact (project_id, repository_name, digest, media_type, type, content,
                                    total_size, accessory_of, tags, pushed_at, deleted_by)
      SELECT project_id, ${repository}, digest, media_type, type, content, total_size, accessory_of,
             ARRAY(SELECT name FROM tag WHERE tag.artifact_id = artifact.id ORDER BY name),
             pushed_at, ${actor.name}
      FROM artifact WHERE id = ANY(${[...ids]}::bigint[]) ORDER BY digest
      ON CONFLICT (repository_name, digest)
      DO UPDATE SET project_id = excluded.project_id, media_type = excluded.media_type,
        type = excluded.type, total_size = excluded.total_size, tags = excluded.tags,
        accessory_of = excluded.accessory_of, content = excluded.content,
        pushed_at = excluded.pushed_at, deleted_by = excluded.deleted_by, deleted_at = now()
      RETURNING id, digest
    )
    INSERT INTO deleted_artifact_blob (deleted_artifact_id, digest)
    SELECT trashed.id, needed.digest
    FROM trashed
    JOIN artifact ON artifact.repository_id = ${repositoryId} AND artifact.digest = trashed.digest
    JOIN artifact_blob needed ON needed.artifact_id = artifact.id
    ON CONFLICT DO NOTHING`.execute(tx);
}

/** So that of two deletions at once, the second sees what the first left. */
async function lockLinks(
  tx: DatabaseTransaction,
  repositoryId: number,
  digests: readonly Digest[],
): Promise<void> {
  await sql`
    SELECT FROM repository_blob
    WHERE repository_id = ${repositoryId} AND digest = ANY(${[...digests]}::text[])
    ORDER BY digest FOR UPDATE`.execute(tx);
}

/** Hides the blobs, locked already, that no manifest of the repository needs any more. */
async function unlinkUnneeded(
  tx: DatabaseTransaction,
  repositoryId: number,
  digests: readonly Digest[],
): Promise<void> {
  await sql`
    DELETE FROM repository_blob AS link
    WHERE repository_id = ${repositoryId} AND digest = ANY(${[...digests]}::text[])
      AND NOT EXISTS (SELECT FROM artifact_blob needed
        WHERE needed.repository_id = link.repository_id
          AND needed.digest = link.digest)`.execute(tx);
}
