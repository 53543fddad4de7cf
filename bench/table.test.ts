import { describe, expect, it } from 'vitest';
import type { Row } from './figure.ts';
import { checkGoal, formatNumber, formatTables, replaceBetween } from './table.ts';

const row: Row = {
  id: 'B1',
  name: 'manifest GET',
  unit: 'req/s',
  goals: [
    { kind: 'ratio', peer: 'bare', atLeast: 0.5 },
    { kind: 'ratio', peer: 'docker-registry', atLeast: 10 },
  ],
  targets: [
    {
      target: 'berth',
      voided: [],
      runs: [
        { value: 100, operations: 5, p95Ms: 1, p99Ms: 1, peakRssMb: 200, childrenMb: 40 },
        { value: 300, operations: 5, p95Ms: 3, p99Ms: 3, peakRssMb: 400, childrenMb: 60 },
        { value: 200, operations: 5, p95Ms: 2, p99Ms: 2, peakRssMb: 300, childrenMb: 50 },
      ],
    },
    { target: 'docker-registry', voided: ['500 instead of 200'], runs: [{ value: 25 }] },
    { target: 'bare', voided: [], runs: [{ value: 400 }] },
  ],
};

describe('checkGoal', () => {
  it('compares medians: exactly reached is met, below is not', () => {
    expect(row.goals.map((goal) => checkGoal(row, goal))).toEqual([true, false]);
  });

  it('knows no answer when the peer was not measured', () => {
    const alone = { ...row, targets: row.targets.slice(0, 1) };
    expect(checkGoal(alone, { kind: 'ratio', peer: 'bare', atLeast: 0.1 })).toBeUndefined();
  });

  it('reads a limit from the metric it names', () => {
    expect(checkGoal(row, { kind: 'limit', metric: 'peakRssMb', atMost: 299 })).toBe(false);
    expect(checkGoal(row, { kind: 'limit', metric: 'value', atMost: 200 })).toBe(true);
    expect(checkGoal(row, { kind: 'limit', metric: 'p95Ms', atMost: 1.9 })).toBe(false);
  });

  it('reads a floor from the value', () => {
    expect(checkGoal(row, { kind: 'floor', atLeast: 201 })).toBe(false);
    expect(checkGoal(row, { kind: 'floor', atLeast: 200 })).toBe(true);
  });
});

describe('formatTables', () => {
  it('shows median, spread, ratios, voided runs and verdicts', () => {
    const text = formatTables([row]);
    expect(text).toContain('**200** (100–300)');
    expect(text).toContain('**25** (25–25, 1 void)');
    expect(text).toContain('| 8 × | 50 % |');
    expect(text).toContain('| yes; **no** |');
  });

  it('shows the cost of targets that counted operations', () => {
    const costs = formatTables([row]).split('\n\n')[1] ?? '';
    expect(costs).toContain('| berth | – | 2 | 2 | 300 + 50 PostgreSQL |');
    expect(costs).not.toContain('| bare |');
  });

  it('says why a target has no figure', () => {
    const broken = { ...row, targets: [{ target: 'berth' as const, runs: [], voided: ['500'] }] };
    expect(formatTables([broken])).toContain('void: 500');
  });
});

describe('replaceBetween', () => {
  it('replaces what is between the markers and nothing else', () => {
    const document = 'a\n<!-- t:begin -->\nold\n<!-- t:end -->\nb';
    expect(replaceBetween(document, 't', 'new')).toBe(
      'a\n<!-- t:begin -->\nnew\n<!-- t:end -->\nb',
    );
  });

  it('throws when a marker is missing', () => {
    expect(() => replaceBetween('<!-- t:begin -->', 't', 'new')).toThrow(
      '<!-- t:end --> are missing',
    );
  });
});

describe('formatNumber', () => {
  it('keeps three significant digits and groups thousands', () => {
    expect([0.012345, 2.71345, 99.96, 12345.6].map(formatNumber)).toEqual([
      '0.0123',
      '2.71',
      '100',
      '12,346',
    ]);
  });
});
