import type { ColumnType, Generated } from 'kysely';

export type Timestamp = Generated<Date>;

/** jsonb: read as parsed, written as the text that `JSON.stringify` gives. */
export type JsonColumn<T> = ColumnType<T, string | Extract<T, null>, string | Extract<T, null>>;
