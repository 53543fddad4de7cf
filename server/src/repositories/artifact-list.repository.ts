import { type SqlBool, sql } from 'kysely';
import { type Database, orderBySorts, type Sort } from '../db/index.ts';
import type { ArtifactRecord } from './artifact.ts';
import { placeIn, whereAfter, whereFilter } from './artifact-filter.repository.ts';
import type { ArtifactFilter, ArtifactQuery } from './artifact-query.ts';
import { selectArtifacts, toArtifact } from './artifact-row.repository.ts';
import type { Bookmark, ListWindow } from './list-window.ts';

export interface ArtifactPage {
  readonly artifacts: readonly ArtifactRecord[];
  /** Of the last artifact, the values of the sorted columns; undefined if none can be seeked. */
  readonly lastPlace: readonly string[] | undefined;
}

/** Lists of one repository's artifacts, by its indexes. */
export interface ArtifactListRepository {
  count(repositoryId: number, filter: ArtifactFilter): Promise<number>;
  /** How many artifacts the standard lists of these repositories have. */
  countListed(repositoryIds: readonly number[]): Promise<Map<number, number>>;
  list(repositoryId: number, query: ArtifactQuery, window: ListWindow): Promise<ArtifactPage>;
  /** Marks every so many rows of the whole list, in an order that can be seeked. */
  survey(repositoryId: number, query: ArtifactQuery, every: number): Promise<Bookmark[]>;
}

export function createArtifactListRepository(db: Database): ArtifactListRepository {
  return {
    async count(repositoryId, filter) {
      const { total } = await countQuery(db, repositoryId, filter).executeTakeFirstOrThrow();
      return total;
    },
    async countListed(repositoryIds) {
      if (repositoryIds.length === 0) return new Map();
      const rows = await db
        .selectFrom('artifact')
        .select((eb) => ['repository_id as id', eb.fn.countAll<number>().as('total')])
        .where(sql<SqlBool>`repository_id = ANY(${repositoryIds}::bigint[])`)
        .where(sql<SqlBool>`is_listed`)
        .groupBy('repository_id')
        .execute();
      return new Map(rows.map(({ id, total }) => [id, total]));
    },
    async list(repositoryId, query, window) {
      const rows = await pageQuery(db, repositoryId, query, window).execute();
      return {
        artifacts: rows.map(toArtifact),
        lastPlace: rows.at(-1)?.place ?? undefined,
      };
    },
    async survey(repositoryId, query, every) {
      const rows = await surveyQuery(db, repositoryId, query, every).execute();
      return rows.flatMap(({ offset, place }) => (place === null ? [] : { offset, values: place }));
    },
  };
}

export function countQuery(db: Database, repositoryId: number, filter: ArtifactFilter) {
  const counted = db
    .selectFrom('artifact')
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .where('artifact.repository_id', '=', repositoryId);
  return whereFilter(counted, filter);
}

/** Rows of a page. The ids alone come first, from an index, however many are skipped. */
export function pageQuery(
  db: Database,
  repositoryId: number,
  { filter, sorts }: ArtifactQuery,
  window: ListWindow,
) {
  const matching = whereFilter(
    db
      .selectFrom('artifact')
      .select('artifact.id')
      .where('artifact.repository_id', '=', repositoryId),
    filter,
  );
  const rest = window.from === 'bookmark' ? whereAfter(matching, sorts, window.values) : matching;
  const order = window.from === 'end' ? reversed(sorts) : sorts;
  const page = orderBySorts(rest, order).offset(window.skip).limit(window.take).as('page');
  const rows = selectArtifacts(db)
    .innerJoin(page, 'page.id', 'artifact.id')
    .select(placeIn(sorts).as('place'));
  return orderBySorts(rows, sorts);
}

/** Reads an index from end to end; places are written out only of the rows that are marked. */
export function surveyQuery(
  db: Database,
  repositoryId: number,
  { filter, sorts }: ArtifactQuery,
  every: number,
) {
  const order = sql.join(
    sorts.map(({ column, descending }) =>
      descending ? sql`${sql.ref(column)} DESC` : sql`${sql.ref(column)} ASC`,
    ),
  );
  const ranked = whereFilter(
    db
      .selectFrom('artifact')
      .select(
        sorts.map(({ column }) => sql`${sql.ref(column)}`.as(column.replace('artifact.', ''))),
      )
      .select(sql<number>`row_number() OVER (ORDER BY ${order})`.as('rank'))
      .where('artifact.repository_id', '=', repositoryId),
    filter,
  );
  // Under the table's name, which the columns of sorts have.
  return db
    .selectFrom(ranked.as('artifact'))
    .select([sql<number>`artifact.rank`.as('offset'), placeIn(sorts).as('place')])
    .where(sql<SqlBool>`artifact.rank % ${every}::bigint = 0`)
    .orderBy('offset');
}

function reversed(sorts: readonly Sort[]): Sort[] {
  return sorts.map((sort) => ({ ...sort, descending: !sort.descending }));
}
