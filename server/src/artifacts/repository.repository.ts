import type { ExpressionBuilder } from 'kysely';
import type { Database, Schema } from '../db/index.ts';
import { selectVisibleProjectIds, type Visibility } from '../projects/index.ts';

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
  listNames(visibility: Visibility, page: { last: string; limit: number }): Promise<string[]>;
}

export function createRepositoryRepository(db: Database): RepositoryRepository {
  return new SqlRepositoryRepository(db);
}

class SqlRepositoryRepository implements RepositoryRepository {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  findByName(name: string): Promise<RepositoryRow | undefined> {
    return this.#db
      .selectFrom('repository')
      .select(['id', 'project_id as projectId'])
      .where('name', '=', name)
      .executeTakeFirst();
  }

  async ensure(name: string, projectId: number): Promise<RepositoryRow> {
    for (;;) {
      const found = await this.findByName(name);
      if (found !== undefined) return found;
      const created = await this.#db
        .insertInto('repository')
        .values({ name, project_id: projectId })
        .onConflict((conflict) => conflict.doNothing())
        .returning(['id', 'project_id as projectId'])
        .executeTakeFirst();
      // Nothing was created if somebody else did it in between.
      if (created !== undefined) return created;
    }
  }

  async listNames(
    visibility: Visibility,
    { last, limit }: { last: string; limit: number },
  ): Promise<string[]> {
    let query = this.#db
      .selectFrom('repository')
      .select('repository.name')
      .where('repository.name', '>', last)
      .where(holdsArtifact);
    if (visibility !== 'all') {
      query = query.where(
        'repository.project_id',
        'in',
        selectVisibleProjectIds(this.#db, visibility),
      );
    }
    const rows = await query.orderBy('repository.name').limit(limit).execute();
    return rows.map((row) => row.name);
  }
}

/** Condition on `repository`: one without artifacts is as good as absent to clients. */
function holdsArtifact(eb: ExpressionBuilder<Schema, 'repository'>) {
  return eb.exists(
    eb
      .selectFrom('artifact')
      .select('artifact.id')
      .whereRef('artifact.repository_id', '=', 'repository.id'),
  );
}
