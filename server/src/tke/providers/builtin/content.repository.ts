import { type Database, transact } from '../../../db/index.ts';
import type { ProviderRepository } from '../provider.ts';

/** What our own projects hold, read past everybody's rights. Repositories by their whole names. */
export interface ContentRepository {
  /** Whole names of the repositories of a project that hold something. */
  listHeld(projectId: number): Promise<string[]>;
  /** Undefined when it holds nothing or is not there. */
  describe(projectId: number, repository: string): Promise<ProviderRepository | undefined>;
  /** The administrator that has been there for longest: who owns what we make. */
  findOwner(): Promise<{ readonly id: number; readonly username: string } | undefined>;
}

export function createContentRepository(db: Database): ContentRepository {
  return {
    async listHeld(projectId) {
      const rows = await db
        .selectFrom('repository')
        .select('name')
        .where('project_id', '=', projectId)
        .where(({ exists, selectFrom }) =>
          exists(
            selectFrom('artifact')
              .select('artifact.id')
              .whereRef('artifact.repository_id', '=', 'repository.id'),
          ),
        )
        .orderBy('name')
        .execute();
      return rows.map(({ name }) => name);
    },

    describe: (projectId, repository) =>
      transact(db, async (tx) => {
        const row = await tx
          .selectFrom('repository')
          .select(['id', 'pull_count as pullCount'])
          .where('name', '=', repository)
          .where('project_id', '=', projectId)
          .executeTakeFirst();
        if (row === undefined) return undefined;
        const tags = await tx
          .selectFrom('tag')
          .innerJoin('artifact', 'artifact.id', 'tag.artifact_id')
          .select(['tag.name', 'artifact.digest', 'tag.pushed_at as createdAt'])
          .where('tag.repository_id', '=', row.id)
          .orderBy('tag.name')
          .execute();
        if (tags.length > 0) return { tags, pullCount: row.pullCount };
        const artifact = await tx
          .selectFrom('artifact')
          .select('id')
          .where('repository_id', '=', row.id)
          .limit(1)
          .executeTakeFirst();
        return artifact && { tags, pullCount: row.pullCount };
      }),

    findOwner: () =>
      db
        .selectFrom('app_user')
        .select(['id', 'username'])
        .where('is_admin', '=', true)
        .where('deleted_at', 'is', null)
        .orderBy('id')
        .limit(1)
        .executeTakeFirst(),
  };
}
