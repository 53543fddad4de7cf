import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCertificate } from '../identity/certificate.ts';
import {
  type ConfigurationKey,
  configurationShape,
  isConfigurationKey,
  isSecretKey,
  parseSecrets,
  parseSettings,
  textOf,
} from './configuration-items.ts';

const testCertificate = createCertificate(
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  'test',
);

const KEYS = Object.keys(configurationShape).filter(isConfigurationKey);

function accept(key: ConfigurationKey, value: unknown): unknown {
  const result = configurationShape[key].safeParse(value);
  return result.success ? { value: result.data } : 'refused';
}

function keysWith(value: unknown, wrong: unknown): ConfigurationKey[] {
  return KEYS.filter((key) => accept(key, value) !== 'refused' && accept(key, wrong) === 'refused');
}

const flags = keysWith(true, 'x');
const times = ['token_expiration', 'session_timeout', 'robot_token_duration'] as const;
const texts = KEYS.filter((key) => accept(key, 'any text') !== 'refused');

describe('the table of items', () => {
  it('has the keys of Harbor and our own', () => {
    expect(KEYS).toHaveLength(61 + 11);
    expect(KEYS).toContain('audit_log_forward_endpoint');
    expect(KEYS.filter(isSecretKey).toSorted()).toEqual([
      'ldap_search_password',
      'oidc_client_secret',
      'uaa_client_secret',
    ]);
  });

  it('gives every key a value from the start, typed', () => {
    const settings = parseSettings({});
    const timeout: number = settings.ldap_timeout;
    expect(timeout).toBe(5);
    expect(settings).toMatchObject({
      auth_mode: 'db_auth',
      ldap_uid: 'cn',
      ldap_scope: 2,
      ldap_group_membership_attribute: 'memberof',
      token_expiration: 30,
      session_timeout: 60,
      session_absolute_hours: 12,
      undelete_days: 7,
      robot_token_duration: 30,
      robot_name_prefix: 'robot$',
      storage_per_project: -1,
      project_creation_restriction: 'everyone',
      oidc_extra_redirect_parms: {},
      scan_all_policy: { type: 'none' },
      notification_enable: true,
      quota_per_project_enable: true,
      anonymous_listing: true,
      read_only: false,
      self_registration: false,
    });
    expect(parseSecrets({})).toEqual({
      ldap_search_password: '',
      oidc_client_secret: '',
      uaa_client_secret: '',
    });
  });

  it('does not take a name of the prototype for a key', () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'LDAP_URL', '']) {
      expect(isConfigurationKey(name)).toBe(false);
    }
  });

  it.each(KEYS)('%s refuses what is of no type of its', (key) => {
    for (const wrong of [[], [1], Number.NaN, Number.POSITIVE_INFINITY, () => 1, 1.5, { a: 1 }]) {
      expect(accept(key, wrong)).toBe('refused');
    }
  });
});

describe('flags', () => {
  it('are these many', () => expect(flags).toHaveLength(18 + 7));

  it.each(flags)('%s takes true and false, also as text, and nothing else', (key) => {
    for (const value of [true, 'true', 'True', 'TRUE']) {
      expect(accept(key, value)).toEqual({ value: true });
    }
    for (const value of [false, 'false', 'False']) {
      expect(accept(key, value)).toEqual({ value: false });
    }
    for (const value of ['', 'yes', '1', 1, 0, ' true']) expect(accept(key, value)).toBe('refused');
  });
});

describe('numbers', () => {
  it.each(times)('%s is from 1 to ten nines', (key) => {
    for (const value of [1, 9_999_999_999]) {
      expect(accept(key, value)).toEqual({ value });
      expect(accept(key, String(value))).toEqual({ value });
    }
    for (const value of [0, -1, 10_000_000_000, '0', '', '1.5', '1e3', '0x10', ' 1', true]) {
      expect(accept(key, value)).toBe('refused');
    }
  });

  it.each([
    ['ldap_timeout', [1, '3600'], [0, 3601, '-1']],
    ['session_absolute_hours', [1, '8760'], [0, 8761]],
    ['undelete_days', [0, '3650'], [-1, 3651]],
    ['storage_per_project', [-1, '-1', 1, Number.MAX_SAFE_INTEGER], [0, -2, '0', 2 ** 53]],
    ['ldap_scope', [0, 1, 2, '0', '2'], [3, -1, '3', '']],
    ['ldap_group_search_scope', [0, '1', 2], [3, 'sub']],
  ] as const)('%s has bounds of its own', (key, right, wrong) => {
    for (const value of right) expect(accept(key, value)).toEqual({ value: Number(value) });
    for (const value of wrong) expect(accept(key, value)).toBe('refused');
  });

  it('come back from their digits', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9_999_999_999 }), (value) => {
        expect(accept('session_timeout', textOf(value))).toEqual({ value });
      }),
    );
  });
});

