import { expect, test } from 'vitest';
import { HOSTILE_CASES } from './hostile-cases.ts';

test('there are 200 hostile cases at least, and none twice', () => {
  const distinct = new Set(HOSTILE_CASES.map(({ place, text }) => `${place} ${text}`));
  expect(distinct.size).toBe(HOSTILE_CASES.length);
  expect(distinct.size).toBeGreaterThanOrEqual(200);
});
