import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileScopes, type RetentionRule } from './retention-policy.ts';
import { type Candidate, createSelection, type Verdict } from './select.ts';
import type { TemplateName } from './templates.ts';

const DAY = 24 * 60 * 60_000;
const now = Date.parse('2026-06-01T00:00:00Z');

const matches = (pattern: string, extras?: string) => ({
  kind: 'doublestar',
  decoration: 'matches',
  pattern,
  ...(extras !== undefined && { extras }),
});
const excludes = (pattern: string, extras?: string) => ({
  ...matches(pattern, extras),
  decoration: 'excludes',
});
const everywhere = [{ kind: 'doublestar', decoration: 'repoMatches', pattern: '**' }];

function rule(
  template: TemplateName,
  parameter?: number,
  tags: RetentionRule['tags'] = [matches('**')],
): RetentionRule {
  return {
    id: 0,
    priority: 0,
    isDisabled: false,
    template,
    parameter,
    tags,
    repositories: everywhere,
  };
}

/** Pushed and pulled so many days ago, with tags of the same age unless told. */
function artifact(
  digest: string,
  pushedDays: number,
  pulledDays?: number,
  tags: readonly (string | Candidate['tags'][number])[] = [`tag-${digest}`],
): Candidate {
  const pushedAt = now - pushedDays * DAY;
  const pulledAt = pulledDays === undefined ? undefined : now - pulledDays * DAY;
  return {
    digest,
    pushedAt,
    pulledAt,
    tags: tags.map((tag) => (typeof tag === 'string' ? { name: tag, pushedAt, pulledAt } : tag)),
  };
}

interface Options {
  readonly isPerTag?: boolean;
  readonly path?: string;
}

function judgeAll(
  rules: readonly RetentionRule[],
  candidates: readonly Candidate[],
  { isPerTag = false, path = 'app' }: Options = {},
): Map<string, Verdict[]> {
  const selection = createSelection(compileScopes(rules)(path), { isPerTag, now });
  for (const candidate of candidates) selection.observe(candidate);
  return new Map(candidates.map((candidate) => [candidate.digest, selection.judge(candidate)]));
}

function keptOf(
  rules: readonly RetentionRule[],
  candidates: readonly Candidate[],
  options: Options = {},
): string {
  const verdicts = judgeAll(rules, candidates, options);
  return [...verdicts]
    .filter(([, own]) => own.some(({ isKept }) => isKept))
    .map(([digest]) => digest)
    .join('');
}

describe('the templates', () => {
  const five = [
    artifact('a', 1, 50),
    artifact('b', 2),
    artifact('c', 10, 1),
    artifact('d', 40, 20),
    artifact('e', 90, 60),
  ];

  it.each<[TemplateName, number | undefined, string]>([
    ['latestPushedK', 2, 'ab'],
    ['latestPushedK', 0, ''],
    ['latestPushedK', 9, 'abcde'],
    ['latestPushedK', undefined, 'abcde'],
    ['latestPulledN', 2, 'cd'],
    // What was never pulled comes last.
    ['latestPulledN', 4, 'acde'],
    ['latestPulledN', 5, 'abcde'],
    ['nDaysSinceLastPush', 2, 'ab'],
    ['nDaysSinceLastPush', undefined, 'abc'],
    ['nDaysSinceLastPull', 20, 'cd'],
    ['nDaysSinceLastPull', 0, ''],
    ['nDaysSinceLastPull', undefined, 'cd'],
    ['nDaysSinceLastPull', 20_190_904, 'acde'],
    ['always', undefined, 'abcde'],
    ['latestActiveK', 3, 'abc'],
    ['latestActiveK', 4, 'abcd'],
    ['lastXDays', 40, 'abcd'],
    ['lastXDays', undefined, 'abc'],
  ])('%s %s keeps %s', (template, parameter, kept) => {
    expect(keptOf([rule(template, parameter)], five)).toBe(kept);
    expect(
      keptOf([rule(template, parameter)], five.toReversed())
        .split('')
        .toSorted(),
    ).toEqual(kept.split(''));
  });

  it('take the latest time of the artifact and its tags', () => {
    const late = { name: 'v1', pushedAt: now, pulledAt: now };
    const candidates = [artifact('a', 5), artifact('b', 80, undefined, ['old', late])];
    expect(keptOf([rule('latestPushedK', 1)], candidates)).toBe('b');
    expect(keptOf([rule('nDaysSinceLastPull', 1)], candidates)).toBe('b');
  });

  it('remember no more than they need of very many', () => {
    const many = Array.from({ length: 5_000 }, (_, index) => artifact(`${index},`, index));
    expect(keptOf([rule('latestPushedK', 3)], many.toReversed())).toBe('2,1,0,');
  });
});

