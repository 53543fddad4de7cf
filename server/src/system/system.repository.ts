import { sql } from 'kysely';
import { type Database, wherePredicates } from '../db/index.ts';
import { selectVisibleProjectIds, type Visibility } from '../projects/index.ts';

export interface Counts {
  readonly public: number;
  readonly private: number;
}

export interface FoundRepository {
  /** With its project, `project/path`. */
  readonly name: string;
  readonly projectId: number;
  readonly projectName: string;
  readonly isPublic: boolean;
  /** Without accessories, and without untagged members of an index. */
  readonly artifactCount: number;
}

export interface SystemRepository {
  countProjects(visibility: Visibility): Promise<Counts>;
  /** Repositories with artifacts; others are left-overs of pushes. */
  countRepositories(visibility: Visibility): Promise<Counts>;
  /** Bytes of all blobs, each counted once. Reads every row. */
  sumStorage(): Promise<number>;
  /** Whose names contain `text` in any case, by name. */
  findRepositories(
    visibility: Visibility,
    text: string,
    limit: number,
  ): Promise<readonly FoundRepository[]>;
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

  async findRepositories(
    visibility: Visibility,
    text: string,
    limit: number,
  ): Promise<readonly FoundRepository[]> {
    const matching = wherePredicates(this.#selectFilled(visibility), [
      { column: 'repository.name', type: 'text', op: 'contains', value: text },
    ]);
    return matching
      .select([
        'repository.name',
        'project.id as projectId',
        'project.name as projectName',
        'project.is_public as isPublic',
        sql<number>`(SELECT count(*) FROM artifact a
          WHERE a.repository_id = repository.id AND a.subject_digest IS NULL
            AND (EXISTS (SELECT FROM tag t WHERE t.artifact_id = a.id)
              OR NOT EXISTS (SELECT FROM artifact_reference r
                WHERE r.repository_id = a.repository_id AND r.child_digest = a.digest)))`.as(
          'artifactCount',
        ),
      ])
      .orderBy('repository.name')
      .limit(limit)
      .execute();
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
