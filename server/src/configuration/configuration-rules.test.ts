import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { presentConfiguration, presentInternal } from './configuration.presenter.ts';
import { parseSettings } from './configuration-items.ts';
import { acceptChanges, enabledSources, findRuleFaults } from './configuration-rules.ts';
import { parseOverwrite } from './overwrite.ts';

describe('changes', () => {
  it('are read as Harbor clients send them', () => {
    expect(
      acceptChanges({ token_expiration: '45', read_only: 'true', ldap_scope: 1, oidc_name: null }),
    ).toEqual({ values: { token_expiration: 45, read_only: true, ldap_scope: 1 }, faults: [] });
  });

  it('are refused with every fault at once, and no value', () => {
    const canary = 'canary-1f3a';
    const { faults } = acceptChanges({
      token_expiration: canary,
      nothing_such: canary,
      ldap_scope: 9,
      oidc_client_secret: [canary],
      ['x'.repeat(500)]: canary,
      read_only: true,
    });
    expect(faults.map((fault) => fault.split(':')[0])).toEqual([
      'token_expiration',
      'nothing_such',
      'ldap_scope',
      'oidc_client_secret',
      'x'.repeat(64),
    ]);
    expect(faults.join()).not.toContain(canary);
  });

  it.each([[[]], ['{}'], [null], [5], [undefined]])('must not be %j', (changes) => {
    expect(acceptChanges(changes).faults).toEqual(['must be a JSON object']);
  });

  it('named like the prototype are unknown', () => {
    const { values, faults } = acceptChanges(JSON.parse('{"__proto__": {"read_only": true}}'));
    expect(faults).toEqual(['__proto__: there is no such key']);
    expect(values).toEqual({});
  });
});

describe('the rule of the audit log', () => {
  it.each([
    [{}, 0],
    [{ audit_log_forward_endpoint: 'syslog:514' }, 0],
    [{ skip_audit_log_database: true }, 1],
    [{ skip_audit_log_database: true, audit_log_forward_endpoint: 'syslog:514' }, 0],
  ])('of %j finds %i faults', (values, count) => {
    expect(findRuleFaults(parseSettings(values))).toHaveLength(count);
  });
});

describe('the sources of users', () => {
  it.each([
    [{}, ['database']],
    [{ auth_mode: 'ldap_auth' }, ['database', 'ldap']],
    [{ auth_mode: 'ldap_auth', ldap_enabled: true }, ['database', 'ldap']],
    [{ auth_mode: 'oidc_auth', ldap_enabled: true }, ['database', 'ldap', 'oidc']],
    [{ auth_mode: 'http_auth' }, ['database', 'http']],
    [{ auth_mode: 'uaa_auth' }, ['database', 'uaa']],
    [
      { ldap_enabled: true, oidc_enabled: true, uaa_enabled: true, http_authproxy_enabled: true },
      ['database', 'ldap', 'oidc', 'http', 'uaa'],
    ],
  ])('of %j are %j', (values, sources) => {
    expect(enabledSources(parseSettings(values))).toEqual(sources);
  });
});

describe('the configuration as it is presented', () => {
  const settings = parseSettings({ oidc_extra_redirect_parms: { prompt: 'login' } });
  const free = { isEditable: true, isAuthModeEditable: true };

  it('has value and editable for each key, maps as text, and no secret keys', () => {
    const presented = presentConfiguration(settings, free);
    expect(presented['token_expiration']).toEqual({ value: 30, editable: true });
    expect(presented['oidc_extra_redirect_parms']).toEqual({
      value: '{"prompt":"login"}',
      editable: true,
    });
    expect(presented['scan_all_policy']?.value).toBe('{"type":"none"}');
    expect(Object.keys(presented)).toHaveLength(69);
    expect(Object.keys(presented).filter((key) => /secret|password/.test(key))).toEqual([]);
  });

  it('tells when only auth_mode is fixed, and when everything is', () => {
    const locked = presentConfiguration(settings, { ...free, isAuthModeEditable: false });
    expect(Object.entries(locked).filter(([, { editable }]) => !editable)).toEqual([
      ['auth_mode', { value: 'db_auth', editable: false }],
    ]);
    const fixed = presentConfiguration(settings, { ...free, isEditable: false });
    expect(Object.values(fixed).some(({ editable }) => editable)).toBe(false);
  });

  it('has the keys of the system beside, which are never editable', () => {
    const presented = presentInternal(settings, { with_trivy: false, read_only: true }, free);
    expect(presented['with_trivy']).toEqual({ value: false, editable: false });
    expect(presented['read_only']).toEqual({ value: false, editable: true });
    expect(Object.keys(presented)).toHaveLength(70);
  });
});

describe('an overwrite', () => {
  it('is absent without a text', () => {
    expect(parseOverwrite(undefined)).toBeUndefined();
    expect(parseOverwrite('')).toBeUndefined();
  });

  it('is read by the rules of a change', () => {
    expect(parseOverwrite('{"token_expiration":"45","oidc_client_secret":"s"}')?.values).toEqual({
      token_expiration: 45,
      oidc_client_secret: 's',
    });
  });

  it.each([
    ['{"oidc_client_secret": "canary-77" oops', 1],
    ['canary-77', 1],
    ['["canary-77"]', 1],
    ['{"token_expiration": "canary-77", "nothing": "canary-77"}', 2],
    ['{"skip_audit_log_database": true, "oidc_client_secret": "canary-77"}', 1],
  ])('%s is refused at start, and not repeated', (text, count) => {
    let thrown: unknown;
    try {
      parseOverwrite(text);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ name: 'ConfigError' });
    expect(thrown).toHaveProperty('faults.length', count);
    expect(inspect(thrown)).toContain('BERTH_CONFIG_OVERWRITE_JSON: ');
    expect(inspect(thrown)).not.toContain('canary-77');
  });
});
