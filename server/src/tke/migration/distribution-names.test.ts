import { describe, expect, it } from 'vitest';
import { sortNames } from './distribution-names.ts';

const anyone = { tenants: undefined, namespaces: undefined };

function sort(names: readonly string[], rules = {}) {
  const { namespaces, others } = sortNames(names, { ...anyone, ...rules });
  const found = [...namespaces].map(([key, { repositories }]) => [key, ...repositories]);
  return { found, others };
}

describe('sortNames', () => {
  it('reads tenant and namespace where there is one hyphen', () => {
    const names = ['default-test/nginx', 'default-test/a/b', 'library/pause', 'stray', 'x/y'];
    expect(sort(names)).toEqual({
      found: [
        ['default/test', 'nginx', 'a/b'],
        ['/library', 'pause'],
      ],
      others: ['stray', 'x/y'],
    });
  });

  it('B17: refuses to guess among several hyphens, and says what to do', () => {
    expect(() => sort(['a-b-c/x', 'a-b/x'])).toThrow(/namespaces: a-b-c; .* --tenants/);
  });

  it('B17: knows a tenant with hyphens when it is told', () => {
    expect(sort(['a-b-c/x'], { tenants: ['a-b'] }).found).toEqual([['a-b/c', 'x']]);
    expect(sort(['a-b-c/x'], { tenants: ['a'] }).found).toEqual([['a/b-c', 'x']]);
    expect(() => sort(['a-b-c/x'], { tenants: ['a', 'a-b'] })).toThrow(/--namespaces/);
    const rules = { tenants: ['a', 'a-b'], namespaces: ['a-b/c'] };
    expect(sort(['a-b-c/x'], rules).found).toEqual([['a-b/c', 'x']]);
  });

  it("leaves out other tenants' names", () => {
    expect(sort(['a-n/x', 'b-n/x', '-n/x', 'a-/x'], { tenants: ['a'] })).toEqual({
      found: [['a/n', 'x']],
      others: ['b-n/x', '-n/x', 'a-/x'],
    });
  });
});
