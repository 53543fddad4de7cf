import { describe, expect, it } from 'vitest';
import { parseOptions, SCENARIO_IDS } from './options.ts';

describe('parseOptions', () => {
  it('runs everything five times unless told otherwise', () => {
    expect(parseOptions([])).toMatchObject({ scenarios: SCENARIO_IDS, runs: 5, quick: false });
  });

  it('takes scenario ids in any case, and a number of runs', () => {
    expect(parseOptions(['b1', 'B10', '--runs', '3'])).toMatchObject({
      scenarios: ['B1', 'B10'],
      runs: 3,
    });
  });

  it('makes one run when it is quick, whatever --runs says', () => {
    expect(parseOptions(['--quick', '--runs', '3']).runs).toBe(1);
  });

  it.each([
    [['B99'], 'B99 is none of B1'],
    [['--runs', '0'], 'a number from 1'],
    [['--runs', 'x'], 'a number from 1'],
    [['--slow'], "'--slow'"],
  ])('refuses %j', (args, message) => {
    expect(() => parseOptions(args)).toThrow(message);
  });
});
