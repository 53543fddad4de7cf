import { expect, it } from 'vitest';
import { groupTypesOf } from './group-types.ts';

it.each([
  ['ldap_auth', 1],
  ['http_auth', 2],
  ['oidc_auth', 3],
])('offers the groups of %s first', (mode, first) => {
  expect(groupTypesOf(mode)[0]).toBe(first);
});

it('offers those of all sources', () => {
  for (const mode of ['ldap_auth', 'http_auth', 'oidc_auth', undefined]) {
    expect(new Set(groupTypesOf(mode))).toEqual(new Set([1, 2, 3]));
  }
});
