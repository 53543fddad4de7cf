import { sql } from 'kysely';
import type { Database } from '../db/index.ts';
import { selectVisibleProjectIds, type Visibility } from '../projects/index.ts';

export interface Counts {
  readonly public: number;
  readonly private: number;
}

export interface SystemRepository {
  countProjects(visibility: Visibility): Promise<Counts>;
  /** Repositories with artifacts; others are left-overs of pushes. */
  countRepositories(visibility: Visibility): Promise<Counts>;
  /** Bytes of all blobs, each counted once. Reads every row. */
  sumStorage(): Promise<number>;
}

export function createSystemRepository(db: Database): SystemRepository {
  return new SqlSystemRepository(db);
}

class SqlSystemRepository implements SystemRepository {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async countProjects(visibility: Visibility): Promise<Counts> {
    const rows = await this.#db
      .selectFrom('project')
      .select((eb) => ['is_public as isPublic', eb.fn.countAll<number>().as('count')])
      .where('project.id', 'in', selectVisibleProjectIds(this.#db, visibility))
      .groupBy('is_public')
      .execute();
    return toCounts(rows);
  }

  async countRepositories(visibility: Visibility): Promise<Counts> {
    const rows = await this.#selectFilled(visibility)
      .select((eb) => ['project.is_public as isPublic', eb.fn.countAll<number>().as('count')])
      .groupBy('project.is_public')
      .execute();
    return toCounts(rows);
  }

  async sumStorage(): Promise<number> {
    const { bytes } = await this.#db
      .selectFrom('blob')
      .select(sql<number>`coalesce(sum(size), 0)::bigint`.as('bytes'))
      .where('missing_since', 'is', null)
      .executeTakeFirstOrThrow();
    return bytes;
  }

  #selectFilled(visibility: Visibility) {
    return this.#db
      .selectFrom('repository')
      .innerJoin('project', 'project.id', 'repository.project_id')
      .where('project.id', 'in', selectVisibleProjectIds(this.#db, visibility))
      .where(({ exists, selectFrom }) =>
        exists(
          selectFrom('artifact')
            .select('artifact.id')
            .whereRef('artifact.repository_id', '=', 'repository.id'),
        ),
      );
  }
}

function toCounts(rows: readonly { isPublic: boolean; count: number }[]): Counts {
  const of = (isPublic: boolean) => rows.find((row) => row.isPublic === isPublic)?.count ?? 0;
  return { public: of(true), private: of(false) };
}
