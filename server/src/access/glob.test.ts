import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isGlob, matchesGlob } from './glob.ts';

describe('a repository pattern', () => {
  it.each([
    ['app', 'app', true],
    ['app', 'apps', false],
    ['app', 'my/app', false],
    ['app-*', 'app-one', true],
    ['app-*', 'app-', true],
    ['app-*', 'app-one/two', false],
    ['*', 'app', true],
    ['*', 'a/b', false],
    ['**', 'a/b/c', true],
    ['team/**', 'team/a/b', true],
    ['team/**', 'team', false],
    ['**/app', 'a/b/app', true],
    ['**/app', 'app', false],
    ['?pp', 'app', true],
    ['a?b', 'a/b', false],
    ['a*c*e', 'abcde', true],
    ['a*c*e', 'abcd', false],
    ['', '', true],
    ['a.c', 'abc', false],
  ])('%s fits %s: %s', (glob, path, fits) => {
    expect(matchesGlob(glob, path)).toBe(fits);
  });

  it('without wildcards fits itself alone', () => {
    const names = fc.stringMatching(/^[a-z0-9./_-]{1,20}$/);
    fc.assert(
      fc.property(names, names, (glob, path) => {
        expect(matchesGlob(glob, path)).toBe(glob === path);
      }),
    );
  });

  it('takes time in proportion, whatever it is', () => {
    const began = performance.now();
    expect(matchesGlob('*a'.repeat(128), 'a'.repeat(255))).toBe(true);
    expect(matchesGlob(`${'*a'.repeat(127)}*b`, 'a'.repeat(255))).toBe(false);
    expect(performance.now() - began).toBeLessThan(1000);
  });

  it.each([
    ['app-*', true],
    ['a/**/b?', true],
    ['', false],
    ['A', false],
    ['a b', false],
    ['(a|b)+', false],
    ['x'.repeat(257), false],
  ])('%s can be used: %s', (glob, usable) => {
    expect(isGlob(glob)).toBe(usable);
  });
});
