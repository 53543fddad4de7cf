import { expect, test } from 'vitest';
import { findNextRun } from './cron.ts';

// A Wednesday.
const now = new Date('2026-09-02T10:30:15Z');
const next = (cron: string) => findNextRun(cron, now)?.toISOString();

test.each([
  ['0 0 * * * *', '2026-09-02T11:00:00.000Z'],
  ['0 0 0 * * *', '2026-09-03T00:00:00.000Z'],
  ['0 0 0 * * 0', '2026-09-06T00:00:00.000Z'],
  ['0 0 2 * * SAT', '2026-09-05T02:00:00.000Z'],
  ['0 */20 * * * *', '2026-09-02T10:40:00.000Z'],
  ['0 45/5 10-12 * * *', '2026-09-02T10:45:00.000Z'],
  ['0 0 0 29 FEB ?', '2028-02-29T00:00:00.000Z'],
])('%s fires next at %s', (cron, expected) => {
  expect(next(cron)).toBe(expected);
});

test('when both days are restricted, either will do', () => {
  expect(next('0 0 0 13 * FRI')).toBe('2026-09-04T00:00:00.000Z');
});

test('what is no cron expression has no next time', () => {
  expect(next('')).toBeUndefined();
  expect(next('every day')).toBeUndefined();
  expect(next('0 0 0 31 2 *')).toBeUndefined();
});
