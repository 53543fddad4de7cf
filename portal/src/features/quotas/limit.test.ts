import { describe, expect, it } from 'vitest';
import { limitBytes, parseLimit } from './limit.ts';

describe('a limit', () => {
  it.each([
    [10 * 2 ** 30, 10, 'GiB'],
    [1.5 * 2 ** 40, 1.5, 'TiB'],
    [1500 * 2 ** 20, 1500, 'MiB'],
    [4_000_000, 3906.25, 'KiB'],
    [1_999_999, 1_999_999, 'B'],
    [1024, 1, 'KiB'],
  ])('of %d bytes is %d %s', (bytes, amount, unit) => {
    expect(parseLimit(bytes)).toEqual({ isUnlimited: false, amount, unit });
  });

  it.each([10 * 2 ** 30, 1.5 * 2 ** 40, 1_999_999, -1])('of %d bytes is kept', (bytes) => {
    expect(limitBytes(parseLimit(bytes))).toBe(bytes);
  });

  it.each([undefined, 0, -3, 8192])('of %s TiB is none', (amount) => {
    expect(limitBytes({ isUnlimited: false, amount, unit: 'TiB' })).toBeUndefined();
  });
});
