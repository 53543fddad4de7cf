import type { Listed } from './api.ts';
import type { ListState } from './list-state.ts';

interface LocalList<T> {
  readonly list: Pick<ListState, 'page' | 'size' | 'sort'>;
  /** What is searched for, in any case; '' is everything. */
  readonly search?: string;
  /** Where it is searched. */
  textOf?(item: T): string;
  /** Values to sort by, under the names that columns have as their `sort`. */
  readonly values?: Readonly<Record<string, (item: T) => string | number>>;
}

/** A page of a list that the API gives whole: searched, sorted and cut here. */
export function pageOf<T>(items: readonly T[], options: LocalList<T>): Listed<T> {
  const { list, search = '', textOf, values = {} } = options;
  const wanted = search.toLowerCase();
  const found =
    wanted === '' || textOf === undefined
      ? items
      : items.filter((item) => textOf(item).toLowerCase().includes(wanted));
  const isDown = list.sort?.startsWith('-') === true;
  const valueOf = values[isDown ? (list.sort?.slice(1) ?? '') : (list.sort ?? '')];
  const sorted =
    valueOf === undefined
      ? found
      : found.toSorted((a, b) => compare(valueOf(a), valueOf(b)) * (isDown ? -1 : 1));
  const from = (list.page - 1) * list.size;
  return { items: sorted.slice(from, from + list.size), total: found.length };
}

const natural = new Intl.Collator('en', { numeric: true });

function compare(a: string | number, b: string | number): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return natural.compare(String(a), String(b));
}