describe('the highest versions', () => {
  const releases = [
    artifact('a', 1, undefined, ['v1.2.0']),
    artifact('b', 9, undefined, ['1.10.0', 'latest']),
    artifact('c', 2, undefined, ['2.0.0-rc.1']),
    artifact('d', 3, undefined, ['v1.10.0_build.2']),
    artifact('e', 4, undefined, ['nightly']),
  ];

  it('are by precedence, each with all that have it, and no pre-releases', () => {
    expect(keptOf([rule('latestSemverK', 1)], releases)).toBe('bd');
    expect(keptOf([rule('latestSemverK', 2)], releases)).toBe('abd');
    expect(keptOf([rule('latestSemverK', 9)], releases)).toBe('abd');
    expect(keptOf([rule('latestSemverK', 0)], releases)).toBe('');
  });

  it('count pre-releases where the extras say so', () => {
    const tags = [matches('**', '{"prerelease":true}')];
    expect(keptOf([rule('latestSemverK', 1, tags)], releases)).toBe('c');
  });

  it('are looked for among the tags that the rule selects', () => {
    expect(keptOf([rule('latestSemverK', 1, [matches('v*')])], releases)).toBe('d');
    const range = [{ kind: 'semver', decoration: 'matches', pattern: '<1.5' }];
    expect(keptOf([rule('latestSemverK', 1, range)], releases)).toBe('a');
  });
});

describe('the tag selectors', () => {
  const candidates = [
    artifact('a', 1, undefined, ['v1', 'latest']),
    artifact('b', 2, undefined, ['v2']),
    artifact('c', 3, undefined, []),
  ];

  it.each<[string, RetentionRule['tags'], string]>([
    ['one tag that matches suffices', [matches('latest')], 'ac'],
    ['one tag that is not excluded suffices', [excludes('v*')], 'ac'],
    ['what is excluded whole is out', [excludes('{v*,latest}', '{"untagged":true}')], ''],
    ['without untagged', [matches('v*', '{"untagged":false}')], 'ab'],
    ['one after the other', [matches('v*', '{"untagged":false}'), excludes('v2')], 'a'],
    ['by regular expression', [{ ...matches('v[2-9]'), kind: 'regex' }], 'bc'],
  ])('%s', (_, tags, kept) => {
    expect(keptOf([rule('always', undefined, tags)], candidates)).toBe(kept);
  });

  it('say which artifacts are counted', () => {
    expect(keptOf([rule('latestPushedK', 1, [matches('v2')])], candidates)).toBe('b');
  });
});

