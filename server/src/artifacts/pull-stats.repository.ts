import { sql } from 'kysely';
import type { Database } from '../db/index.ts';

/** When an artifact was pulled last; the repository by its whole name. */
export interface ArtifactPull {
  readonly repository: string;
  readonly digest: string;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
}

/** The same by a tag, which meant `digest` then. */
export interface TagPull extends ArtifactPull {
  readonly tag: string;
}

export interface RepositoryPulls {
  readonly repository: string;
  readonly pulls: number;
}

/** Each method is one statement. What is there no more is left out; no time moves backwards. */
export interface PullStatsRepository {
  /** Also for the indexes that the artifacts are in. */
  putArtifactPulls(pulls: readonly ArtifactPull[]): Promise<void>;
  /** Of the tags that still mean what was pulled. */
  putTagPulls(pulls: readonly TagPull[]): Promise<void>;
  addRepositoryPulls(pulls: readonly RepositoryPulls[]): Promise<void>;
}

// Rows are locked by id before they change: two replicas that flush at once wait, and never for
// each other.
export function createPullStatsRepository(db: Database): PullStatsRepository {
  return {
    async putArtifactPulls(pulls) {
      await sql`
        WITH pull AS (
          SELECT repository.id AS repository_id, given.digest, to_timestamp(given.at / 1000) AS at
          FROM unnest(${pulls.map((pull) => pull.repository)}::text[],
                      ${pulls.map((pull) => pull.digest)}::text[],
                      ${pulls.map((pull) => pull.at)}::float8[]) AS given (name, digest, at)
          JOIN repository ON repository.name = given.name
        ), pulled AS (
          SELECT id, max(at) AS at FROM (
            SELECT artifact.id, pull.at FROM pull
            JOIN artifact USING (repository_id, digest)
            UNION ALL
            SELECT edge.artifact_id, pull.at FROM pull
            JOIN artifact_reference edge
              ON edge.repository_id = pull.repository_id AND edge.child_digest = pull.digest
          ) either GROUP BY id
        ), locked AS (
          SELECT artifact.id, pulled.at FROM artifact JOIN pulled USING (id)
          WHERE artifact.pulled_at IS NULL OR artifact.pulled_at < pulled.at
          ORDER BY artifact.id FOR NO KEY UPDATE OF artifact
        )
        UPDATE artifact SET pulled_at = greatest(artifact.pulled_at, locked.at)
        FROM locked WHERE artifact.id = locked.id`.execute(db);
    },
    async putTagPulls(pulls) {
      await sql`
        WITH locked AS (
          SELECT tag.id, to_timestamp(given.at / 1000) AS at
          FROM unnest(${pulls.map((pull) => pull.repository)}::text[],
                      ${pulls.map((pull) => pull.tag)}::text[],
                      ${pulls.map((pull) => pull.digest)}::text[],
                      ${pulls.map((pull) => pull.at)}::float8[]) AS given (name, tag, digest, at)
          JOIN repository ON repository.name = given.name
          JOIN tag ON tag.repository_id = repository.id AND tag.name = given.tag
          JOIN artifact ON artifact.id = tag.artifact_id AND artifact.digest = given.digest
          ORDER BY tag.id FOR NO KEY UPDATE OF tag
        )
        UPDATE tag SET pulled_at = greatest(tag.pulled_at, locked.at)
        FROM locked WHERE tag.id = locked.id`.execute(db);
    },
    async addRepositoryPulls(pulls) {
      await sql`
        WITH locked AS (
          SELECT repository.id, given.pulls
          FROM unnest(${pulls.map((pull) => pull.repository)}::text[],
                      ${pulls.map((pull) => pull.pulls)}::bigint[]) AS given (name, pulls)
          JOIN repository ON repository.name = given.name
          ORDER BY repository.id FOR NO KEY UPDATE OF repository
        )
        UPDATE repository SET pull_count = repository.pull_count + locked.pulls
        FROM locked WHERE repository.id = locked.id`.execute(db);
    },
  };
}
