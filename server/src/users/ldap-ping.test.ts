import { describe, expect, it } from 'vitest';
import type { LdapSettings } from '../identity/index.ts';
import { parsePing } from './ldap-ping.ts';

const stored: LdapSettings = {
  url: 'ldaps://directory.example.com',
  searchDn: 'cn=search,dc=example',
  searchPassword: 'stored-secret',
  baseDn: 'dc=example',
  filter: '(objectClass=person)',
  uid: 'uid',
  scope: 2,
  timeoutSeconds: 5,
  verifyCert: true,
  group: {
    baseDn: '',
    filter: '',
    nameAttribute: 'cn',
    scope: 2,
    adminDn: '',
    membershipAttribute: '',
    attachParallel: false,
  },
};

describe('the settings that a ping tries out', () => {
  it('are the stored ones, changed as told', () => {
    expect(parsePing(stored, {})).toEqual(stored);
    expect(parsePing(stored, { ldap_base_dn: 'dc=other', ldap_scope: 1 })).toEqual({
      ...stored,
      baseDn: 'dc=other',
      scope: 1,
    });
    expect(parsePing(stored, { ldap_url: ` ${stored.url} `, ldap_search_password: '' })).toEqual({
      ...stored,
      url: ` ${stored.url} `,
    });
  });

  it.each([
    { ldap_url: 'ldaps://attacker.example.com' },
    { ldap_url: 'ldap://directory.example.com' },
    { ldap_url: 'ldaps://directory.example.com:1636' },
    { ldap_url: 'ldaps://attacker.example.com', ldap_search_password: '' },
    { ldap_verify_cert: false },
  ])('never send the stored password where %j says', (conf) => {
    expect(() => parsePing(stored, conf)).toThrow('empty password');
    const given = parsePing(stored, { ...conf, ldap_search_password: 'own' });
    expect(given.searchPassword).toBe('own');
  });

  it('are without a password when the directory is searched anonymously', () => {
    const anonymous = parsePing(stored, {
      ldap_url: 'ldap://other.example.com',
      ldap_search_dn: '',
    });
    expect(anonymous).toMatchObject({ searchDn: '', searchPassword: '' });
  });

  it('can all be given while none are stored', () => {
    const conf = {
      ldap_url: 'ldap://new.example.com',
      ldap_search_dn: 'cn=x',
      ldap_search_password: 'y',
    };
    expect(parsePing(undefined, conf)).toMatchObject({ uid: 'cn', verifyCert: true });
    expect(() => parsePing(undefined, {})).toThrow('LDAP is not configured');
  });
});