describe('rules', () => {
  const candidates = [artifact('a', 1), artifact('b', 2), artifact('c', 3, 0)];

  it('keep together what each of them keeps', () => {
    const rules = [rule('latestPushedK', 1), rule('latestPulledN', 1)];
    expect(keptOf(rules, candidates)).toBe('ac');
  });

  it('leave a repository alone that none is for', () => {
    const elsewhere = [{ kind: 'doublestar', decoration: 'repoMatches', pattern: 'team/**' }];
    const rules = [{ ...rule('latestPushedK', 0), repositories: elsewhere }];
    expect(keptOf(rules, candidates)).toBe('abc');
    expect(keptOf(rules, candidates, { path: 'team/app' })).toBe('');
    expect(keptOf([{ ...rule('latestPushedK', 0), isDisabled: true }], candidates)).toBe('abc');
  });

  it('are those of the acceptance test of Harbor', () => {
    const test3 = [{ kind: 'doublestar', decoration: 'repoMatches', pattern: 'test3*' }];
    const rules = [
      rule('always', undefined, [matches('latest*')]),
      { ...rule('always', undefined, [matches('**', '["untagged":True]')]), repositories: test3 },
    ];
    const test1 = [artifact('a', 3, undefined, ['1.0']), artifact('b', 1, undefined, [])];
    expect(keptOf(rules, test1, { path: 'test1' })).toBe('b');
    const tagged = [artifact('a', 2, undefined, ['1.0']), artifact('b', 1, undefined, ['latest'])];
    expect(keptOf(rules, tagged, { path: 'test2' })).toBe('b');
    expect(keptOf(rules, [artifact('a', 2, undefined, ['1.0'])], { path: 'test3' })).toBe('a');
    expect(keptOf(rules, [artifact('a', 2, undefined, ['1.0'])], { path: 'test4' })).toBe('');
  });

  it('tell why something stays or goes', () => {
    const off = { ...rule('always'), isDisabled: true };
    const rules = [off, rule('latestPushedK', 1, [matches('v*', '{"untagged":false}')])];
    const told = [
      artifact('a', 1, undefined, ['v2']),
      artifact('b', 2, undefined, ['v1']),
      artifact('c', 3, undefined, ['latest']),
    ];
    expect([...judgeAll(rules, told).values()].flat().map(({ reason }) => reason)).toEqual([
      'kept by rule 2 (latestPushedK 1)',
      'selected, but not kept, by rule 2 (latestPushedK 1)',
      'no rule selects it',
    ]);
  });
});

describe('tags that count each for itself', () => {
  const v1 = { name: 'v1', pushedAt: now - 50 * DAY, pulledAt: now - 40 * DAY };
  const v2 = { name: 'v2', pushedAt: now - 2 * DAY, pulledAt: now - 1 * DAY };
  const options = { isPerTag: true };
  const verdictsOf = (rules: readonly RetentionRule[], candidate: Candidate) =>
    judgeAll(rules, [candidate], options)
      .get(candidate.digest)
      ?.map(({ tags, isKept }) => [tags.join(), isKept]);

  it('go though another tag of the artifact stays', () => {
    const both = artifact('a', 60, 1, [v1, v2]);
    const expected = [
      ['v1', false],
      ['v2', true],
    ];
    expect(verdictsOf([rule('latestPushedK', 1)], both)).toEqual(expected);
    expect(verdictsOf([rule('nDaysSinceLastPull', 7)], both)).toEqual(expected);
    expect(verdictsOf([rule('always', undefined, [matches('v2')])], both)).toEqual(expected);
  });

  it('stay while the artifact is pulled by its digest', () => {
    const byDigest = artifact('a', 60, 0, [v1, v2]);
    expect(verdictsOf([rule('nDaysSinceLastPull', 7)], byDigest)).toEqual([
      ['v1', true],
      ['v2', true],
    ]);
  });

  it('leave what has none to the rules as ever', () => {
    const untagged = artifact('a', 1, undefined, []);
    expect(verdictsOf([rule('latestPushedK', 1)], untagged)).toEqual([['', true]]);
    expect(verdictsOf([rule('latestPushedK', 0)], untagged)).toEqual([['', false]]);
  });
});

