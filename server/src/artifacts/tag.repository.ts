import { sql } from 'kysely';
import type { Database } from '../db/index.ts';

export interface TagRepository {
  /** Tags after `last` in bytewise order; undefined when the repository holds no artifact. */
  list(repository: string, page: { last: string; limit: number }): Promise<string[] | undefined>;
  /** Resolves false when it was not there. */
  delete(repositoryId: number, name: string): Promise<boolean>;
}

export function createTagRepository(db: Database): TagRepository {
  return {
    async list(repository, { last, limit }) {
      // One round trip, and one value: JSON is what Node parses fastest.
      const { rows } = await sql<{ names: string[] | null }>`
        SELECT (
          SELECT json_agg(page.name) FROM (
            SELECT name FROM tag
            WHERE tag.repository_id = repository.id AND tag.name > ${last}
            ORDER BY name LIMIT ${limit}
          ) page
        ) AS names
        FROM repository
        WHERE repository.name = ${repository}
          AND EXISTS (SELECT FROM artifact WHERE artifact.repository_id = repository.id)`.execute(
        db,
      );
      const [known] = rows;
      return known && (known.names ?? []);
    },
    async delete(repositoryId, name) {
      const result = await db
        .deleteFrom('tag')
        .where('repository_id', '=', repositoryId)
        .where('name', '=', name)
        .executeTakeFirst();
      return result.numDeletedRows > 0n;
    },
  };
}
