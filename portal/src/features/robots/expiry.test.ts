import { describe, expect, it } from 'vitest';
import { expiryOf } from './expiry.ts';

const now = new Date('2026-11-21T00:00:00Z');
const inDays = (days: number) => expiryOf(now.getTime() / 1000 + days * 86_400, now).kind;

describe('the end of a robot', () => {
  it('is soon for a week before it', () => {
    expect(inDays(-1)).toBe('expired');
    expect(inDays(0)).toBe('expired');
    expect(inDays(7)).toBe('soon');
    expect(inDays(7.1)).toBe('later');
  });

  it('may never come, or be too far away for a date', () => {
    expect(expiryOf(-1, now)).toEqual({ kind: 'never' });
    expect(inDays(2 ** 31 - 1)).toBe('never');
  });
});
