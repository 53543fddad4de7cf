import type { ColumnType } from '../../db/index.ts';
import { toSnakeCase } from './key.ts';

/** A key that clients may use in `q` or `sort`, and the column it means. */
export interface Field {
  readonly key: string;
  readonly column: string;
  readonly type: ColumnType;
  readonly filterable: boolean;
  readonly sortable: boolean;
}

/** The allow list of one resource, by key in snake_case, aliases included. */
export type Fields = ReadonlyMap<string, Field>;

export interface FieldOptions {
  /** Other names of the key, in snake_case. */
  readonly aliases?: readonly string[];
  /** True unless told. */
  readonly filterable?: boolean;
  /** True unless told. */
  readonly sortable?: boolean;
}

export interface FieldDefinition extends FieldOptions {
  readonly type: ColumnType;
  /** `column` or `table.column`; the key itself unless told. */
  readonly column?: string | undefined;
}

type DefineField = (column?: string, options?: FieldOptions) => FieldDefinition;

export const text: DefineField = definerOf('text');
/** Whole numbers to 2^53. */
export const integer: DefineField = definerOf('integer');
export const decimal: DefineField = definerOf('decimal');
/** A timestamptz; filters are in UTC, to the millisecond. */
export const time: DefineField = definerOf('time');
export const flag: DefineField = definerOf('flag');

function definerOf(type: ColumnType): DefineField {
  return (column, options = {}) => ({ ...options, type, column });
}

const KEY = /^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/;
const COLUMN = /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)?$/;

/**
 * The allow list for `compileFilter` and `parseSort`: keys as the API names them, in snake_case.
 *
 * @throws TypeError a key or column that is no identifier, or a key defined twice: our own mistake
 */
export function defineFields(definitions: Readonly<Record<string, FieldDefinition>>): Fields {
  const fields = new Map<string, Field>();
  for (const [key, definition] of Object.entries(definitions)) {
    const { type, column = key, aliases = [], filterable = true, sortable = true } = definition;
    if (!COLUMN.test(column)) throw new TypeError(`"${column}" is no column`);
    for (const name of [key, ...aliases]) {
      if (!KEY.test(name)) throw new TypeError(`"${name}" is no key in snake_case`);
      if (fields.has(name)) throw new TypeError(`"${name}" is defined twice`);
      fields.set(name, { key, column, type, filterable, sortable });
    }
  }
  return fields;
}

/** The field that a client means by `ProjectID` or `project_id`. */
export function findField(fields: Fields, key: string): Field | undefined {
  return fields.get(toSnakeCase(key));
}
