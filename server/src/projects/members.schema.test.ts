import { describe, expect, it } from 'vitest';
import { memberRequest, roleRequest } from './members.schema.ts';

describe('a request about a member', () => {
  it('may hold the other kind of member empty, as Go leaves out no struct', () => {
    const request = { role_id: 2, member_user: { username: 'ann' }, member_group: {} };
    expect(memberRequest.safeParse(request).success).toBe(true);
  });

  it('may hold the whole member to change its role', () => {
    const request = { role_id: 3, member_user: { username: 'ann' }, member_group: {} };
    expect(roleRequest.parse(request).role_id).toBe(3);
    expect(roleRequest.safeParse({ role_id: 3, role: 'guest' }).success).toBe(false);
  });
});
