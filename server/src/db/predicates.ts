import { type SelectQueryBuilder, type SqlBool, sql } from 'kysely';

/** What a column holds, as far as filters and sorts care. */
export type ColumnType = 'text' | 'integer' | 'decimal' | 'time' | 'flag';

/** A value of a column: a Date for `time`, a boolean for `flag`, a number for the numeric types. */
export type Scalar = string | number | boolean | Date;

/** One test of one column. The column is ours (an allow list), the values are the caller's. */
export type Predicate = { readonly column: string; readonly type: ColumnType } & (
  | { readonly op: 'equals' | 'above' | 'below'; readonly value: Scalar }
  /** Part of the value as text, in any case. */
  | { readonly op: 'contains'; readonly value: string }
  /** Both ends are part of the range. */
  | { readonly op: 'range'; readonly min?: Scalar; readonly max?: Scalar }
  | { readonly op: 'in'; readonly values: readonly Scalar[] }
);

export interface Sort {
  readonly column: string;
  readonly type: ColumnType;
  readonly descending: boolean;
}

/** The query, narrowed to rows for which every predicate holds. Values are bound parameters. */
export function wherePredicates<DB, TB extends keyof DB, O>(
  query: SelectQueryBuilder<DB, TB, O>,
  predicates: readonly Predicate[],
): SelectQueryBuilder<DB, TB, O> {
  return predicates.reduce((narrowed, predicate) => narrowed.where(express(predicate)), query);
}

/** The query in the order of `sorts`; text is ordered bytewise, whatever the column's collation. */
export function orderBySorts<DB, TB extends keyof DB, O>(
  query: SelectQueryBuilder<DB, TB, O>,
  sorts: readonly Sort[],
): SelectQueryBuilder<DB, TB, O> {
  return sorts.reduce(
    (ordered, { column, type, descending }) =>
      ordered.orderBy(comparable(column, type), descending ? 'desc' : 'asc'),
    query,
  );
}

function express(predicate: Predicate) {
  const { column, type } = predicate;
  const left = comparable(column, type);
  switch (predicate.op) {
    case 'equals':
      return sql<SqlBool>`${sql.ref(column)} = ${bind(type, predicate.value)}`;
    case 'above':
      return sql<SqlBool>`${left} > ${bind(type, predicate.value)}`;
    case 'below':
      return sql<SqlBool>`${left} < ${bind(type, predicate.value)}`;
    case 'contains':
      return sql<SqlBool>`${readable(column, type)} ILIKE ${`%${escapeLike(predicate.value)}%`}`;
    case 'range':
      return expressRange(predicate);
    case 'in':
      return sql<SqlBool>`${sql.ref(column)} = ANY(${predicate.values.map(wire)}::${cast(type)}[])`;
  }
}

function expressRange({ column, type, min, max }: Predicate & { readonly op: 'range' }) {
  const left = comparable(column, type);
  if (min === undefined && max === undefined) return sql<SqlBool>`true`;
  if (max === undefined) return sql<SqlBool>`${left} >= ${bind(type, min)}`;
  if (min === undefined) return sql<SqlBool>`${left} <= ${bind(type, max)}`;
  return sql<SqlBool>`${left} BETWEEN ${bind(type, min)} AND ${bind(type, max)}`;
}

/** Text compares bytewise; PostgreSQL drops the clause, and uses indexes, where the column is so. */
function comparable(column: string, type: ColumnType) {
  return type === 'text' ? sql`${sql.ref(column)} COLLATE "C"` : sql.ref(column);
}

/** The column as Harbor's fuzzy match reads it: the text that PostgreSQL prints, times in UTC. */
function readable(column: string, type: ColumnType) {
  const ref = sql.ref(column);
  // Under "C", which most columns have, ILIKE would fold ASCII only.
  if (type === 'text') return sql`${ref} COLLATE "default"`;
  if (type === 'time') return sql`(${ref} AT TIME ZONE 'UTC')::text`;
  return sql`${ref}::text`;
}

// The casts keep PostgreSQL from inferring a narrower type (int4) that the value may not fit.
function bind(type: ColumnType, value: Scalar | undefined) {
  return sql`${value === undefined ? null : wire(value)}::${cast(type)}`;
}

function wire(value: Scalar): string | number | boolean {
  return value instanceof Date ? value.toISOString() : value;
}

function cast(type: ColumnType) {
  switch (type) {
    case 'text':
      return sql`text`;
    case 'integer':
      return sql`bigint`;
    case 'decimal':
      return sql`numeric`;
    case 'time':
      return sql`timestamptz`;
    case 'flag':
      return sql`boolean`;
  }
}

function escapeLike(text: string): string {
  return text.replaceAll(/[\\%_]/g, String.raw`\$&`);
}
