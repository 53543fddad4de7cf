import { describe, expect, it } from 'vitest';
import { descendants, parseKilobytes, parseStat } from './usage.ts';

const stat =
  '4242 (postgres: io (x) w) S 17 4242 4242 0 -1 4194304 100 0 0 0 250 30 5 1 20 0 1 0 999 1 2';

describe('parseStat', () => {
  it('adds user and system time, also of ended children, past a command with spaces', () => {
    expect(parseStat(stat)).toEqual({ parent: 17, ticks: 286 });
  });
});

describe('parseKilobytes', () => {
  it('reads the named line only, in units of 10^6 bytes', () => {
    const text = 'Name:\tnode\nVmHWM:\t  100000 kB\nVmRSS:\t   50000 kB\n';
    expect(parseKilobytes(text, 'VmHWM')).toBeCloseTo(102.4);
    expect(parseKilobytes(text, 'VmRSS')).toBeCloseTo(51.2);
    expect(parseKilobytes(text, 'Rss')).toBe(0);
  });
});

function of(parent: number) {
  return { parent, ticks: 0 };
}

describe('descendants', () => {
  it('finds grandchildren and leaves out strangers and the process itself', () => {
    const stats = new Map([
      [1, of(0)],
      [10, of(1)],
      [11, of(10)],
      [12, of(11)],
      [20, of(1)],
    ]);
    expect(descendants(stats, 10)).toEqual([11, 12]);
  });
});
