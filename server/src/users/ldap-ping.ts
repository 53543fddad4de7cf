import type { LdapSettings } from '../identity/index.ts';
import { AppError } from '../lib/index.ts';
import type { LdapConf } from './ldap.schema.ts';

/** Harbor's standards. */
const unset: LdapSettings = {
  url: '',
  searchDn: '',
  searchPassword: '',
  baseDn: '',
  filter: '',
  uid: 'cn',
  scope: 2,
  timeoutSeconds: 5,
  verifyCert: true,
  group: {
    baseDn: '',
    filter: '',
    nameAttribute: '',
    scope: 2,
    adminDn: '',
    membershipAttribute: '',
    attachParallel: false,
  },
};

/**
 * What to try out: the stored settings, changed as `conf` says. The stored password goes to the
 * stored URL only, over a connection no less protected; otherwise whoever may ping would get it.
 *
 * @throws AppError invalid
 */
export function parsePing(stored: LdapSettings | undefined, conf: LdapConf): LdapSettings {
  const base = stored ?? unset;
  const settings: LdapSettings = {
    ...base,
    url: conf.ldap_url ?? base.url,
    searchDn: conf.ldap_search_dn ?? base.searchDn,
    baseDn: conf.ldap_base_dn ?? base.baseDn,
    filter: conf.ldap_filter ?? base.filter,
    uid: conf.ldap_uid ?? base.uid,
    scope: conf.ldap_scope ?? base.scope,
    timeoutSeconds: conf.ldap_connection_timeout ?? base.timeoutSeconds,
    verifyCert: conf.ldap_verify_cert ?? base.verifyCert,
  };
  if (settings.url.trim() === '') throw new AppError('invalid', 'LDAP is not configured');
  return { ...settings, searchPassword: passwordFor(settings, base, conf) };
}

function passwordFor(settings: LdapSettings, stored: LdapSettings, conf: LdapConf): string {
  const given = conf.ldap_search_password ?? '';
  // Without an account the directory is searched anonymously.
  if (given !== '' || settings.searchDn.trim() === '') return given;
  const isSameServer = settings.url.trim() === stored.url.trim();
  const isAsSafe = settings.verifyCert || !stored.verifyCert;
  if (stored.searchPassword !== '' && isSameServer && isAsSafe) return stored.searchPassword;
  throw new AppError(
    'invalid',
    'empty password: the stored one is used for the stored URL and check of certificates only',
  );
}
