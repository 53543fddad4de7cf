import type { Database } from '../db/index.ts';
import { holdsArtifact } from './repository.repository.ts';

export interface TagRepository {
  /** Tags after `last` in bytewise order; undefined when the repository holds no artifact. */
  list(repository: string, page: { last: string; limit: number }): Promise<string[] | undefined>;
  /** Resolves false when it was not there. */
  delete(repositoryId: number, name: string): Promise<boolean>;
}

export function createTagRepository(db: Database): TagRepository {
  return {
    async list(repository, { last, limit }) {
      const known = await db
        .selectFrom('repository')
        .select('repository.id')
        .where('name', '=', repository)
        .where(holdsArtifact)
        .executeTakeFirst();
      if (known === undefined) return undefined;
      const rows = await db
        .selectFrom('tag')
        .select('name')
        .where('repository_id', '=', known.id)
        .where('name', '>', last)
        .orderBy('name')
        .limit(limit)
        .execute();
      return rows.map((row) => row.name);
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
