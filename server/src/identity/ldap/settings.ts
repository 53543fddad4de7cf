import type { Filter } from 'ldapts';
import { type LdapScope, normalizeDn } from './dn.ts';
import { IN_CHAIN, parseAttribute, parseFilter } from './filter.ts';
import { LdapError } from './ldap.errors.ts';
import { type LdapTarget, parseTarget } from './target.ts';

/** Harbor's `ldap_*` keys, and what Berth adds: `ca`, `startTls` and `group.nested`. */
export interface LdapSettings {
  readonly url: string;
  /** Empty together with its password: the directory is searched anonymously. */
  readonly searchDn: string;
  readonly searchPassword: string;
  readonly baseDn: string;
  readonly filter: string;
  /** The attribute that holds the user name; `cn` when empty. */
  readonly uid: string;
  readonly scope: LdapScope;
  /** For a whole call, with all of its connections and searches. Below 1 it is 5, above 120 it is 120. */
  readonly timeoutSeconds: number;
  readonly verifyCert: boolean;
  /** PEM of one or more certificates, trusted in place of the public ones. */
  readonly ca?: string | undefined;
  /** Upgrade `ldap://` to TLS before anything else is sent, or fail. */
  readonly startTls?: boolean | undefined;
  readonly group: LdapGroupSettings;
}

export interface LdapGroupSettings {
  readonly baseDn: string;
  /** Empty: groups are not looked up and no user has any, as in Harbor. */
  readonly filter: string;
  /** The attribute that holds the group's name; `cn` when empty. */
  readonly nameAttribute: string;
  readonly scope: LdapScope;
  /** Members of this group are administrators. */
  readonly adminDn: string;
  /** The attribute of a user that lists its groups; `memberof` when empty. */
  readonly membershipAttribute: string;
  /** Look several groups up at the same time. */
  readonly attachParallel: boolean;
  /** A member of a group inside a group is a member of both. Off by default, as in Harbor. */
  readonly nested?: boolean | undefined;
}

/** Settings after all checks that need no directory. */
export interface LdapPlan {
  readonly target: LdapTarget;
  /** Undefined to search anonymously. */
  readonly search: { readonly dn: string; readonly password: string } | undefined;
  readonly baseDn: string;
  readonly filter: Filter | undefined;
  readonly uid: string;
  readonly scope: LdapScope;
  readonly timeoutMs: number;
  readonly group: GroupPlan;
}

export interface GroupPlan {
  readonly baseDn: string;
  readonly filter: Filter | undefined;
  readonly nameAttribute: string;
  readonly scope: LdapScope;
  readonly adminDn: string | undefined;
  readonly membershipAttribute: string;
  readonly parallel: number;
  readonly nested: boolean;
  /** Let Active Directory follow nested groups: the filter or the attribute names its rule. */
  readonly inChain: boolean;
}

const DEFAULT_TIMEOUT_SECONDS = 5;
const MAX_TIMEOUT_SECONDS = 120;
const PARALLEL_LOOKUPS = 8;

/** @throws LdapError settings, with a sentence that names the setting */
export function parseSettings(settings: LdapSettings): LdapPlan {
  return {
    target: parseTarget(settings),
    search: parseSearchAccount(settings.searchDn.trim(), settings.searchPassword),
    baseDn: parseBase(settings.baseDn, 'the LDAP base DN'),
    filter: parseFilter(settings.filter, 'the LDAP filter'),
    uid: parseAttribute(settings.uid.trim() === '' ? 'cn' : settings.uid, 'the LDAP UID'),
    scope: settings.scope,
    timeoutMs: parseTimeout(settings.timeoutSeconds),
    group: parseGroupSettings(settings.group, settings.baseDn),
  };
}

function parseSearchAccount(dn: string, password: string): LdapPlan['search'] {
  if (dn === '' && password === '') return undefined;
  // A bind with only one of them succeeds as anonymous in many directories (RFC 4513, 5.1.2).
  if (dn === '' || password === '') {
    throw new LdapError('settings', 'the search DN and its password must be given together');
  }
  return { dn, password };
}

function parseGroupSettings(group: LdapGroupSettings, userBaseDn: string): GroupPlan {
  const [attribute = '', ...rule] = group.membershipAttribute.split(':');
  const adminDn = group.adminDn.trim();
  if (adminDn !== '' && normalizeDn(adminDn) === undefined) {
    throw new LdapError('settings', 'the DN of the LDAP admin group is not a DN');
  }
  const base = group.baseDn.trim() === '' ? userBaseDn : group.baseDn;
  return {
    baseDn: parseBase(base, 'the LDAP group base DN'),
    filter: parseFilter(group.filter, 'the LDAP group filter'),
    nameAttribute: parseAttribute(
      group.nameAttribute.trim() === '' ? 'cn' : group.nameAttribute,
      'the LDAP group name attribute',
    ),
    scope: group.scope,
    adminDn: adminDn === '' ? undefined : adminDn,
    membershipAttribute: parseAttribute(
      attribute.trim() === '' ? 'memberof' : attribute,
      'the LDAP group membership attribute',
    ),
    parallel: group.attachParallel ? PARALLEL_LOOKUPS : 1,
    nested: group.nested ?? false,
    inChain: rule.includes(IN_CHAIN) || group.filter.includes(`:${IN_CHAIN}:=`),
  };
}

/** An empty base is the whole directory. */
function parseBase(text: string, what: string): string {
  const dn = text.trim();
  if (dn !== '' && normalizeDn(dn) === undefined) {
    throw new LdapError('settings', `${what} is not a DN`);
  }
  return dn;
}

function parseTimeout(seconds: number): number {
  const given = seconds >= 1 ? seconds : DEFAULT_TIMEOUT_SECONDS;
  return Math.min(given, MAX_TIMEOUT_SECONDS) * 1000;
}