describe('texts', () => {
  it('come back from the database as they were', () => {
    expect(texts.length).toBeGreaterThan(15);
    fc.assert(
      fc.property(fc.constantFrom(...texts), fc.string({ unit: 'binary' }), (key, value) => {
        const taken = accept(key, value);
        if (taken !== 'refused') expect(accept(key, textOf(value))).toEqual({ value });
      }),
    );
  });

  it.each(texts)('%s refuses what PostgreSQL could not keep, and what is too long', (key) => {
    for (const value of ['a\0b', 'a\uD800b', 'x'.repeat(65_537), 5, true]) {
      expect(accept(key, value)).toBe('refused');
    }
  });

  it('never tells the value that was wrong', () => {
    fc.assert(
      fc.property(fc.constantFrom(...KEYS), fc.nat(), (key, seed) => {
        const canary = `canary-${seed}`;
        for (const wrong of [`${canary}\0`, { [canary]: { canary } }, [canary]]) {
          const result = configurationShape[key].safeParse(wrong);
          expect(result.success).toBe(false);
          expect(result.error?.issues[0]?.message).not.toContain(canary);
        }
      }),
    );
  });

  it.each([
    ['auth_mode', ['ldap_auth', 'oidc_auth', 'http_auth', 'uaa_auth'], ['', 'ldap', 'DB_AUTH', 1]],
    ['project_creation_restriction', ['everyone', 'adminonly'], ['', 'nobody']],
    ['ldap_base_dn', ['dc=example,dc=com'], ['']],
    ['ldap_uid', ['uid'], ['']],
    [
      'ldap_url',
      ['ldap://d', 'ldaps://d:636', 'd.example.com', 'd.example.com:389', '10.0.0.1:389'],
      ['', 'http://d', 'ldap://', 'ldap://cn=admin:secret@d', 'ldap://a b'],
    ],
    [
      'oidc_endpoint',
      ['', 'https://idp.example.com/realms/x', 'http://127.0.0.1:5556/dex'],
      ['ftp://idp', 'https://user:secret@idp', 'https://', 'javascript:alert(1)'],
    ],
    ['uaa_endpoint', ['uaa.example.com', 'https://uaa.example.com:8443'], ['x:y@uaa', 'a b']],
    ['ldap_filter', ['', '(a=b)', 'a=b', '(&(a=b)(c=\\28))'], ['(a=b', 'a=b)', ')(', '((a=b)']],
    ['ldap_group_search_filter', ['(objectclass=group)'], ['(']],
    ['oidc_group_filter', ['', '^team-.*$', '(?i)a|b'], ['(', '(?=a)', '(a)\\1', 'x'.repeat(1025)]],
    [
      'robot_name_prefix',
      ['robot$', 'bot-', 'robot@ci.', 'admin-', 'a$'],
      ['', 'a', 'admin', 'b', 'berth_pat_', 'berth_pat_x', 'a b', 'a:b', 'a\tb', 'x'.repeat(65)],
    ],
    [
      'disabled_audit_log_event_types',
      ['', 'pull_artifact', 'login_user, logout_user'],
      [',', 'a,,b', 'Pull', 'a b', 'a,'],
    ],
    [
      'banner_message',
      [
        '',
        '{"message":"m"}',
        '{"closable":true,"message":"m","type":"warning","fromDate":"01/01/2026","toDate":null}',
      ],
      ['hello', '{}', '[]', 'null', '{"message":1}', '{"message":"m","type":"loud"}', '{"message"'],
    ],
  ] as const)('%s has a form', (key, right, wrong) => {
    for (const value of right) expect(accept(key, value)).toEqual({ value });
    for (const value of wrong) expect([value, accept(key, value)]).toEqual([value, 'refused']);
  });

  it('that are certificates hold nothing else', () => {
    for (const key of ['ldap_ca', 'oidc_ca', 'http_authproxy_server_certificate'] as const) {
      for (const value of ['', testCertificate, `${testCertificate}\n${testCertificate}`]) {
        expect(accept(key, value)).toEqual({ value });
      }
      for (const value of [
        'text',
        testCertificate.slice(0, -40),
        '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
        `${testCertificate}\n-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----`,
      ]) {
        expect(accept(key, value)).toBe('refused');
      }
    }
  });
});

describe('maps', () => {
  it.each([
    ['oidc_extra_redirect_parms', { prompt: 'login', a: '' }],
    ['oidc_extra_redirect_parms', {}],
    ['scan_all_policy', { type: 'none' }],
    ['scan_all_policy', { type: 'daily', parameter: { daily_time: 3600 } }],
  ] as const)('%s takes an object or its JSON text', (key, value) => {
    expect(accept(key, value)).toEqual({ value });
    expect(accept(key, textOf(value))).toEqual({ value });
  });

  it.each([
    ['oidc_extra_redirect_parms', { a: 1 }],
    ['oidc_extra_redirect_parms', { a: 'x\0' }],
    ['oidc_extra_redirect_parms', '{"a":1}'],
    ['oidc_extra_redirect_parms', '{'],
    ['oidc_extra_redirect_parms', ''],
    ['scan_all_policy', { type: 'sometimes' }],
    ['scan_all_policy', { type: 'daily', parameter: { daily_time: 86_400 } }],
    ['scan_all_policy', { type: 'none', more: 1 }],
  ] as const)('%s refuses %j', (key, value) => {
    expect(accept(key, value)).toBe('refused');
  });

  it('come back from their text', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.string()), (value) => {
        const taken = accept('oidc_extra_redirect_parms', value);
        if (taken !== 'refused') {
          expect(accept('oidc_extra_redirect_parms', textOf(value))).toEqual({ value });
        }
      }),
    );
  });
});
