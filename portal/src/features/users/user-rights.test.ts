import { expect, it } from 'vitest';
import { isAdministrator, isDispensable } from './user-rights.ts';

const ann = { user_id: 7, sysadmin_flag: false, admin_role_in_auth: false };

it('knows administrators of the registry and of the login source', () => {
  expect(isAdministrator({ ...ann, sysadmin_flag: true }, false)).toBe(true);
  expect(isAdministrator({ ...ann, admin_role_in_auth: true }, false)).toBe(true);
});

it('knows of all others only where the registry decides', () => {
  expect(isAdministrator(ann, true)).toBe(false);
  expect(isAdministrator(ann, false)).toBeUndefined();
});

it('spares the first administrator and the reader', () => {
  expect(isDispensable(ann, 3)).toBe(true);
  expect(isDispensable(ann, 7)).toBe(false);
  expect(isDispensable({ ...ann, user_id: 1 }, 3)).toBe(false);
});
