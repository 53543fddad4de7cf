import type { Database } from '../db/index.ts';

/** A repository as rows name it. */
export interface RepositoryRow {
  readonly id: number;
  readonly projectId: number;
}

export interface RepositoryRepository {
  findByName(name: string): Promise<RepositoryRow | undefined>;
  /** Creates the repository if it is absent. Rejects with a foreign key violation without project. */
  ensure(name: string, projectId: number): Promise<RepositoryRow>;
  /** Names of repositories that hold an artifact, after `last`, in bytewise order. */
  listNames(
    projectIds: 'all' | { readonly userId: number | undefined },
    page: { last: string; limit: number },
  ): Promise<string[]>;
}

export function createRepositoryRepository(db: Database): RepositoryRepository {
  const findByName = (name: string) =>
    db
      .selectFrom('repository')
      .select(['id', 'project_id as projectId'])
      .where('name', '=', name)
      .executeTakeFirst();

  return {
    findByName,
    async ensure(name, projectId) {
      const found = await findByName(name);
      if (found !== undefined) return found;
      const created = await db
        .insertInto('repository')
        .values({ name, project_id: projectId })
        .onConflict((conflict) => conflict.doNothing())
        .returning(['id', 'project_id as projectId'])
        .executeTakeFirst();
      return created ?? (await ensureAgain(findByName, name));
    },
    async listNames(visibility, { last, limit }) {
      let query = db
        .selectFrom('repository')
        .select('repository.name')
        .where('repository.name', '>', last)
        .where((eb) =>
          eb.exists(
            eb
              .selectFrom('artifact')
              .select('artifact.id')
              .whereRef('artifact.repository_id', '=', 'repository.id'),
          ),
        );
      if (visibility !== 'all') {
        const { userId } = visibility;
        query = query.where((eb) =>
          eb(
            'repository.project_id',
            'in',
            eb
              .selectFrom('project')
              .leftJoin('project_member', (join) =>
                join
                  .onRef('project_member.project_id', '=', 'project.id')
                  .on('project_member.user_id', '=', userId ?? 0),
              )
              .select('project.id')
              .where((inner) =>
                inner.or([
                  inner('project.is_public', '=', true),
                  inner('project_member.user_id', 'is not', null),
                ]),
              ),
          ),
        );
      }
      const rows = await query.orderBy('repository.name').limit(limit).execute();
      return rows.map((row) => row.name);
    },
  };
}

/** Somebody else created it in between. */
async function ensureAgain(
  findByName: (name: string) => Promise<RepositoryRow | undefined>,
  name: string,
): Promise<RepositoryRow> {
  const found = await findByName(name);
  if (found === undefined) throw new Error(`repository ${name} was deleted while it was created`);
  return found;
}
