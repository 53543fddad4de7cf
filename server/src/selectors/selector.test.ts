import { describe, expect, it } from 'vitest';
import { AppError } from '../lib/index.ts';
import { compilePattern, compileSelector } from './selector.ts';

const select = (decoration: string, pattern: string, extras?: string) =>
  compileSelector({ kind: 'doublestar', decoration, pattern, extras });

describe('a selector', () => {
  it.each([
    ['matches', 'tag', true, false],
    ['excludes', 'tag', false, true],
    ['repoMatches', 'repository', true, false],
    ['repoExcludes', 'repository', false, true],
  ])('that %s is for the name of a %s', (decoration, target, selectsIt, selectsAnother) => {
    const selector = select(decoration, 'v*');
    expect(selector.target).toBe(target);
    expect(selector.selects('v1')).toBe(selectsIt);
    expect(selector.selects('w1')).toBe(selectsAnother);
  });

  it('with an empty pattern is for all, or for none', () => {
    expect(select('matches', '').selects('a/b')).toBe(true);
    expect(select('excludes', '').selects('a/b')).toBe(false);
  });

  it('selects an artifact by any of its tags', () => {
    expect(select('matches', 'v*').selectsTags(['latest', 'v1'])).toBe(true);
    expect(select('matches', 'v*').selectsTags(['latest'])).toBe(false);
    expect(select('excludes', 'v*').selectsTags(['latest', 'v1'])).toBe(true);
    expect(select('excludes', 'v*').selectsTags(['v1', 'v2'])).toBe(false);
  });

  it.each([
    ['matches', undefined, true],
    ['matches', '{"untagged":true}', true],
    ['matches', '{"untagged":false}', false],
    ['matches', '{}', false],
    ['matches', 'nonsense', true],
    ['excludes', undefined, true],
    ['excludes', '', true],
    ['excludes', '{"untagged":true}', false],
    ['excludes', '{"untagged":false}', true],
  ])('that %s, with the extras %s, selects what has no tag: %s', (decoration, extras, selected) => {
    expect(select(decoration, 'v*', extras).selectsTags([])).toBe(selected);
  });

  it.each([
    ['kind', { kind: 'label', decoration: 'matches', pattern: 'x' }, 'not "label"'],
    ['decoration', { kind: 'doublestar', decoration: 'with', pattern: 'x' }, 'not "with"'],
    ['pattern', { kind: 'doublestar', decoration: 'matches', pattern: 'a[' }, 'at character 2'],
    ['expression', { kind: 'regex', decoration: 'matches', pattern: '(a' }, 'missing closing )'],
  ])('of an unknown or malformed %s is refused with a sentence', (_what, spec, words) => {
    expect(() => compileSelector(spec)).toThrow(AppError);
    expect(() => compileSelector(spec)).toThrow(words);
  });
});

describe('a regular expression', () => {
  it('matches whole names', () => {
    const matches = compilePattern('regex', 'v[0-9]+');
    expect(['v12', 'v12-rc', 'av12', 'v'].map(matches)).toEqual([true, false, false, false]);
    const either = compilePattern('regex', 'a|b');
    expect(['a', 'b', 'ab'].map(either)).toEqual([true, true, false]);
  });

  it('takes time in proportion', () => {
    for (const pattern of ['(a+)+', '(a|a)*b', '(a*)*(a*)*c', '(.*a){20}']) {
      const matches = compilePattern('regex', pattern);
      const began = performance.now();
      expect(matches(`${'a'.repeat(254)}!`)).toBe(false);
      expect(performance.now() - began).toBeLessThan(1000);
    }
  });

  it.each([
    ['x'.repeat(257), '256 characters at most'],
    ['(.{1,200}){1,4}x', 'too many'],
    ['a(?=b)', 'unsupported Perl syntax'],
    [String.raw`(a)\1`, 'invalid escape sequence'],
  ])('of too much is refused: %s', (pattern, words) => {
    expect(() => compilePattern('regex', pattern)).toThrow(words);
  });
});
