import { describe, expect, it } from 'vitest';
import { parsePolicy, parseScope } from './policy-request.ts';
import { policyRequest } from './retention.schema.ts';
import { checkRules } from './retention-policy.ts';

const harborRule = {
  priority: 0,
  disabled: false,
  action: 'retain',
  template: 'latestPushedK',
  params: { latestPushedK: 5 },
  scope_selectors: {
    repository: [{ kind: 'doublestar', decoration: 'repoMatches', pattern: '**' }],
  },
  tag_selectors: [
    { kind: 'doublestar', decoration: 'matches', pattern: '**', extras: '{"untagged":true}' },
  ],
};
const harborPolicy = {
  algorithm: 'or',
  rules: [harborRule],
  trigger: { kind: 'Schedule', references: {}, settings: { cron: '0 0 0 * * *' } },
  scope: { level: 'project', ref: 3 },
};

function read(change: object) {
  const text = parsePolicy(policyRequest.parse({ ...harborPolicy, ...change }));
  checkRules(text.rules);
  return text;
}
const readRule = (change: object) => read({ rules: [{ ...harborRule, ...change }] }).rules[0];

describe('a policy as clients send it', () => {
  it("is read from Harbor's model", () => {
    expect(parseScope(policyRequest.parse(harborPolicy))).toBe(3);
    expect(read({})).toEqual({
      rules: [
        {
          id: 0,
          priority: 0,
          isDisabled: false,
          template: 'latestPushedK',
          parameter: 5,
          tags: harborRule.tag_selectors,
          repositories: harborRule.scope_selectors.repository,
        },
      ],
      isPerTag: false,
      triggerKind: 'Schedule',
      cron: '0 0 0 * * *',
    });
  });

  it('may have no rules, no trigger and no parameter', () => {
    expect(read({ rules: null, trigger: null })).toMatchObject({ rules: [], cron: '' });
    expect(readRule({ params: {} })).not.toHaveProperty('parameter');
    expect(readRule({ template: 'always', params: { always: 1 } })).not.toHaveProperty('parameter');
  });

  it('can count each tag for itself', () => {
    expect(read({ per_tag: true }).isPerTag).toBe(true);
  });

  it.each([
    ['another algorithm', { algorithm: 'and' }],
    ['another trigger', { trigger: { kind: 'Event' } }],
    ['a cron that is no text', { trigger: { kind: 'Schedule', settings: { cron: 5 } } }],
    [
      '16 rules',
      { rules: Array.from({ length: 16 }, (_, priority) => ({ ...harborRule, priority })) },
    ],
  ])('is refused with %s', (_, change) => {
    expect(() => read(change)).toThrow(expect.objectContaining({ kind: 'invalid' }));
  });

  it.each([
    ['another action', { action: 'delete' }],
    ['another template', { template: 'nothing' }],
    ['a count below 0', { params: { latestPushedK: -1 } }],
    ['a count over the limit', { params: { latestPushedK: 32_767 } }],
    ['half an artifact', { params: { latestPushedK: 1.5 } }],
    ['a count that is no number', { params: { latestPushedK: '5' } }],
    ['days over the limit', { template: 'lastXDays', params: { lastXDays: 20_190_905 } }],
    ['no tag selector', { tag_selectors: [] }],
    ['no repository selector', { scope_selectors: {} }],
    ['selectors of something else', { scope_selectors: { project: [] } }],
    ['a repository selector for tags', { tag_selectors: harborRule.scope_selectors.repository }],
    [
      'an expression that is none',
      { tag_selectors: [{ ...harborRule.tag_selectors[0], kind: 'regex', pattern: '(' }] },
    ],
  ])('is refused with a rule that has %s', (_, change) => {
    expect(() => readRule(change)).toThrow(expect.objectContaining({ kind: 'invalid' }));
  });

  it('takes the largest parameters there are', () => {
    expect(readRule({ params: { latestPushedK: 32_766 } })?.parameter).toBe(32_766);
    const days = { template: 'lastXDays', params: { lastXDays: 20_190_904 } };
    expect(readRule(days)?.parameter).toBe(20_190_904);
  });

  it('has no rule twice, whatever its id is', () => {
    const rules = [harborRule, { ...harborRule, id: 7 }];
    expect(() => read({ rules })).toThrow(expect.objectContaining({ kind: 'conflict' }));
    expect(read({ rules: [harborRule, { ...harborRule, disabled: true }] }).rules).toHaveLength(2);
  });

  it('is for a project only', () => {
    const request = policyRequest.parse({ ...harborPolicy, scope: { level: 'system', ref: 0 } });
    expect(() => parseScope(request)).toThrow(expect.objectContaining({ kind: 'invalid' }));
  });
});
