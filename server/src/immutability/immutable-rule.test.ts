import { describe, expect, it } from 'vitest';
import {
  checkSelectors,
  compileRules,
  fingerprintOf,
  type RuleSelectors,
} from './immutable-rule.ts';

const tag = (pattern: string, decoration = 'matches') => ({
  kind: 'doublestar',
  decoration,
  pattern,
});
const repository = (pattern: string, decoration = 'repoMatches') => tag(pattern, decoration);
const rule = (tags: RuleSelectors['tags'], repositories: RuleSelectors['repositories']) => ({
  tags,
  repositories,
});

describe('immutable tag rules', () => {
  it('hold for tags that one of them selects, in repositories that it selects', () => {
    const matches = compileRules([
      rule([tag('v*')], [repository('app')]),
      rule([tag('latest', 'excludes')], [repository('{app,tools}/**', 'repoExcludes')]),
    ]);
    expect(matches('app', 'v1')).toBe(true);
    expect(matches('app', 'latest')).toBe(false);
    expect(matches('other', 'v1')).toBe(true);
    expect(matches('other', 'latest')).toBe(false);
    expect(matches('tools/x', 'v1')).toBe(false);
  });

  it('hold for nothing when there are none', () => {
    expect(compileRules([])('app', 'v1')).toBe(false);
  });

  it('go by the first selector of each list alone, as in Harbor', () => {
    const matches = compileRules([
      rule([tag('v*'), tag('latest')], [repository('app'), repository('other')]),
    ]);
    expect(matches('app', 'v1')).toBe(true);
    expect(matches('app', 'latest')).toBe(false);
    expect(matches('other', 'v1')).toBe(false);
  });

  it.each([
    [rule([], [repository('**')]), 'tag_selectors has no selector'],
    [rule([tag('**')], []), 'scope_selectors.repository has no selector'],
    [rule([repository('**')], [repository('**')]), 'tag_selectors has a selector that repoMatches'],
    [rule([tag('**')], [tag('**')]), 'scope_selectors.repository has a selector that matches'],
    [rule([tag('**'), tag('[')], [repository('**')]), 'wrong at character 1'],
    [rule([{ ...tag('**'), kind: 'label' }], [repository('**')]), 'not "label"'],
  ])('need selectors for what they are for: %#', (selectors, words) => {
    expect(() => checkSelectors(selectors)).toThrow(words);
  });

  it('are the same when they select the same', () => {
    const one = fingerprintOf(rule([tag('a')], [repository('b')]));
    expect(fingerprintOf(rule([tag('a')], [repository('b')]))).toBe(one);
    const others = [
      rule([tag('b')], [repository('a')]),
      rule([tag('a', 'excludes')], [repository('b')]),
      rule([{ ...tag('a'), kind: 'regex' }], [repository('b')]),
      rule([tag('a'), repository('b')], []),
    ].map(fingerprintOf);
    expect(new Set([one, ...others]).size).toBe(5);
  });
});
