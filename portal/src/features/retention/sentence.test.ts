import { describe, expect, it } from 'vitest';
import { selectorMessages } from '../../ui/selector-messages.ts';
import { retentionMessages } from './messages.ts';
import type { RetentionRule } from './policy.ts';
import { draftOfRule, ruleOf } from './rule-draft.ts';
import { sentenceOf } from './sentence.ts';

const fresh = ruleOf(draftOfRule(undefined), undefined);

function inEnglish(rule: RetentionRule): string {
  return sentenceOf(rule, retentionMessages.en, selectorMessages.en);
}

function inChinese(rule: RetentionRule): string {
  return sentenceOf(rule, retentionMessages['zh-CN'], selectorMessages['zh-CN']);
}

function withTags(tags: Partial<RetentionRule['tag_selectors'][number]>): RetentionRule {
  const selector = { kind: 'doublestar', decoration: 'matches', pattern: '**', ...tags };
  return { ...fresh, tag_selectors: [selector] };
}

describe('the sentence of a retention rule', () => {
  it('tells what a new rule keeps', () => {
    expect(inEnglish(fresh)).toBe(
      'In all repositories, keep the 10 most recently pushed artifacts with any tag, or without a tag.',
    );
    expect(inChinese(fresh)).toBe(
      '在所有镜像仓库中，保留最近推送的 10 个 Artifact，条件为任意 Tag 或无 Tag。',
    );
  });

  it('names repositories and tags, without the braces that join them', () => {
    const rule: RetentionRule = {
      ...withTags({ decoration: 'excludes', pattern: '{dev,pr-*}', extras: '{"untagged":false}' }),
      template: 'nDaysSinceLastPull',
      params: { nDaysSinceLastPull: 1 },
      scope_selectors: {
        repository: [{ kind: 'doublestar', decoration: 'repoMatches', pattern: 'web/**' }],
      },
    };
    expect(inEnglish(rule)).toBe(
      'In repositories matching web/**, keep artifacts pulled within the last 1 day with tags except dev, pr-*.',
    );
    expect(inChinese(rule)).toBe(
      '在匹配 web/** 的镜像仓库中，保留最近 1 天内拉取过的 Artifact，条件为除 dev, pr-* 以外的 Tag。',
    );
  });

  it('joins several conditions, and tells how they compare', () => {
    const [all] = fresh.tag_selectors;
    const regex = { kind: 'regex', decoration: 'matches', pattern: 'v[0-9]+' };
    const range = { kind: 'semver', decoration: 'matches', pattern: '>=1.2 <2' };
    const rule = { ...fresh, tag_selectors: all === undefined ? [] : [all, regex, range] };
    expect(inEnglish(rule)).toContain(
      'with tags matching the expression v[0-9]+ and tags matching the range >=1.2 <2, or without',
    );
  });

  it('counts what has no tag unless a condition says otherwise', () => {
    expect(inEnglish(withTags({}))).toContain('or without a tag');
    expect(inEnglish(withTags({ extras: 'nonsense' }))).toContain('or without a tag');
    expect(inEnglish(withTags({ extras: '{"untagged":false}' }))).not.toContain('without a tag');
  });

  it('tells of pre-releases where versions are counted', () => {
    const rule: RetentionRule = {
      ...withTags({ extras: '{"untagged":true,"prerelease":true}' }),
      template: 'latestSemverK',
      params: { latestSemverK: 2 },
    };
    expect(inEnglish(rule)).toBe(
      'In all repositories, keep the 2 highest semantic versions (pre-releases included) with any tag.',
    );
  });
});

describe('the draft of a retention rule', () => {
  it('keeps what cannot be typed', () => {
    const [first] = fresh.tag_selectors;
    const second = { kind: 'doublestar', decoration: 'excludes', pattern: 'dev' };
    const rule: RetentionRule = {
      ...fresh,
      id: 7,
      disabled: true,
      tag_selectors: first === undefined ? [] : [first, second],
    };
    expect(ruleOf(draftOfRule(rule), rule)).toEqual(rule);
  });
});
