import { describe, expect, it } from 'vitest';
import { createNames } from '../names.ts';
import { scopedRepository } from './scopes.ts';

const known = new Set(['t-1/test', 't-1/t-1-odd', 'default/default-old']);
const ports = {
  names: createNames(),
  hasNamespace: (tenant: string, name: string) => known.has(`${tenant}/${name}`),
};

describe('the repository that a scope means', () => {
  it.each([
    ['test/nginx', 'test/nginx'],
    ['test/a/b', 'test/a/b'],
    ['library/nginx', 'library/nginx'],
    ['t-1-test/nginx', 'test/nginx'],
    ['t-1-image-test/nginx', 'test/nginx'],
    ['t-1-odd/nginx', 't-1-odd/nginx'],
    ['t-1.example.com:5000/test/nginx', 'test/nginx'],
    ['t-2-image-test/nginx', 't-2-image-test/nginx'],
    ['t-1-chart-test/nginx', 'chart-test/nginx'],
  ])('of %s is %s', (name, repository) => {
    expect(scopedRepository(ports, 't-1', name)).toBe(repository);
  });

  it.each(['nginx', '', '/', 'a//b', 'UPPER/x', 'host:5000/nginx', 't-1-/x'])(
    'B21: is none of %j',
    (name) => {
      expect(scopedRepository(ports, 't-1', name)).toBeUndefined();
    },
  );

  it('B17: is found in a tenant with hyphens, by its own prefix only', () => {
    expect(scopedRepository(ports, 't-1', 't-1-test/nginx')).toBe('test/nginx');
    expect(scopedRepository(ports, 't', 't-1-test/nginx')).toBe('1-test/nginx');
    expect(scopedRepository(ports, 'default', 'default-old/x')).toBe('default-old/x');
  });
});
