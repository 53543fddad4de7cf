import type { Digest } from '@berth/oci';
import { sql } from 'kysely';
import type { Database, DatabaseTransaction } from '../db/index.ts';

export interface UntaggedArtifact {
  readonly id: number;
  readonly repository: string;
  readonly digest: Digest;
}

export interface UntaggedArtifacts {
  /** Artifacts after `last`, by id, that lists show without a tag; see `deleteUntagged`. */
  list(last: number, ageSeconds: number, limit: number): Promise<UntaggedArtifact[]>;
}

export function createUntaggedArtifacts(db: Database): UntaggedArtifacts {
  return {
    async list(last, ageSeconds, limit) {
      const { rows } = await sql<UntaggedArtifact>`
        SELECT artifact.id, repository.name AS repository, artifact.digest
        FROM artifact JOIN repository ON repository.id = artifact.repository_id
        WHERE artifact.id > ${last} AND ${forgotten(ageSeconds)}
        ORDER BY artifact.id LIMIT ${limit}`.execute(db);
      return rows;
    },
  };
}

/** Whether nobody asks for the artifact by a tag, or is about to. */
export async function isForgotten(
  tx: DatabaseTransaction,
  id: number,
  ageSeconds: number,
): Promise<boolean> {
  const { rows } = await sql`
    SELECT FROM artifact JOIN repository ON repository.id = artifact.repository_id
    WHERE artifact.id = ${id} AND ${forgotten(ageSeconds)}`.execute(tx);
  return rows.length > 0;
}

/** Children of an index are pushed before it: those without a tag are left in peace for a while. */
function forgotten(ageSeconds: number) {
  return sql`artifact.is_listed AND artifact.accessory_of IS NULL
    AND NOT EXISTS (SELECT FROM tag WHERE tag.artifact_id = artifact.id)
    AND (artifact.pushed_at < now() - make_interval(secs => ${ageSeconds})
      OR EXISTS (SELECT FROM tag_history moved
        WHERE moved.repository_name = repository.name
          AND moved.from_digest = artifact.digest AND moved.changed_at >= artifact.pushed_at))`;
}
