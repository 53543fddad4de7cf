import { OciError } from '@berth/oci';
import { sql } from 'kysely';
import { type DatabaseTransaction, isForeignKeyViolation, retryConflicts } from '../db/index.ts';

/**
 * Two parts of a WITH: count what `used` (project_id, digest, size) names and the project did not
 * have before, and add it to what the project uses. One row each, so that pushes do not meet;
 * digests must come sorted.
 */
export const countUsed = sql`
  counted AS (
    INSERT INTO project_blob (project_id, digest, size)
    SELECT project_id, digest, size FROM used
    ON CONFLICT DO NOTHING RETURNING project_id, size
  ),
  charged AS (
    INSERT INTO quota_delta (project_id, bytes)
    SELECT project_id, sum(size) FROM counted GROUP BY project_id
  )`;

/** No longer counts those of the digests that nothing in the project refers to any more. */
export async function releaseUnused(
  tx: DatabaseTransaction,
  projectId: number,
  digests: readonly string[],
): Promise<void> {
  if (digests.length === 0) return;
  // Locked by a statement before: of two who remove the last links, one must see that they are.
  await sql`
    SELECT FROM project_blob
    WHERE project_id = ${projectId} AND digest = ANY(${[...digests]}::text[])
    ORDER BY digest FOR UPDATE`.execute(tx);
  await sql`
    WITH released AS (
      DELETE FROM project_blob AS known
      WHERE project_id = ${projectId} AND digest = ANY(${[...digests]}::text[])
        AND NOT EXISTS (SELECT FROM repository_blob link
          WHERE link.digest = known.digest AND link.project_id = known.project_id)
        AND NOT EXISTS (SELECT FROM artifact
          WHERE artifact.digest = known.digest AND artifact.project_id = known.project_id)
      RETURNING size
    )
    INSERT INTO quota_delta (project_id, bytes)
    SELECT ${projectId}, -sum(size) FROM released HAVING count(*) > 0`.execute(tx);
}

const MAX_ATTEMPTS = 4;

/**
 * Runs a statement or transaction that links content, again when it met one that removed the last
 * link to the same: then a foreign key refuses it, and the next attempt sees what is really there.
 */
export async function retryLinking<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await retryConflicts(work);
    } catch (error) {
      if (attempt === MAX_ATTEMPTS || !isForeignKeyViolation(error)) throw error;
    }
  }
}

export function repositoryGone(): OciError {
  return new OciError('NAME_UNKNOWN', 'the repository was deleted meanwhile');
}
