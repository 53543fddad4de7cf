import { expect, test } from 'vitest';
import { expiresAt } from './token-expiry.ts';

const now = new Date('2026-11-21T12:00:00Z');

test('days are counted from now', () => {
  expect(expiresAt('30', '', now)).toBe('2026-12-21T12:00:00.000Z');
  expect(expiresAt('never', '', now)).toBeNull();
});

test('a chosen day counts to its end, where the reader is', () => {
  const end = new Date('2026-12-01T23:59:59').toISOString();
  expect(expiresAt('day', '2026-12-01', now)).toBe(end);
});

test('a day that is over, or none, is refused', () => {
  expect(expiresAt('day', '2026-11-19', now)).toBeUndefined();
  expect(expiresAt('day', '', now)).toBeUndefined();
  expect(expiresAt('day', '20261201', now)).toBeUndefined();
  expect(expiresAt('day', '2026-13-01', now)).toBeUndefined();
});
