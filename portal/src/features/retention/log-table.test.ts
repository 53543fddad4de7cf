import { describe, expect, it } from 'vitest';
import { parseLogTable } from './log-table.ts';
import { retentionMessages } from './messages.ts';
import { describeReason } from './reason.ts';

const LOG = `2026-11-21T20:00:00.053Z Run retention process. Repository: team/app, Dry Run: true
2026-11-21T20:00:00.168Z Load 2 candidates from repository team/app
2026-11-21T20:00:00.252Z | Digest      | Tag        | Kind  | Labels | PushedTime          | PulledTime | CreatedTime         | Retention | Reason                            |
2026-11-21T20:00:00.252Z |-------------|------------|-------|--------|---------------------|------------|---------------------|-----------|-----------------------------------|
2026-11-21T20:00:00.252Z | sha256:aaaa | dev,latest | image | a|b    | 2026/11/21 13:30:43 |            | 2026/11/21 13:30:43 | RETAIN    | kept by rule 2 (always)           |
2026-11-21T20:00:00.252Z | sha256:bbbb |            | image |        | 2026/11/20 13:30:43 |            | 2026/11/20 13:30:43 | DEL       | no rule selects it                |
2026-11-21T20:00:00.252Z and 12 more for which the table has no room
`;

describe('the table of a log', () => {
  it('is read cell by cell', () => {
    const table = parseLogTable(LOG);
    expect(table?.moreCount).toBe(12);
    expect(table?.rows).toEqual([
      {
        digest: 'sha256:aaaa',
        tags: ['dev', 'latest'],
        labels: ['a|b'],
        pushedAt: '2026-11-21T13:30:43Z',
        pulledAt: undefined,
        mark: 'RETAIN',
        reason: 'kept by rule 2 (always)',
      },
      {
        digest: 'sha256:bbbb',
        tags: [],
        labels: [],
        pushedAt: '2026-11-20T13:30:43Z',
        pulledAt: undefined,
        mark: 'DEL',
        reason: 'no rule selects it',
      },
    ]);
  });

  it('is none before it has been written', () => {
    expect(parseLogTable('Run retention process.\n')).toBeUndefined();
    expect(parseLogTable('')).toBeUndefined();
  });
});

describe('a reason', () => {
  it.each([
    ['kept by rule 2 (always), rule 3 (latestPushedK 2)', '由规则 2、3 保留'],
    ['selected, but not kept, by rule 1 (latestSemverK 2)', '在规则 1 的范围内，但未被保留'],
    ['no rule selects it', '没有规则选中它'],
    ['no rule is for this repository', '没有规则适用于此镜像仓库'],
    ['an index lists it', 'an index lists it'],
  ])('is told in the reader’s language: %s', (text, told) => {
    expect(describeReason(text, retentionMessages['zh-CN'])).toBe(told);
  });
});
