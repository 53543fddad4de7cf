import { type SqlBool, sql } from 'kysely';
import {
  type Database,
  orderBySorts,
  type Predicate,
  type Sort,
  wherePredicates,
} from '../db/index.ts';
import { selectVisibleProjectIds, type Visibility } from '../projects/index.ts';
import type { Listed, Page, RepositoryRecord } from './artifact.ts';

/** Whose repositories are listed. */
export type RepositoryScope = { readonly projectId: number } | { readonly visibility: Visibility };

export interface RepositoryQuery {
  /** On columns of `repository`. */
  readonly predicates: readonly Predicate[];
  /** The last one is of a unique column. */
  readonly sorts: readonly Sort[];
}

/** Repositories that hold something: others are left over of pushes, and nobody sees them. */
export interface RepositoryRecordRepository {
  /** By its whole name. */
  find(name: string): Promise<RepositoryRecord | undefined>;
  list(
    scope: RepositoryScope,
    query: RepositoryQuery,
    page: Page,
  ): Promise<Listed<RepositoryRecord>>;
  /** Ids and whole names of all repositories of a project. */
  listNames(projectId: number): Promise<{ readonly id: number; readonly name: string }[]>;
  /** Resolves false when there is no such repository. */
  updateDescription(name: string, description: string): Promise<boolean>;
}

export function createRepositoryRecordRepository(db: Database): RepositoryRecordRepository {
  return {
    async find(name) {
      return selectRepositories(db)
        .where('repository.name', '=', name)
        .where(holdsArtifact)
        .executeTakeFirst();
    },
    async list(scope, query, page) {
      const { total } = await whereMatching(db, repositories(db), scope, query)
        .select((eb) => eb.fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
      if (total <= page.offset) return { items: [], total };
      return { items: await repositoryPageQuery(db, scope, query, page).execute(), total };
    },
    listNames: (projectId) =>
      db
        .selectFrom('repository')
        .select(['id', 'name'])
        .where('project_id', '=', projectId)
        .where(holdsArtifact)
        .execute(),
    async updateDescription(name, description) {
      const result = await db
        .updateTable('repository')
        .set({ description, updated_at: sql<Date>`now()` })
        .where('name', '=', name)
        .where(holdsArtifact)
        .executeTakeFirst();
      return result.numUpdatedRows > 0n;
    },
  };
}

/** Rows of a page; what they were last changed by is looked up for these alone. */
export function repositoryPageQuery(
  db: Database,
  scope: RepositoryScope,
  query: RepositoryQuery,
  { offset, limit }: Page,
) {
  const page = orderBySorts(whereMatching(db, repositories(db), scope, query), query.sorts)
    .select('repository.id')
    .offset(offset)
    .limit(limit);
  const rows = selectRepositories(db).where('repository.id', 'in', page);
  return orderBySorts(rows, query.sorts);
}

const holdsArtifact = sql<SqlBool>`EXISTS (SELECT FROM artifact
  WHERE artifact.repository_id = repository.id)`;

/** `repository` with what it was last changed by, which costs only where it is used. */
function repositories(db: Database) {
  return db.selectFrom((eb) =>
    eb
      .selectFrom('repository as stored')
      .select([
        'stored.id',
        'stored.project_id',
        'stored.name',
        'stored.description',
        'stored.pull_count',
        'stored.created_at',
        sql<Date>`greatest(stored.updated_at,
          (SELECT artifact.pushed_at FROM artifact WHERE artifact.repository_id = stored.id
           ORDER BY artifact.pushed_at DESC LIMIT 1),
          (SELECT change.changed_at FROM tag_history change
           WHERE change.repository_name = stored.name
           ORDER BY change.changed_at DESC LIMIT 1))`.as('updated_at'),
      ])
      .as('repository'),
  );
}

function selectRepositories(db: Database) {
  return repositories(db).select([
    'repository.id',
    'repository.project_id as projectId',
    'repository.name',
    'repository.description',
    'repository.pull_count as pullCount',
    'repository.created_at as createdAt',
    'repository.updated_at as updatedAt',
  ]);
}

function whereMatching(
  db: Database,
  query: ReturnType<typeof repositories>,
  scope: RepositoryScope,
  { predicates }: RepositoryQuery,
) {
  const narrowed = wherePredicates(query.where(holdsArtifact), predicates);
  if ('projectId' in scope) return narrowed.where('repository.project_id', '=', scope.projectId);
  if (scope.visibility === 'all') return narrowed;
  return narrowed.where(
    'repository.project_id',
    'in',
    selectVisibleProjectIds(db, scope.visibility),
  );
}
