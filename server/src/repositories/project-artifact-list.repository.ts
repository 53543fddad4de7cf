import { type Database, orderBySorts, type Sort } from '../db/index.ts';
import type { ArtifactRecord, Page } from './artifact.ts';
import { whereFilter } from './artifact-filter.repository.ts';
import type { ArtifactFilter, ArtifactQuery } from './artifact-query.ts';
import { selectArtifacts, toArtifact } from './artifact-row.repository.ts';

/** Lists over all repositories of a project. */
export interface ProjectArtifactListRepository {
  count(projectId: number, filter: ArtifactFilter): Promise<number>;
  list(projectId: number, query: ArtifactQuery, page: Page): Promise<ArtifactRecord[]>;
  /** The repositories in which the filter finds something. */
  countLatest(projectId: number, filter: ArtifactFilter): Promise<number>;
  /** Of each repository what was pushed last of what the filter finds. */
  listLatest(projectId: number, query: ArtifactQuery, page: Page): Promise<ArtifactRecord[]>;
}

const latestFirst: readonly Sort[] = [
  { column: 'artifact.pushed_at', type: 'time', descending: true },
  { column: 'artifact.id', type: 'integer', descending: true },
];

export function createProjectArtifactListRepository(db: Database): ProjectArtifactListRepository {
  return {
    async count(projectId, filter) {
      const counted = db
        .selectFrom('repository')
        .innerJoin('artifact', 'artifact.repository_id', 'repository.id')
        .select((eb) => eb.fn.countAll<number>().as('total'))
        .where('repository.project_id', '=', projectId);
      const { total } = await whereFilter(counted, filter).executeTakeFirstOrThrow();
      return total;
    },
    async list(projectId, query, page) {
      const rows = await projectPageQuery(db, projectId, query, page).execute();
      return rows.map(toArtifact);
    },
    async countLatest(projectId, filter) {
      const { total } = await selectEach(db, projectId, filter, latestFirst, 1)
        .select((eb) => eb.fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
      return total;
    },
    async listLatest(projectId, { filter, sorts }, page) {
      const each = selectEach(db, projectId, filter, latestFirst, 1);
      const rows = await selectPage(db, each, sorts, page).execute();
      return rows.map(toArtifact);
    },
  };
}

export function projectPageQuery(
  db: Database,
  projectId: number,
  { filter, sorts }: ArtifactQuery,
  page: Page,
) {
  const each = selectEach(db, projectId, filter, sorts, page.offset + page.limit);
  return selectPage(db, each, sorts, page);
}

/**
 * The first `limit` artifacts of each repository of the project, as `artifact`; nothing selected
 * yet. Repository by repository, since that is how the indexes are.
 */
function selectEach(
  db: Database,
  projectId: number,
  filter: ArtifactFilter,
  sorts: readonly Sort[],
  limit: number,
) {
  return db
    .selectFrom('repository')
    .innerJoinLateral(
      (eb) => {
        const own = eb
          .selectFrom('artifact')
          // What can be sorted by; PostgreSQL reads what is.
          .select([
            'artifact.id',
            'artifact.digest',
            'artifact.type',
            'artifact.config_media_type',
            'artifact.media_type',
            'artifact.artifact_type',
            'artifact.total_size',
            'artifact.pushed_at',
            'artifact.pulled_at',
            'artifact.repository_id',
            'artifact.project_id',
          ])
          .whereRef('artifact.repository_id', '=', 'repository.id');
        return orderBySorts(whereFilter(own, filter), sorts).limit(limit).as('artifact');
      },
      (join) => join.onTrue(),
    )
    .where('repository.project_id', '=', projectId);
}

function selectPage(
  db: Database,
  each: ReturnType<typeof selectEach>,
  sorts: readonly Sort[],
  { offset, limit }: Page,
) {
  const page = orderBySorts(each.select('artifact.id'), sorts)
    .offset(offset)
    .limit(limit)
    .as('page');
  return orderBySorts(selectArtifacts(db).innerJoin(page, 'page.id', 'artifact.id'), sorts);
}
