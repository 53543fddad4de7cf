import { expect, it } from 'vitest';
import { isLimit, limitBytes } from './storage-limit.ts';

it('the default is not said, no limit is -1', () => {
  expect(limitBytes({ kind: 'default', amount: 10, unit: 'GiB' })).toBeUndefined();
  expect(limitBytes({ kind: 'unlimited', amount: 10, unit: 'GiB' })).toBe(-1);
});

it('a limit is in whole bytes', () => {
  expect(limitBytes({ kind: 'limited', amount: 1.5, unit: 'GiB' })).toBe(1_610_612_736);
  expect(limitBytes({ kind: 'limited', amount: 0.1, unit: 'MiB' })).toBe(104_858);
  expect(limitBytes({ kind: 'limited', amount: 2, unit: 'TiB' })).toBe(2 ** 41);
});

it('nothing, less than nothing and too much are no limits', () => {
  for (const amount of [undefined, 0, -5, 8193]) {
    expect(isLimit({ kind: 'limited', amount, unit: 'TiB' })).toBe(false);
  }
  expect(isLimit({ kind: 'limited', amount: 1, unit: 'MiB' })).toBe(true);
  expect(isLimit({ kind: 'unlimited', amount: undefined, unit: 'MiB' })).toBe(true);
  expect(isLimit({ kind: 'default', amount: undefined, unit: 'MiB' })).toBe(true);
});
