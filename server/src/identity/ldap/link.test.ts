import { describe, expect, it } from 'vitest';
import { ldapLink } from './link.ts';

describe('the link of a person to an account', () => {
  it.each([
    ['uid=ann,ou=people,dc=example,dc=com', 'ldap:dc=example,dc=com'],
    ['UID=Ann, OU=People, DC=Example, DC=com', 'ldap:dc=example,dc=com'],
    ['uid=ann,o=example', 'ldap:'],
  ])('of %s is of the directory %s', (dn, issuer) => {
    expect(ldapLink({ dn }).issuer).toBe(issuer);
  });

  it('is one for all spellings of a DN', () => {
    const [first, second] = ['uid=ann,dc=example,dc=com', 'UID=ANN, DC=example , dc=COM'];
    expect(ldapLink({ dn: first ?? '' })).toEqual(ldapLink({ dn: second ?? '' }));
  });
});
