import { expect, test } from 'vitest';
import { isGrave, placeOf } from './alert-place.ts';

const robot = { kind: 'robot-expiring', robot: 'r', robot_id: 1, expires_at: '' } as const;

test('an alert leads to where something can be done about it', () => {
  expect(placeOf({ ...robot, level: 'system' })).toEqual({ to: '/admin/robots' });
  expect(placeOf({ ...robot, level: 'project', project: 'team', project_id: 2 })).toEqual({
    to: '/p/$project/robots',
    params: { project: 'team' },
  });
});

test('a quota is grave once nothing is left of it', () => {
  const quota = { kind: 'quota', project: 'team', project_id: 2, hard: 100 } as const;
  expect(isGrave({ ...quota, used: 99 })).toBe(false);
  expect(isGrave({ ...quota, used: 100 })).toBe(true);
});
