import { describe, expect, it } from 'vitest';
import { createLogTable, type LogMark } from './log-table.ts';

const row = (mark: LogMark, tag = 'v1') => ({
  digest: 'sha256:abc',
  tags: [tag, 'latest'],
  labels: ['red'],
  pushedAt: Date.parse('2026-05-04T03:02:01.500Z'),
  pulledAt: undefined,
  createdAt: Date.parse('2026-05-01T00:00:00Z'),
  mark,
  reason: 'no rule selects it',
});

describe('the table of a log', () => {
  it("has Harbor's columns, and why", () => {
    const table = createLogTable();
    table.add(row('DEL'));
    expect(table.lines()).toEqual([
      '| Digest     | Tag       | Kind  | Labels | PushedTime          | PulledTime | CreatedTime         | Retention | Reason             |',
      '|------------|-----------|-------|--------|---------------------|------------|---------------------|-----------|--------------------|',
      '| sha256:abc | v1,latest | image | red    | 2026/05/04 03:02:01 |            | 2026/05/01 00:00:00 | DEL       | no rule selects it |',
    ]);
  });

  it('has room for what goes, however much stays, and tells what it leaves out', () => {
    const table = createLogTable(4, 2);
    for (let count = 0; count < 5; count += 1) table.add(row('RETAIN'));
    for (let count = 0; count < 3; count += 1) table.add(row('DEL'));
    const lines = table.lines();
    expect(lines.filter((line) => line.includes('| RETAIN '))).toHaveLength(2);
    expect(lines.filter((line) => line.includes('| DEL '))).toHaveLength(2);
    expect(lines.at(-1)).toBe('and 4 more for which the table has no room');
  });

  it('cuts what is too long', () => {
    const table = createLogTable();
    table.add(row('DEL', 'x'.repeat(500)));
    expect(table.lines()[2]?.length).toBeLessThan(320);
  });
});
