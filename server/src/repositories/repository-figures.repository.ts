import { type SqlBool, sql } from 'kysely';
import type { Database } from '../db/index.ts';
import type { RepositoryFigures } from './artifact.ts';

/** How many artifacts of a repository are asked for their type. */
const LATEST = 20;

export interface RepositoryFiguresRepository {
  /** By id. */
  list(ids: readonly number[]): Promise<ReadonlyMap<number, RepositoryFigures>>;
}

export function createRepositoryFiguresRepository(db: Database): RepositoryFiguresRepository {
  return {
    async list(ids) {
      const rows = await repositoryFiguresQuery(db, ids).execute();
      return new Map(rows.map(({ id, ...figures }) => [id, figures]));
    },
  };
}

/**
 * Sizes are those that the project's quota counts. Blobs are summed up for all repositories at
 * once: one by one, each would be looked up alone.
 */
export function repositoryFiguresQuery(db: Database, ids: readonly number[]) {
  const wanted = sql`ANY(${ids}::bigint[])`;
  return db
    .selectFrom('repository')
    .leftJoin(
      (eb) =>
        eb
          .selectFrom('repository_blob as link')
          .innerJoin('project_blob as stored', (join) =>
            join
              .onRef('stored.project_id', '=', 'link.project_id')
              .onRef('stored.digest', '=', 'link.digest'),
          )
          .where(sql<SqlBool>`link.repository_id = ${wanted}`)
          .groupBy('link.repository_id')
          .select(['link.repository_id', sql<number>`sum(stored.size)`.as('bytes')])
          .as('blobs'),
      (join) => join.onRef('blobs.repository_id', '=', 'repository.id'),
    )
    .select([
      'repository.id',
      sql<number>`(coalesce(blobs.bytes, 0) + (SELECT coalesce(sum(artifact.size), 0)
        FROM artifact WHERE artifact.repository_id = repository.id))::bigint`.as('size'),
      sql<string | null>`(SELECT tag.name FROM tag
        WHERE tag.repository_id = repository.id AND tag.version <> ''
        ORDER BY tag.pushed_at DESC, tag.id DESC LIMIT 1)`.as('latestTag'),
      sql<string[]>`ARRAY(SELECT DISTINCT coalesce(latest.type, 'UNKNOWN') FROM (
          SELECT artifact.type FROM artifact
          WHERE artifact.repository_id = repository.id AND artifact.is_listed
          ORDER BY artifact.pushed_at DESC, artifact.id DESC LIMIT ${LATEST}) latest
        ORDER BY 1)`.as('types'),
    ])
    .where(sql<SqlBool>`repository.id = ${wanted}`);
}
