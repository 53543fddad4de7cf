import type { Sort } from '../../db/index.ts';
import { AppError } from '../../lib/index.ts';
import { MAX_QUERY_LENGTH } from './condition.ts';
import { type Fields, findField } from './fields.ts';
import { assertPublicKey } from './key.ts';

/**
 * Harbor's `sort`: keys separated by commas, `-` for descending; keys that the allow list does not
 * know or does not sort by are left out. `standard`, in the same syntax, stands in when none is
 * left. Its last key must be of a unique column: it ends every order, so that pages are stable.
 *
 * @throws AppError invalid: over 4,096 characters, or about a secret
 * @throws TypeError `standard` has an unknown key: our own mistake
 */
export function parseSort(fields: Fields, text: string | undefined, standard: string): Sort[] {
  const keys = text === undefined || text === '' ? [] : text.split(',');
  if (text !== undefined && text.length > MAX_QUERY_LENGTH) {
    throw new AppError('invalid', `sort may have ${MAX_QUERY_LENGTH} characters at most`);
  }
  for (const key of keys) assertPublicKey('sort', key.replace(/^\s*-/, ''));
  const asked = keys.flatMap((key) => findSort(fields, key) ?? []);
  const fallback = standard.split(',').map((key) => getSort(fields, key));
  const sorts = asked.length === 0 ? fallback : [...asked, ...fallback.slice(-1)];
  const first = new Map<string, Sort>();
  for (const sort of sorts) if (!first.has(sort.column)) first.set(sort.column, sort);
  return [...first.values()];
}

function findSort(fields: Fields, key: string): Sort | undefined {
  const name = key.trim();
  const descending = name.startsWith('-');
  const field = findField(fields, descending ? name.slice(1) : name);
  if (field === undefined || !field.sortable) return undefined;
  return { column: field.column, type: field.type, descending };
}

function getSort(fields: Fields, key: string): Sort {
  const sort = findSort(fields, key);
  if (sort === undefined) throw new TypeError(`"${key}" is no sortable field`);
  return sort;
}
