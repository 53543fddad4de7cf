import type { Digest } from '@berth/oci';
import { sql } from 'kysely';
import type { Database } from '../db/index.ts';

/** A manifest that needs a blob which has lost its bytes. */
export interface IncompleteManifest {
  readonly id: number;
  /** `project/path@digest` */
  readonly name: string;
  readonly blobs: readonly Digest[];
}

/** What only rows can tell. */
export interface FsckRepository {
  /** Manifests after `last`, by id. */
  listIncomplete(last: number, limit: number): Promise<IncompleteManifest[]>;
  /** References to blobs without a row, which foreign keys should make impossible. */
  countDangling(): Promise<number>;
  /** Those of the uploads that have a row. */
  filterUploads(ids: readonly string[]): Promise<ReadonlySet<string>>;
}

export function createFsckRepository(db: Database): FsckRepository {
  return {
    async listIncomplete(last, limit) {
      const { rows } = await sql<IncompleteManifest>`
        SELECT artifact.id, repository.name || '@' || artifact.digest AS name,
               array_agg(blob.digest ORDER BY blob.digest) AS blobs
        FROM blob
        JOIN repository_blob link ON link.digest = blob.digest
        JOIN artifact_blob need
          ON need.repository_id = link.repository_id AND need.digest = link.digest
        JOIN artifact ON artifact.id = need.artifact_id
        JOIN repository ON repository.id = artifact.repository_id
        WHERE blob.missing_since IS NOT NULL AND artifact.id > ${last}
        GROUP BY artifact.id, repository.name ORDER BY artifact.id LIMIT ${limit}`.execute(db);
      return rows;
    },
    async countDangling() {
      const { rows } = await sql<{ count: number }>`
        SELECT (SELECT count(*) FROM artifact_blob need
                WHERE NOT EXISTS (SELECT FROM blob WHERE blob.digest = need.digest))
             + (SELECT count(*) FROM repository_blob link
                WHERE NOT EXISTS (SELECT FROM blob WHERE blob.digest = link.digest)) AS count
        `.execute(db);
      return rows[0]?.count ?? 0;
    },
    async filterUploads(ids) {
      const { rows } = await sql<{ id: string }>`
        SELECT id FROM blob_upload WHERE id = ANY(${[...ids]}::uuid[])`.execute(db);
      return new Set(rows.map(({ id }) => id));
    },
  };
}
