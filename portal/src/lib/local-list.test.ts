import { expect, test } from 'vitest';
import { pageOf } from './local-list.ts';

const items = [
  { name: 'app-10', pulls: 3 },
  { name: 'app-2', pulls: 20 },
  { name: 'Web', pulls: 1 },
];
const values: Readonly<Record<string, (item: { name: string; pulls: number }) => string | number>> =
  {
    name: (item) => item.name,
    pulls: (item) => item.pulls,
  };
const names = (options: Partial<Parameters<typeof pageOf<(typeof items)[0]>>[1]>) =>
  pageOf(items, { list: { page: 1, size: 10, sort: undefined }, values, ...options }).items.map(
    ({ name }) => name,
  );

test('names sort as people read numbers', () => {
  expect(names({ list: { page: 1, size: 10, sort: 'name' } })).toEqual(['app-2', 'app-10', 'Web']);
});

test('numbers sort downwards by their size', () => {
  expect(names({ list: { page: 1, size: 10, sort: '-pulls' } })).toEqual([
    'app-2',
    'app-10',
    'Web',
  ]);
});

test('a search takes any case, and the total counts what it finds on all pages', () => {
  const options = { search: 'APP', textOf: ({ name }: { name: string }) => name };
  expect(names(options)).toEqual(['app-10', 'app-2']);
  expect(pageOf(items, { list: { page: 2, size: 1, sort: 'name' }, values, ...options })).toEqual({
    items: [items[0]],
    total: 2,
  });
});
