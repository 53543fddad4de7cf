import { sql } from 'kysely';
import {
  type Database,
  orderBySorts,
  type Predicate,
  type Sort,
  wherePredicates,
} from '../db/index.ts';
import type { Page } from './artifact.ts';
import { SIGNATURES } from './artifact-detail.repository.ts';
import { hasLabel } from './artifact-filter.repository.ts';
import type { RepositoryTagPage, RepositoryTagRecord } from './repository-tag.ts';

export interface RepositoryTagFilter {
  /** On columns of `tag`, and of its `artifact`. */
  readonly predicates: readonly Predicate[];
  /** All of them are on the artifact. */
  readonly labelIds: readonly number[];
  /** Whether tags that only tools look for are listed too. */
  readonly toolTags: boolean;
  /** The last one is of a unique column. */
  readonly sorts: readonly Sort[];
}

export interface RepositoryTagRepository {
  list(
    repository: { readonly id: number; readonly name: string },
    filter: RepositoryTagFilter,
    options: Page & { readonly pushers: boolean },
  ): Promise<RepositoryTagPage<RepositoryTagRecord>>;
}

/** How many platforms of an index are named. */
const MAX_PLATFORMS = 20;
/** Characters of what a config or an index calls a platform. */
const MAX_NAME = 64;

export function createRepositoryTagRepository(db: Database): RepositoryTagRepository {
  return {
    async list({ id, name }, filter, { pushers, offset, limit }) {
      const { all, people } = await whereMatching(selectTags(db, id), filter)
        .select([
          sql<number>`count(*)`.as('all'),
          sql<number>`count(*) FILTER (WHERE ${forPeople})`.as('people'),
        ])
        .executeTakeFirstOrThrow();
      const total = filter.toolTags ? all : people;
      const hidden = all - total;
      if (total <= offset) return { items: [], total, hidden };
      const items = await repositoryTagPageQuery(db, { id, name }, filter, {
        offset,
        limit,
        pushers,
      }).execute();
      return { items, total, hidden };
    },
  };
}

/** Rows of a page; what is told of each is looked up for these alone. */
export function repositoryTagPageQuery(
  db: Database,
  { id, name }: { readonly id: number; readonly name: string },
  filter: RepositoryTagFilter,
  { pushers, offset, limit }: Page & { readonly pushers: boolean },
) {
  const matching = whereMatching(selectTags(db, id), filter);
  const listed = filter.toolTags ? matching : matching.where(forPeople);
  const page = orderBySorts(listed, filter.sorts).select('tag.id').offset(offset).limit(limit);
  const rows = selectRows(selectTags(db, id).where('tag.id', 'in', page)).select(
    pushers ? pusherIn(name).as('pushedBy') : sql<null>`NULL`.as('pushedBy'),
  );
  return orderBySorts(rows, filter.sorts);
}

const forPeople = sql<boolean>`tag.version <> ''`;

/**
 * The tags of a repository with their artifacts. The join costs nothing where nothing of the
 * artifact is asked for: an outer one to a single row is left out of the plan.
 */
function selectTags(db: Database, repositoryId: number) {
  return db
    .selectFrom((eb) =>
      eb
        .selectFrom('tag as stored')
        .select([
          'stored.id',
          'stored.repository_id',
          'stored.artifact_id',
          'stored.name',
          'stored.version',
          'stored.pushed_at',
          // Never is before every time, as it is shown.
          sql<Date>`coalesce(stored.pulled_at, '-infinity')`.as('pulled_at'),
        ])
        .where('stored.repository_id', '=', repositoryId)
        .as('tag'),
    )
    .leftJoin('artifact', (join) =>
      join
        .onRef('artifact.id', '=', 'tag.artifact_id')
        .onRef('artifact.repository_id', '=', 'tag.repository_id'),
    );
}

type Tags = ReturnType<typeof selectTags>;

function whereMatching(tags: Tags, { predicates, labelIds }: RepositoryTagFilter): Tags {
  return labelIds.reduce(
    (narrowed, id) => narrowed.where(hasLabel(id)),
    wherePredicates(tags, predicates),
  );
}

function selectRows(tags: Tags) {
  return tags.select([
    'tag.id',
    'tag.repository_id as repositoryId',
    'tag.artifact_id as artifactId',
    'tag.name',
    'tag.pushed_at as pushedAt',
    sql<Date | null>`nullif(tag.pulled_at, '-infinity')`.as('pulledAt'),
    // Of every tag there is an artifact.
    (eb) => eb.ref('artifact.digest').$notNull().as('digest'),
    'artifact.type',
    (eb) => eb.ref('artifact.media_type').$notNull().as('mediaType'),
    'artifact.config_media_type as configMediaType',
    'artifact.artifact_type as artifactType',
    sql<number>`coalesce(artifact.total_size, artifact.size)`.as('size'),
    sql<boolean>`artifact.extra_attrs IS NOT NULL`.as('isRead'),
    sql<string | null>`left(artifact.extra_attrs->>'os', ${MAX_NAME})`.as('os'),
    sql<string | null>`left(artifact.extra_attrs->>'architecture', ${MAX_NAME})`.as('architecture'),
    sql<
      string[]
    >`coalesce((SELECT (array_agg(part.platform ORDER BY part.place))[1:${MAX_PLATFORMS}]
      FROM (${platforms}) part), '{}')`.as('platforms'),
    sql<number>`(SELECT count(*) FROM (${platforms}) part)`.as('platformCount'),
    sql<number>`(SELECT count(*) FROM artifact accessory WHERE ${isAccessory})`.as(
      'accessoryCount',
    ),
    sql<boolean>`EXISTS (SELECT FROM artifact accessory WHERE ${isAccessory}
      AND accessory.accessory_type = ANY(${SIGNATURES}::text[]))`.as('isSigned'),
  ]);
}

const isAccessory = sql`accessory.repository_id = artifact.repository_id
  AND accessory.accessory_of = artifact.digest`;

/** Each once, in the order of the index. Builders call the platform of attestations unknown. */
const platforms = sql`SELECT concat_ws('/', left(edge.platform->>'os', ${MAX_NAME}),
      left(edge.platform->>'architecture', ${MAX_NAME}),
      nullif(left(edge.platform->>'variant', ${MAX_NAME}), '')) AS platform,
    min(edge.position) AS place
  FROM artifact_reference edge
  WHERE edge.artifact_id = artifact.id AND edge.platform->>'os' NOT IN ('', 'unknown')
  GROUP BY 1`;

/** Who moved the tag to where it is. */
function pusherIn(repository: string) {
  return sql<string | null>`(SELECT change.actor FROM tag_history change
    WHERE change.repository_name = ${repository} AND change.tag_name = tag.name
    ORDER BY change.id DESC LIMIT 1)`;
}
