import { describe, expect, it } from 'vitest';
import { repositoryActions } from './access.ts';
import { actions, parseActions, presentActions } from './actions.ts';
import { anonymous, principalKey, type UserPrincipal } from './principal.ts';
import { ROLE } from './roles.ts';

const user: UserPrincipal = { kind: 'user', id: 7, username: 'ann', isAdmin: false, groupIds: [] };
const admin: UserPrincipal = { ...user, id: 1, username: 'admin', isAdmin: true };
const closed = { id: 3, name: 'team', isPublic: false, accessEpoch: 0 };
const open = { ...closed, isPublic: true };

const { none, pull, push, all } = actions;
const rolesOf = (role: number | undefined) => (role === undefined ? [] : [role]);

describe('the role matrix', () => {
  it.each([
    ['project administrator', user, ROLE.projectAdmin, all, all],
    ['maintainer', user, ROLE.maintainer, all, all],
    ['developer', user, ROLE.developer, pull | push, pull | push],
    ['guest', user, ROLE.guest, pull, pull],
    ['limited guest', user, ROLE.limitedGuest, pull, pull],
    ['stranger', user, undefined, none, pull],
    ['holder of an unknown role', user, 9, none, pull],
    ['anonymous caller', anonymous, undefined, none, pull],
    ['system administrator without a role', admin, undefined, all, all],
    ['system administrator who is a guest', admin, ROLE.guest, all, all],
  ])('gives a %s what it should have', (_name, principal, role, inPrivate, inPublic) => {
    expect(repositoryActions(principal, closed, rolesOf(role), 'app')).toBe(inPrivate);
    expect(repositoryActions(principal, open, rolesOf(role), 'app')).toBe(inPublic);
  });
});

describe('action words', () => {
  it.each([
    [[], none, []],
    [['pull'], pull, ['pull']],
    [['push', 'pull'], pull | push, ['pull', 'push']],
    [['delete'], actions.delete, ['delete']],
    [['*'], all, ['pull', 'push', 'delete']],
    [['pull', 'pull'], pull, ['pull']],
    [['Pull', 'admin', '', 'toString'], none, []],
    [['scan', 'pull'], pull, ['pull']],
  ])('%j become the bits %i', (names, set, shown) => {
    expect(parseActions(names)).toBe(set);
    expect(presentActions(set)).toEqual(shown);
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 7])('presenting and parsing %i gives it back', (set) => {
    expect(parseActions(presentActions(set))).toBe(set);
  });
});

describe('principalKey', () => {
  it('is made of the id, so that a rename keeps it and a new account has another', () => {
    expect(principalKey(user)).toBe(principalKey({ ...user, username: 'anna' }));
    expect(principalKey(user)).not.toBe(principalKey({ ...user, id: 8 }));
    expect(principalKey(anonymous)).not.toBe(principalKey(user));
  });
});
