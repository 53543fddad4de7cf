import { enabledSources, type Settings } from '../configuration/index.ts';
import type { CredentialSource } from '../identity/index.ts';
import {
  type LdapDirectory,
  LdapError,
  type LdapSettings,
  type LdapUser,
  ldapLink,
} from '../identity/ldap/index.ts';
import type { Log } from '../telemetry/index.ts';
import type { ExternalAccounts, ExternalIdentity } from './external-accounts.ts';

export interface LdapSourcePorts {
  readonly directory: Pick<LdapDirectory, 'authenticate'>;
  readonly accounts: ExternalAccounts;
  settings(): Settings;
  /** Of `ldap_search_dn`; empty to search anonymously. */
  searchPassword(): string;
  readonly log: Log;
}

/** People of a directory, with their password there. A directory that is down knows nobody. */
export function createLdapSource(ports: LdapSourcePorts): CredentialSource {
  return {
    name: 'ldap',
    async authenticate({ username, password }) {
      const settings = ports.settings();
      if (!enabledSources(settings).includes('ldap')) return 'unknown';
      let user: LdapUser | undefined;
      try {
        const ldap = ldapSettings(settings, ports.searchPassword());
        user = await ports.directory.authenticate(ldap, username, password);
      } catch (error) {
        if (!(error instanceof LdapError)) throw error;
        ports.log.warn({ err: error, kind: error.kind }, 'the LDAP directory could not be asked');
        return 'unknown';
      }
      if (user === undefined) return 'unknown';
      return (await ports.accounts.ensure(identityOf(user))) ?? 'wrong';
    },
  };
}

/** What Harbor's keys mean for the directory client. */
export function ldapSettings(settings: Settings, searchPassword: string): LdapSettings {
  return {
    url: settings.ldap_url,
    searchDn: settings.ldap_search_dn,
    searchPassword,
    baseDn: settings.ldap_base_dn,
    filter: settings.ldap_filter,
    uid: settings.ldap_uid,
    scope: settings.ldap_scope,
    timeoutSeconds: settings.ldap_timeout,
    verifyCert: settings.ldap_verify_cert,
    ca: settings.ldap_ca === '' ? undefined : settings.ldap_ca,
    startTls: settings.ldap_start_tls,
    group: {
      baseDn: settings.ldap_group_base_dn,
      filter: settings.ldap_group_search_filter,
      nameAttribute: settings.ldap_group_attribute_name,
      scope: settings.ldap_group_search_scope,
      adminDn: settings.ldap_group_admin_dn,
      membershipAttribute: settings.ldap_group_membership_attribute,
      attachParallel: settings.ldap_group_attach_parallel,
      nested: settings.ldap_group_nested,
    },
  };
}

function identityOf(user: LdapUser): ExternalIdentity {
  return {
    source: 'ldap',
    ...ldapLink(user),
    username: user.username,
    email: user.email === '' ? undefined : user.email,
    realname: user.realname,
    groups: user.groups,
    isAdmin: user.isAdmin,
  };
}
