import { describe, expect, it } from 'vitest';
import { draftOf, isEverything, presentPattern, selectorOf } from './selector.ts';

describe('a selector', () => {
  it.each([
    ['release-*', 'release-*'],
    ['{app,web/**}', 'app, web/**'],
    ['{a,{b,c}}', 'a, {b,c}'],
    ['{a,b}-{c,d}', '{a,b}-{c,d}'],
    ['v{1,2}', 'v{1,2}'],
    ['', ''],
  ])('shows %s as it was typed', (pattern, shown) => {
    expect(presentPattern({ kind: 'doublestar', pattern })).toBe(shown);
  });

  it('leaves the braces of a regular expression alone', () => {
    expect(presentPattern({ kind: 'regex', pattern: '{a,b}' })).toBe('{a,b}');
    const draft = { kind: 'regex', isExcluding: false, text: 'a{1,2},b' };
    expect(selectorOf(draft, 'tags').pattern).toBe('a{1,2},b');
  });

  it.each([
    ['app', 'app'],
    [' app , web/** ', '{app,web/**}'],
    ['v{1,2}', 'v{1,2}'],
    ['v{1,2}, main', '{v{1,2},main}'],
    ['app,', 'app'],
    [String.raw`a\,b`, String.raw`a\,b`],
  ])('reads %s as a pattern', (text, pattern) => {
    const draft = { kind: 'doublestar', isExcluding: false, text };
    expect(selectorOf(draft, 'tags').pattern).toBe(pattern);
  });

  it('is written with the words for its subject', () => {
    const draft = { kind: 'doublestar', isExcluding: true, text: 'dev' };
    expect(selectorOf(draft, 'repositories').decoration).toBe('repoExcludes');
    expect(selectorOf(draft, 'tags').decoration).toBe('excludes');
    expect(draftOf(selectorOf(draft, 'repositories'))).toEqual(draft);
  });

  it('begins with everything', () => {
    const first = selectorOf(draftOf(undefined), 'tags');
    expect(first).toEqual({ kind: 'doublestar', decoration: 'matches', pattern: '**' });
    expect(isEverything(first)).toBe(true);
    expect(isEverything({ ...first, decoration: 'excludes' })).toBe(false);
  });
});
