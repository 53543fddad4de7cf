import { describe, expect, it } from 'vitest';
import { selectContents } from './selection.ts';

const all = { tenants: undefined, namespaces: undefined, chartGroups: undefined };

function container(path: string) {
  const [tenant = '', name = ''] = path.split('/');
  return { tenant, name, settings: {} };
}

const inventory = {
  namespaces: ['/library', 'a/test', 'b/test', 'b/other'].map(container),
  chartGroups: ['a/public', 'b/public'].map(container),
  notes: [],
};

function select(selection: Partial<typeof all> | Record<string, readonly string[]>) {
  const { namespaces, chartGroups } = selectContents(inventory, { ...all, ...selection });
  return [...namespaces, ...chartGroups].map(({ tenant, name }) => `${tenant}/${name}`);
}

describe('selectContents', () => {
  it('takes everything unless told', () => {
    expect(select({})).toHaveLength(6);
  });

  it('takes the library along with a tenant', () => {
    expect(select({ tenants: ['a'] })).toEqual(['/library', 'a/test', 'a/public']);
  });

  it('takes names of all tenants, or of one', () => {
    expect(select({ namespaces: ['test'], chartGroups: ['b/public'] })).toEqual([
      'a/test',
      'b/test',
      'b/public',
    ]);
    expect(select({ namespaces: ['b/test'], tenants: ['b'] })).toEqual(['b/test', 'b/public']);
  });

  it('refuses a name that selects nothing', () => {
    expect(() => select({ namespaces: ['tset'] })).toThrow('the source has nothing of tset');
    expect(() => select({ tenants: ['c'] })).toThrow('nothing of c');
    expect(() => select({ chartGroups: ['a/x'] })).toThrow('nothing of a/x');
  });
});
