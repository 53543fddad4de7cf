import { describe, expect, it } from 'vitest';
import { AppError } from '../../lib/index.ts';
import { matchesCondition } from './claim-condition.ts';
import { checkTrust, workloadPresets } from './workload-trust.ts';

const github = 'https://token.actions.githubusercontent.com';

describe('matchesCondition', () => {
  it.each([
    ['acme/app', 'acme/app', true],
    ['acme/app', 'ACME/app', false],
    ['acme/app', 'acme/app2', false],
    ['acme/*', 'acme/app', true],
    ['acme/*', 'acme/app/sub', false],
    ['acme/**', 'acme/app/sub', true],
    ['acme/*', 'xacme/app', false],
    ['a.c', 'abc', false],
    ['refs/heads/release-*', 'refs/heads/release-1.2', true],
    ['system:serviceaccount:ci:*', 'system:serviceaccount:ci:builder', true],
    ['system:serviceaccount:*', 'system:serviceaccount:ci:builder', false],
    ['repo:acme/app:*', 'repo:acme/app:ref:refs/heads/main', false],
    ['repo:acme/app:**', 'repo:acme/app:ref:refs/heads/main', true],
    ['(a|b)', 'a', false],
    ['main', 'main\nother', false],
    ['**', 'a\nb', true],
  ])('says of %s and %s: %s', (pattern, value, expected) => {
    expect(matchesCondition({ claim: value }, { claim: 'claim', pattern })).toBe(expected);
  });

  it('finds nested claims whose names have dots and slashes', () => {
    const claims = { 'kubernetes.io': { namespace: 'ci', 'a/b~c': 1 } };
    const match = (claim: string, pattern: string) => matchesCondition(claims, { claim, pattern });
    expect(match('/kubernetes.io/namespace', 'ci')).toBe(true);
    expect(match('/kubernetes.io/a~1b~0c', '1')).toBe(true);
    expect(match('kubernetes.io', '**')).toBe(false);
    expect(match('/kubernetes.io/missing', '**')).toBe(false);
    expect(match('/kubernetes.io/constructor/name', '**')).toBe(false);
  });

  it('takes names of claims that are URLs as they are', () => {
    const claims = { 'https://x.test/team': 'ci' };
    expect(matchesCondition(claims, { claim: 'https://x.test/team', pattern: 'ci' })).toBe(true);
  });

  it('looks for one element of an array, and for the text of numbers and booleans', () => {
    const claims = { groups: ['a', 'b'], id: 42, protected: true, none: null };
    expect(matchesCondition(claims, { claim: 'groups', pattern: 'b' })).toBe(true);
    expect(matchesCondition(claims, { claim: 'groups', pattern: 'a,b' })).toBe(false);
    expect(matchesCondition(claims, { claim: 'id', pattern: '42' })).toBe(true);
    expect(matchesCondition(claims, { claim: 'protected', pattern: 'true' })).toBe(true);
    expect(matchesCondition(claims, { claim: 'none', pattern: '**' })).toBe(false);
  });

  it('takes linear time for many wildcards', () => {
    const condition = { claim: 'x', pattern: '*a'.repeat(100) };
    const began = performance.now();
    expect(matchesCondition({ x: `${'a'.repeat(4000)}!` }, condition)).toBe(false);
    expect(performance.now() - began).toBeLessThan(1000);
  });
});

describe('checkTrust', () => {
  it('lets the suggestions of the presets pass', () => {
    for (const { issuer = 'https://cluster.test', suggestions } of workloadPresets) {
      expect(() => checkTrust({ issuer, conditions: suggestions })).not.toThrow();
    }
  });

  it.each([
    ['http://127.0.0.1:8080', true],
    ['http://[::1]:8080', true],
    ['https://gitlab.example.com', true],
    ['http://gitlab.example.com', false],
    ['http://127.0.0.1.evil.test', false],
    ['https://user@gitlab.example.com', false],
    ['https://gitlab.example.com?x', false],
    ['https://gitlab.example.com#x', false],
    ['ftp://gitlab.example.com', false],
    ['gitlab.example.com', false],
  ])('judges the issuer %s: %s', (issuer, allowed) => {
    const attempt = () => checkTrust({ issuer, conditions: [{ claim: 'sub', pattern: 'x' }] });
    if (allowed) expect(attempt).not.toThrow();
    else expect(attempt).toThrow(AppError);
  });

  it.each([
    [[]],
    [[{ claim: 'sub', pattern: '*' }]],
    [[{ claim: 'sub', pattern: '**' }]],
    [[{ claim: 'project_path', pattern: '*/*' }]],
    [[{ claim: 'aud', pattern: 'berth' }]],
    [[{ claim: 'iss', pattern: 'https://cluster.test' }]],
    [[{ claim: '', pattern: 'x' }]],
    [[{ claim: '/a~2', pattern: 'x' }]],
    [[{ claim: 'sub', pattern: '' }]],
    [[{ claim: 'sub', pattern: 'x'.repeat(257) }]],
    [Array.from({ length: 17 }, () => ({ claim: 'sub', pattern: 'x' }))],
  ])('refuses the conditions %j', (conditions) => {
    const attempt = () => checkTrust({ issuer: 'https://cluster.test', conditions });
    expect(attempt).toThrow(AppError);
  });

  it.each([
    ['repository', 'acme/*', true],
    ['repository', 'acme/app', true],
    ['repository_owner', 'acme', true],
    ['sub', 'repo:acme/app:**', true],
    ['ref', 'refs/heads/main', false],
    ['workflow', 'release', false],
    ['environment', 'production', false],
    ['repository', '*/app', false],
    ['repository', 'acme*/app', false],
    ['repository', 'acme**', false],
    ['repository_owner', 'a*', false],
    ['sub', 'repo:*/app:ref:refs/heads/main', false],
    ['sub', '**:ref:refs/heads/main', false],
  ])('on a public issuer wants an owner: %s %s is enough: %s', (claim, pattern, allowed) => {
    const attempt = () => checkTrust({ issuer: github, conditions: [{ claim, pattern }] });
    if (allowed) expect(attempt).not.toThrow();
    else expect(attempt).toThrow(/anybody gets tokens/);
  });

  it('keeps the rule for gitlab.com and leaves other installations alone', () => {
    const conditions = [{ claim: 'ref', pattern: 'main' }];
    expect(() => checkTrust({ issuer: 'https://gitlab.com', conditions })).toThrow(AppError);
    expect(() => checkTrust({ issuer: 'https://gitlab.acme.test', conditions })).not.toThrow();
  });
});
