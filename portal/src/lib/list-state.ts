import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { getPreferences, updatePreferences, usePreferences } from './preferences.ts';

/** What a page's address says beside its path: filters, sort, page. */
export type PageSearch = Readonly<Record<string, string | number | undefined>>;

export const PAGE_SIZES = [15, 25, 50, 100] as const;

export interface ListState {
  readonly page: number;
  readonly size: number;
  /** As the API takes it: `name` or `-push_time`. */
  readonly sort: string | undefined;
  /** Filters of the address by name; '' when there is none. */
  filter(name: string): string;
  setPage(page: number): void;
  setSize(size: number): void;
  setSort(sort: string): void;
  /** '' takes it away. The list begins anew at its first page. */
  setFilter(name: string, value: string): void;
  /** Whether anything but the page was chosen. */
  readonly isFiltered: boolean;
}

interface ListOptions {
  /** Names the table in what the browser remembers. */
  readonly table: string;
  readonly sort?: string;
  /** Before each name in the address, for a second table on one page. */
  readonly prefix?: string;
}

/** The state of a list, kept in the address so that it can be shared and gone back to. */
export function useListState({ table, sort: byDefault, prefix = '' }: ListOptions): ListState {
  const search: PageSearch = useSearch({ strict: false });
  const navigate = useNavigate();
  const remembered = usePreferences().pageSizes?.[table] ?? 25;
  const change = useCallback(
    (values: PageSearch) => {
      const named = Object.entries(values).map(([name, value]) => [`${prefix}${name}`, value]);
      void navigate({
        to: '.',
        search: (before: PageSearch) => ({ ...before, ...Object.fromEntries(named) }),
        replace: true,
        resetScroll: false,
      });
    },
    [navigate, prefix],
  );
  return useMemo(() => {
    const read = (name: string) => String(search[`${prefix}${name}`] ?? '');
    const size = Number(read('size')) || remembered;
    const reserved = new Set(['page', 'size', 'sort', 'tab'].map((name) => `${prefix}${name}`));
    return {
      page: Math.max(1, Math.trunc(Number(read('page')) || 1)),
      size: Math.min(100, Math.max(1, Math.trunc(size))),
      sort: read('sort') || byDefault,
      filter: read,
      setPage: (page: number) => change({ page: page === 1 ? undefined : page }),
      setSize(value: number) {
        const { pageSizes } = getPreferences();
        updatePreferences({ pageSizes: { ...pageSizes, [table]: value } });
        change({ page: undefined, size: undefined });
      },
      setSort: (sort: string) =>
        change({ sort: sort === byDefault ? undefined : sort, page: undefined }),
      setFilter: (name: string, value: string) =>
        change({ [name]: value === '' ? undefined : value, page: undefined }),
      isFiltered: Object.keys(search).some(
        (name) => name.startsWith(prefix) && !reserved.has(name) && search[name] !== undefined,
      ),
    };
  }, [search, prefix, remembered, byDefault, change, table]);
}

/** A condition of the API's `q` on a part of a text; undefined for none. */
export function contains(key: string, value: string): string | undefined {
  return value === '' ? undefined : `${key}=~${quoteValue(value)}`;
}

/** Conditions of `q`, joined; those that are undefined are left out. */
export function allOf(...conditions: readonly (string | undefined)[]): string | undefined {
  const given = conditions.filter((condition) => condition !== undefined);
  return given.length === 0 ? undefined : given.join(',');
}

/** `q` is decoded once more than the rest of a query, and splits at commas: no value can have one. */
export function quoteValue(value: string): string {
  return encodeURIComponent(value.replaceAll(',', ' '));
}
