import { describe, expect, it } from 'vitest';
import { createImmutability } from './immutability.ts';
import type { RuleSelectors } from './immutable-rule.ts';

function ruleFor(tagPattern: string): RuleSelectors {
  return {
    tags: [{ kind: 'doublestar', decoration: 'matches', pattern: tagPattern }],
    repositories: [{ kind: 'doublestar', decoration: 'repoMatches', pattern: 'app' }],
  };
}

/** Rules in memory; `reads` collects who was asked for. */
function setUp(isTrusted?: () => boolean) {
  const rules = new Map<number, RuleSelectors[]>([[3, [ruleFor('v*')]]]);
  const reads: number[] = [];
  const immutability = createImmutability({
    rules: {
      async listEnabled(projectId) {
        reads.push(projectId);
        return rules.get(projectId) ?? [];
      },
    },
    ...(isTrusted && { isTrusted }),
  });
  return { immutability, rules, reads };
}

describe('immutability', () => {
  it('reads the rules of a project once, until they may have changed', async () => {
    const { immutability, rules, reads } = setUp();
    expect(immutability.peek(3, 'app', 'v1')).toBeUndefined();
    expect(await immutability.matches(3, 'app', 'v1')).toBe(true);
    expect(await immutability.matches(3, 'app', 'latest')).toBe(false);
    expect(await immutability.matches(3, 'other', 'v1')).toBe(false);
    expect(immutability.peek(3, 'app', 'v2')).toBe(true);
    expect(immutability.peek(3, 'app', 'latest')).toBe(false);
    expect(await immutability.matches(4, 'app', 'v1')).toBe(false);
    expect(reads).toEqual([3, 4]);
    rules.set(3, [ruleFor('latest')]);
    immutability.forget(3);
    expect(await immutability.matches(3, 'app', 'latest')).toBe(true);
    expect(await immutability.matches(4, 'app', 'v1')).toBe(false);
    immutability.forget();
    expect(immutability.peek(4, 'app', 'v1')).toBeUndefined();
    expect(reads).toEqual([3, 4, 3]);
  });

  it('tells which of many tags are immutable, and asks nothing for none', async () => {
    const { immutability, reads } = setUp();
    expect(await immutability.immutableAmong(3, 'app', [])).toEqual(new Set());
    expect(reads).toEqual([]);
    const tags = ['v1', 'latest', 'v2'];
    expect(await immutability.immutableAmong(3, 'app', tags)).toEqual(new Set(['v1', 'v2']));
    expect(await immutability.immutableAmong(3, 'other', tags)).toEqual(new Set());
  });

  it('does not keep what was read before a change', async () => {
    const { immutability, rules } = setUp();
    const early = immutability.matches(3, 'app', 'v1');
    rules.set(3, []);
    immutability.forget(3);
    await early;
    expect(await immutability.matches(3, 'app', 'v1')).toBe(false);
  });

  it('reads each time while changes elsewhere are not heard of', async () => {
    let isTrusted = false;
    const { immutability, reads } = setUp(() => isTrusted);
    await immutability.matches(3, 'app', 'v1');
    await immutability.matches(3, 'app', 'v1');
    expect(immutability.peek(3, 'app', 'v1')).toBeUndefined();
    expect(reads).toEqual([3, 3]);
    isTrusted = true;
    expect(immutability.peek(3, 'app', 'v1')).toBe(true);
  });
});
