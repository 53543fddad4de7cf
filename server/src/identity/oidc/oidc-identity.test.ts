import { describe, expect, it } from 'vitest';
import { OidcError } from './oidc.errors.ts';
import { filterGroups, readIdentity } from './oidc-identity.ts';
import { selectRedirectParameters } from './oidc-settings.ts';

const settings = { userClaim: '', groupsClaim: 'groups', adminGroup: '', groupFilter: '' };

describe('readIdentity', () => {
  it('prefers userinfo for name, email and groups', () => {
    const idToken = { name: 'Old', email: 'old@x.test', email_verified: true, groups: ['old'] };
    const userinfo = { name: 'New Name', email: 'new@x.test', groups: ['new'] };
    expect(readIdentity(idToken, userinfo, settings)).toEqual({
      username: 'New_Name',
      email: 'new@x.test',
      // The verified one was the other address.
      emailVerified: false,
      groups: ['new'],
      groupsKnown: true,
      isAdmin: false,
    });
  });

  it('prefers the signed token for a configured username claim', () => {
    const used = { ...settings, userClaim: 'upn' };
    expect(readIdentity({ upn: 'signed' }, { upn: 'told' }, used).username).toBe('signed');
    expect(readIdentity({}, { upn: 'told' }, used).username).toBe('told');
    expect(readIdentity({ upn: 7 }, { name: 'other' }, used).username).toBeUndefined();
  });

  it('does not take properties of every object for claims', () => {
    const used = { ...settings, userClaim: 'constructor', groupsClaim: '__proto__' };
    expect(readIdentity({}, {}, used)).toMatchObject({ username: undefined, groupsKnown: false });
  });

  it('accepts only true as a verified email', () => {
    const claims = { email: 'a@x.test', email_verified: 'true' };
    expect(readIdentity(claims, {}, settings).emailVerified).toBe(false);
  });

  it('tells an absent groups claim from an empty one', () => {
    expect(readIdentity({}, {}, settings)).toMatchObject({ groups: [], groupsKnown: false });
    expect(readIdentity({ groups: [] }, {}, settings)).toMatchObject({ groupsKnown: true });
  });

  it('drops what cannot be the name of a group', () => {
    const groups = ['a', 'a', ' b ', '', 7, null, { a: 1 }, 'x'.repeat(256)];
    expect(readIdentity({ groups }, {}, settings).groups).toEqual(['a', 'b']);
  });

  it('knows an administrator by a group that the filter hides', () => {
    const used = { ...settings, adminGroup: 'admins', groupFilter: '^dev' };
    const identity = readIdentity({ groups: ['admins', 'dev-1'] }, {}, used);
    expect(identity).toMatchObject({ isAdmin: true, groups: ['dev-1'] });
  });

  it('makes nobody an administrator while no admin group is set', () => {
    expect(readIdentity({ groups: [''] }, {}, settings).isAdmin).toBe(false);
  });
});

describe('filterGroups', () => {
  it('matches anywhere in the name', () => {
    expect(filterGroups(['my-dev-team', 'ops'], 'dev')).toEqual(['my-dev-team']);
  });

  it.each(['(', '(?=a)', '(a)\\1', 'x'.repeat(257)])('refuses %j', (filter) => {
    expect(() => filterGroups(['a'], filter)).toThrow(OidcError);
  });

  it('takes linear time', () => {
    filterGroups(['warm'], 'up');
    const began = performance.now();
    expect(filterGroups([`${'a'.repeat(200)}!`], '^(a|a?)+$')).toEqual([]);
    expect(performance.now() - began).toBeLessThan(50);
  });
});

describe('selectRedirectParameters', () => {
  const full = {
    ...settings,
    endpoint: 'https://accounts.google.com',
    clientId: 'id',
    clientSecret: '',
    scopes: ['openid', 'email', 'offline_access'],
    verifyCert: true,
    extraRedirectParams: { prompt: 'none', hd: 'x.test', request_uri: 'https://evil.test' },
    logout: false,
  };

  it('asks Google for a refresh token in its own way', () => {
    expect(selectRedirectParameters(full)).toEqual({
      scope: 'openid email',
      access_type: 'offline',
      prompt: 'consent',
      hd: 'x.test',
    });
  });

  it('asks everybody else by scope', () => {
    const endpoint = 'https://accounts.google.com.evil.test';
    expect(selectRedirectParameters({ ...full, endpoint })).toEqual({
      scope: 'openid email offline_access',
      prompt: 'none',
      hd: 'x.test',
    });
  });
});
