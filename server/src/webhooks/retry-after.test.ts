import { describe, expect, it } from 'vitest';
import { parseRetryAfter } from './retry-after.ts';

const now = Date.UTC(2026, 0, 2, 3, 4, 5);

describe('Retry-After', () => {
  it.each<[string | null, number | undefined]>([
    ['120', 120_000],
    [' 1 ', 1_000],
    ['Fri, 02 Jan 2026 03:04:35 GMT', 30_000],
    ['99999', 3_600_000],
    ['Fri, 02 Jan 2027 03:04:35 GMT', 3_600_000],
    ['0', undefined],
    ['-5', undefined],
    ['Fri, 02 Jan 2026 03:00:00 GMT', undefined],
    ['soon', undefined],
    ['', undefined],
    [null, undefined],
  ])('reads %j as %j ms', (text, delay) => {
    expect(parseRetryAfter(text, now)).toBe(delay);
  });
});
