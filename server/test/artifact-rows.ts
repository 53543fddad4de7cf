import { type Digest, digestOf } from '@berth/oci';
import type { Database } from '../src/db/index.ts';

export interface ArtifactRow {
  readonly repositoryId: number;
  readonly projectId: number;
  /** The manifest, or any text that stands for one. */
  readonly content: string;
  readonly mediaType?: string;
  readonly subject?: Digest;
  readonly tags?: readonly string[];
}

/** An artifact as a push would leave its row, without blobs. @returns its id and digest */
export async function insertArtifactRow(
  db: Database,
  row: ArtifactRow,
): Promise<{ id: number; digest: Digest }> {
  const content = Buffer.from(row.content);
  const digest = digestOf(content);
  await db
    .insertInto('project_blob')
    .values({ project_id: row.projectId, digest, size: content.length })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const { id } = await db
    .insertInto('artifact')
    .values({
      repository_id: row.repositoryId,
      project_id: row.projectId,
      digest,
      content,
      media_type: row.mediaType ?? 'application/vnd.oci.image.manifest.v1+json',
      size: content.length,
      type: 'IMAGE',
      total_size: content.length,
      subject_digest: row.subject ?? null,
      accessory_of: row.subject ?? null,
      accessory_type: row.subject === undefined ? null : 'subject.accessory',
      is_listed: row.subject === undefined,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  for (const name of row.tags ?? []) {
    await db
      .insertInto('tag')
      .values({ repository_id: row.repositoryId, artifact_id: id, name })
      .execute();
  }
  return { id, digest };
}