const templateAndParameter = fc.constantFrom<[TemplateName, number | undefined]>(
  ['latestPushedK', 0],
  ['latestPushedK', 1],
  ['latestPushedK', 3],
  ['latestPulledN', 2],
  ['nDaysSinceLastPush', 5],
  ['nDaysSinceLastPull', 5],
  ['latestActiveK', 2],
  ['lastXDays', 3],
  ['latestSemverK', 1],
  ['latestSemverK', 2],
  ['always', undefined],
);
const selector = fc.record({
  kind: fc.constant('doublestar'),
  decoration: fc.constantFrom('matches', 'excludes'),
  pattern: fc.constantFrom('**', 'v*', '1.*', '{latest,dev}'),
  extras: fc.constantFrom('', '{"untagged":true}', '{"untagged":false}', '{"prerelease":true}'),
});
const anyRule = fc
  .tuple(templateAndParameter, fc.array(selector, { minLength: 1, maxLength: 2 }))
  .map(([[template, parameter], tags]) => rule(template, parameter, tags));
const someRules = fc.array(anyRule, { minLength: 1, maxLength: 4 });
const tagNames = ['v1', 'v2.0.0', '1.0.0', '1.1.0-rc.1', 'latest', 'dev', 'x'];
const times = fc.integer({ min: 0, max: 12 });
const someCandidates = fc
  .array(
    fc.tuple(
      times,
      fc.option(times, { nil: undefined }),
      fc.uniqueArray(fc.tuple(fc.constantFrom(...tagNames), times), {
        maxLength: 3,
        selector: ([name]) => name,
      }),
    ),
    { maxLength: 8 },
  )
  .map((rows) =>
    rows.map(([pushed, pulled, tags], index) =>
      artifact(
        `digest-${index}`,
        pushed,
        pulled,
        tags.map(([name, days]) => ({
          name,
          pushedAt: now - days * DAY,
          pulledAt: days % 2 === 0 ? undefined : now - days * DAY,
        })),
      ),
    ),
  );

/** Everything that stays: `digest tags`. */
function stays(
  rules: readonly RetentionRule[],
  candidates: readonly Candidate[],
  isPerTag: boolean,
): Set<string> {
  const verdicts = judgeAll(rules, candidates, { isPerTag });
  return new Set(
    [...verdicts].flatMap(([digest, own]) =>
      own.filter(({ isKept }) => isKept).map(({ tags }) => `${digest} ${tags.join()}`),
    ),
  );
}

describe('whatever the rules and the artifacts are', () => {
  const check = (
    property: (
      rules: RetentionRule[],
      candidates: Candidate[],
      isPerTag: boolean,
      more: RetentionRule,
    ) => void,
  ) => fc.assert(fc.property(someRules, someCandidates, fc.boolean(), anyRule, property));

  it('all that one rule keeps by itself stays, and nothing else', () => {
    check((rules, candidates, isPerTag) => {
      const each = rules.map((one) => stays([one], candidates, isPerTag));
      const union = new Set(each.flatMap((own) => [...own]));
      expect(stays(rules, candidates, isPerTag)).toEqual(union);
    });
  });

  it('a rule more never deletes more', () => {
    check((rules, candidates, isPerTag, more) => {
      const before = stays(rules, candidates, isPerTag);
      const after = stays([...rules, more], candidates, isPerTag);
      expect([...before].filter((one) => !after.has(one))).toEqual([]);
    });
  });

  it('the order of rules and of artifacts does not matter', () => {
    check((rules, candidates, isPerTag) => {
      const kept = stays(rules, candidates, isPerTag);
      expect(stays(rules.toReversed(), candidates.toReversed(), isPerTag)).toEqual(kept);
    });
  });

  it('a disabled rule counts as none', () => {
    check((rules, candidates, isPerTag, more) => {
      const off = { ...more, isDisabled: true };
      expect(stays([off, ...rules], candidates, isPerTag)).toEqual(
        stays(rules, candidates, isPerTag),
      );
    });
  });

  it('an artifact is judged once with all of its tags, or each tag once', () => {
    check((rules, candidates, isPerTag) => {
      for (const [digest, verdicts] of judgeAll(rules, candidates, { isPerTag })) {
        const own = candidates.find((one) => one.digest === digest)?.tags ?? [];
        expect(verdicts).toHaveLength(isPerTag ? Math.max(1, own.length) : 1);
        expect(verdicts.flatMap(({ tags }) => tags)).toEqual(own.map(({ name }) => name));
      }
    });
  });
});
