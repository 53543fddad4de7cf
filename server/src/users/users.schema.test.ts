import { describe, expect, it } from 'vitest';
import { passwordRequest, sysAdminFlag, userCreationRequest, userProfile } from './users.schema.ts';

/** What terraform-provider-harbor sends to every operation about a user. */
const whole = {
  username: 'ann',
  password: 'Secret-12345',
  new_password: 'Secret-12345',
  email: 'ann@example.com',
  realname: 'Ann',
};

describe('a request about a user', () => {
  it.each([
    ['create', userCreationRequest, { username: 'ann', password: 'Secret-12345' }],
    ['update', userProfile, { email: 'ann@example.com', realname: 'Ann', comment: '' }],
    ['set as administrator', sysAdminFlag, { sysadmin_flag: false }],
    ['set a password', passwordRequest, { old_password: '', new_password: 'Secret-12345' }],
  ])('to %s may hold a whole user', (_, schema, expected) => {
    expect(schema.parse(whole)).toMatchObject(expected);
  });

  it('takes null for the empty text', () => {
    expect(passwordRequest.parse({ old_password: null, new_password: 'x' })).toEqual({
      old_password: '',
      new_password: 'x',
    });
    expect(userProfile.parse({ email: null })).toEqual({ email: '', realname: '', comment: '' });
  });

  it('is refused with a field that no client has', () => {
    expect(userProfile.safeParse({ ...whole, role: 1 }).success).toBe(false);
  });
});
