import { type RawBuilder, type SelectQueryBuilder, type SqlBool, sql } from 'kysely';
import { type ColumnType, type Schema, type Sort, wherePredicates } from '../db/index.ts';
import { type ArtifactFilter, isSeekable, type TagCondition } from './artifact-query.ts';

/** The query, narrowed to `artifact` rows that the filter lets through. */
export function whereFilter<DB extends Schema, TB extends keyof DB, O>(
  query: SelectQueryBuilder<DB, TB, O>,
  { includesParts, predicates, tag, labelIds, extraAttrs }: ArtifactFilter,
): SelectQueryBuilder<DB, TB, O> {
  const conditions: RawBuilder<SqlBool>[] = [
    // Without a parameter: only so the partial index is known to do.
    includesParts ? sql`artifact.accessory_of IS NULL` : sql`artifact.is_listed`,
    ...labelIds.map(hasLabel),
  ];
  if (tag !== undefined) conditions.push(hasTag(tag));
  if (extraAttrs !== undefined) {
    conditions.push(
      extraAttrs.op === 'equals'
        ? sql`artifact.extra_attrs::text = ${extraAttrs.value}`
        : sql`artifact.extra_attrs::text ILIKE ${containing(extraAttrs.value)}`,
    );
  }
  return conditions.reduce(
    (narrowed, condition) => narrowed.where(condition),
    wherePredicates(query, predicates),
  );
}

/** Narrowed to rows that come after the one with these values, in the order of `sorts`. */
export function whereAfter<DB extends Schema, TB extends keyof DB, O>(
  query: SelectQueryBuilder<DB, TB, O>,
  sorts: readonly Sort[],
  values: readonly string[],
): SelectQueryBuilder<DB, TB, O> {
  const keys = sorts.map(({ column, type, descending }, index) => ({
    column: sql.ref(column),
    value: sql`${values[index] ?? null}::${cast(type)}`,
    descending,
  }));
  const [first] = keys;
  if (first === undefined) return query;
  const { descending } = first;
  if (keys.every((key) => key.descending === descending)) {
    // An index can start here.
    const left = sql.join(keys.map(({ column }) => column));
    const right = sql.join(keys.map(({ value }) => value));
    return query.where(
      descending ? sql<SqlBool>`(${left}) < (${right})` : sql<SqlBool>`(${left}) > (${right})`,
    );
  }
  const isBeyond = keys.reduceRight<RawBuilder<SqlBool>>(
    (rest, key) =>
      key.descending
        ? sql`(${key.column} < ${key.value} OR (${key.column} = ${key.value} AND ${rest}))`
        : sql`(${key.column} > ${key.value} OR (${key.column} = ${key.value} AND ${rest}))`,
    sql`false`,
  );
  const reach = descending
    ? sql<SqlBool>`${first.column} <= ${first.value}`
    : sql<SqlBool>`${first.column} >= ${first.value}`;
  return query.where(reach).where(isBeyond);
}

/** A row's place in an order that can be seeked, exactly, for `whereAfter`; else nothing. */
export function placeIn(sorts: readonly Sort[]): RawBuilder<string[] | null> {
  if (!isSeekable(sorts)) return sql`NULL::text[]`;
  return sql`ARRAY[${sql.join(sorts.map(({ column }) => sql`${sql.ref(column)}::text`))}]`;
}

// The repository's id lets the planner stay within the repository's tags.
function hasTag(condition: TagCondition): RawBuilder<SqlBool> {
  const own = sql`SELECT FROM tag
    WHERE tag.repository_id = artifact.repository_id AND tag.artifact_id = artifact.id`;
  switch (condition.kind) {
    case 'tagged':
      return sql`EXISTS (${own})`;
    case 'untagged':
      return sql`NOT EXISTS (${own})`;
    case 'named':
      return sql`EXISTS (${own} AND tag.name = ${condition.name})`;
    case 'containing':
      return sql`EXISTS (${own} AND tag.name COLLATE "default" ILIKE ${containing(condition.part)})`;
  }
}

/** That the artifact has the label. */
export function hasLabel(id: number): RawBuilder<SqlBool> {
  return sql`EXISTS (SELECT FROM artifact_label
    WHERE artifact_label.artifact_id = artifact.id AND artifact_label.label_id = ${id}::bigint)`;
}

function containing(part: string): string {
  return `%${part.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
}

function cast(type: ColumnType) {
  if (type === 'time') return sql`timestamptz`;
  return type === 'integer' ? sql`bigint` : sql`text`;
}
