import { describe, expect, it } from 'vitest';
import { selectorMessages } from '../../ui/selector-messages.ts';
import { immutabilityMessages } from './messages.ts';
import { draftOfRule, type ImmutableRule, ruleOf, sentenceOf } from './rule.ts';

const rule: ImmutableRule = {
  id: 4,
  disabled: true,
  action: 'immutable',
  template: 'immutable_template',
  tag_selectors: [{ kind: 'doublestar', decoration: 'matches', pattern: '{v*,release-*}' }],
  scope_selectors: {
    repository: [
      { kind: 'doublestar', decoration: 'repoExcludes', pattern: 'sandbox/**' },
      { kind: 'doublestar', decoration: 'repoMatches', pattern: 'never/looked/at' },
    ],
  },
};

describe('an immutable tag rule', () => {
  it('is a sentence with the conditions that count', () => {
    expect(sentenceOf(rule, immutabilityMessages.en, selectorMessages.en)).toBe(
      'Immutable in repositories except sandbox/**: tags matching v*, release-*.',
    );
    expect(sentenceOf(rule, immutabilityMessages['zh-CN'], selectorMessages['zh-CN'])).toBe(
      '在除 sandbox/** 以外的镜像仓库中不可变：匹配 v*, release-* 的 Tag。',
    );
  });

  it('is sent back as it came when nothing was typed', () => {
    expect(ruleOf(draftOfRule(rule), rule)).toEqual({ ...rule, priority: 0 });
  });

  it('selects every tag of every repository at first', () => {
    const first = { kind: 'doublestar', pattern: '**' };
    expect(ruleOf(draftOfRule(undefined), undefined)).toMatchObject({
      id: 0,
      disabled: false,
      tag_selectors: [{ ...first, decoration: 'matches' }],
      scope_selectors: { repository: [{ ...first, decoration: 'repoMatches' }] },
    });
  });
});
