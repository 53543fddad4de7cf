import { describe, expect, it } from 'vitest';
import { LdapError } from './ldap.errors.ts';
import { type LdapGroupSettings, type LdapSettings, parseSettings } from './settings.ts';

const group: LdapGroupSettings = {
  baseDn: '',
  filter: '',
  nameAttribute: '',
  scope: 2,
  adminDn: '',
  membershipAttribute: '',
  attachParallel: false,
};
const settings: LdapSettings = {
  url: 'ldap://directory',
  searchDn: 'cn=berth,dc=test',
  searchPassword: 'secret',
  baseDn: 'dc=test',
  filter: '',
  uid: '',
  scope: 2,
  timeoutSeconds: 5,
  verifyCert: true,
  group,
};

const parse = (change: Partial<LdapSettings>) => parseSettings({ ...settings, ...change });
const parseGroup = (change: Partial<LdapGroupSettings>) =>
  parse({ group: { ...group, ...change } }).group;

describe('parseSettings', () => {
  it('fills in what Harbor fills in', () => {
    expect(parse({})).toMatchObject({
      uid: 'cn',
      timeoutMs: 5000,
      group: {
        baseDn: 'dc=test',
        nameAttribute: 'cn',
        membershipAttribute: 'memberof',
        nested: false,
        inChain: false,
        parallel: 1,
      },
    });
  });

  it.each([
    [0, 5000],
    [-1, 5000],
    [Number.NaN, 5000],
    [1, 1000],
    [100_000, 120_000],
  ])('makes of %d seconds %d ms', (timeoutSeconds, timeoutMs) => {
    expect(parse({ timeoutSeconds }).timeoutMs).toBe(timeoutMs);
  });

  it('searches anonymously only when neither DN nor password are given', () => {
    expect(parse({ searchDn: '', searchPassword: '' }).search).toBeUndefined();
    expect(() => parse({ searchPassword: '' })).toThrow(LdapError);
    expect(() => parse({ searchDn: '' })).toThrow(LdapError);
  });

  it('takes the search DN in the form of Active Directory', () => {
    expect(parse({ searchDn: 'berth@test.example' }).search?.dn).toBe('berth@test.example');
  });

  it.each([
    { baseDn: 'nonsense' },
    { filter: '(a=b' },
    { uid: 'uid=*' },
    { group: { ...group, baseDn: 'nonsense' } },
    { group: { ...group, filter: '(a=b))' } },
    { group: { ...group, nameAttribute: 'c n' } },
    { group: { ...group, adminDn: 'admins' } },
    { group: { ...group, membershipAttribute: 'member of' } },
  ])('refuses %j', (change) => {
    expect(() => parse(change)).toThrow(LdapError);
  });

  it.each([
    { filter: '(memberOf:1.2.840.113556.1.4.1941:=cn=berth,dc=test)' },
    { membershipAttribute: 'memberof:1.2.840.113556.1.4.1941:' },
  ])('lets Active Directory follow the chain for %j', (change) => {
    expect(parseGroup(change)).toMatchObject({ inChain: true, membershipAttribute: 'memberof' });
  });

  it('keeps no password in its errors', () => {
    expect(() => parse({ searchDn: '' })).not.toThrow(/secret/);
  });
});
