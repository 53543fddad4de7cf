import { expect, test } from 'vitest';
import { isObjectName } from './object-name.ts';

test.each(['test', 'a.b-c_d', 'team1'])('%s is a name', (name) => {
  expect(isObjectName(name)).toBe(true);
});

test.each(['', 'Test', 'a--b', '-a', 'a/b', 'x-image-y', 'x-chart-y', '名'])(
  '%j is no name',
  (name) => {
    expect(isObjectName(name)).toBe(false);
  },
);
