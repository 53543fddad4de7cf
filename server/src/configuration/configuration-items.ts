import { z } from 'zod';
import {
  bannerText,
  certificates,
  flag,
  ldapFilter,
  ldapScope,
  ldapUrl,
  map,
  nameList,
  nonEmpty,
  oneOf,
  password,
  pattern,
  quota,
  robotPrefix,
  textByName,
  webUrl,
  whole,
  words,
} from './item-types.ts';

/** Ten nines, as far as Harbor's portal lets one type. */
const ANY_TIME = { minimum: 1, maximum: 9_999_999_999 };

const scanAll = z.strictObject({
  type: z.enum(['none', 'daily']),
  parameter: z.strictObject({ daily_time: z.int().min(0).max(86_399) }).optional(),
});

/** Everything but secrets: Harbor's user-scope keys (its §8.8), and our own at the end. */
export const settingsShape = {
  auth_mode: oneOf(
    ['db_auth', 'ldap_auth', 'oidc_auth', 'http_auth', 'uaa_auth'],
    'db_auth',
    'Main source of users beside the database',
  ),
  primary_auth_mode: flag(false, 'Whether the login page leads straight to the main source'),

  ldap_url: ldapUrl('Directory server'),
  ldap_base_dn: nonEmpty('', 'Where users are searched'),
  ldap_uid: nonEmpty('cn', 'Attribute that is the user name'),
  ldap_filter: ldapFilter('Which entries are users'),
  ldap_scope: ldapScope(2, 'How deep users are searched'),
  ldap_search_dn: words('', 'Who searches; empty is anonymous'),
  ldap_timeout: whole(5, { minimum: 1, maximum: 3600 }, 'Seconds to wait for the directory'),
  ldap_verify_cert: flag(true, 'Whether the certificate of the directory is verified'),
  ldap_group_base_dn: words('', 'Where groups are searched'),
  ldap_group_search_filter: ldapFilter('Which entries are groups'),
  ldap_group_search_scope: ldapScope(2, 'How deep groups are searched'),
  ldap_group_attribute_name: words('', 'Attribute that is the name of a group'),
  ldap_group_admin_dn: words('', 'Group whose members are administrators'),
  ldap_group_membership_attribute: words('memberof', 'Attribute of a user that lists its groups'),
  ldap_group_attach_parallel: flag(false, 'Whether groups are looked up at the same time'),

  oidc_name: words('', 'Name of the provider on the login page'),
  oidc_endpoint: webUrl('Issuer URL'),
  oidc_client_id: words('', 'Our name at the provider'),
  oidc_groups_claim: words('', 'Claim that lists the groups of a user'),
  oidc_admin_group: words('', 'Group whose members are administrators'),
  oidc_group_filter: pattern('Which groups count'),
  oidc_scope: words('', 'Scopes to ask for, joined by commas; openid among them'),
  oidc_user_claim: words('', 'Claim that is the user name; empty is name'),
  oidc_verify_cert: flag(true, 'Whether the certificate of the provider is verified'),
  oidc_auto_onboard: flag(false, 'Whether users are made without asking for a name'),
  oidc_extra_redirect_parms: map(
    textByName,
    {},
    'must be a map of text to text, or its JSON text',
    'More parameters for the authorization request',
  ),
  oidc_logout: flag(false, 'Whether logging out here logs out at the provider'),

  uaa_client_id: words('', 'Our name at UAA'),
  uaa_endpoint: webUrl('UAA server'),
  uaa_verify_cert: flag(false, 'Whether the certificate of UAA is verified'),

  http_authproxy_endpoint: webUrl('Login URL of the authentication proxy'),
  http_authproxy_tokenreview_endpoint: webUrl('TokenReview URL of the authentication proxy'),
  http_authproxy_admin_groups: words('', 'Groups of administrators, joined by commas'),
  http_authproxy_admin_usernames: words('', 'Names of administrators, joined by commas'),
  http_authproxy_verify_cert: flag(true, 'Whether the certificate of the proxy is verified'),
  http_authproxy_skip_search: flag(false, 'Whether users and groups are taken unseen'),
  http_authproxy_server_certificate: certificates('Certificate of the proxy'),

  project_creation_restriction: oneOf(
    ['everyone', 'adminonly'],
    'everyone',
    'Who may create projects',
  ),
  read_only: flag(false, 'Whether everything but this setting is refused to change'),
  self_registration: flag(false, 'Whether anyone may sign up'),
  token_expiration: whole(30, ANY_TIME, 'Minutes a registry token lives'),
  session_timeout: whole(60, ANY_TIME, 'Minutes a browser session lives without use'),
  robot_token_duration: whole(30, ANY_TIME, 'Days a robot lives unless told otherwise'),
  robot_name_prefix: robotPrefix('robot$', 'What the names of robots begin with'),
  notification_enable: flag(true, 'Whether webhooks are sent'),
  quota_per_project_enable: flag(true, 'Whether quotas are enforced'),
  storage_per_project: quota(-1, 'Bytes of quota a new project gets; -1 is unlimited'),
  pull_time_update_disable: flag(false, 'Whether the times of pulls are not kept'),
  pull_count_update_disable: flag(false, 'Whether pulls are not counted'),
  pull_audit_log_disable: flag(false, 'Whether pulls are left out of the audit log'),
  audit_log_forward_endpoint: words('', 'Syslog server that gets the audit log'),
  skip_audit_log_database: flag(false, 'Whether the audit log is only forwarded'),
  disabled_audit_log_event_types: nameList('Event types left out of the audit log'),
  scanner_skip_update_pulltime: flag(false, 'Whether pulls by scanners do not count as pulls'),
  scan_all_policy: map(
    scanAll,
    { type: 'none' },
    'must be {"type":"none"} or {"type":"daily","parameter":{"daily_time":seconds}}',
    'Legacy schedule of scanning everything',
  ),
  banner_message: bannerText('JSON text of the banner on every page'),

  // Berth's own, set by the same PUT.
  ldap_enabled: flag(false, "Berth's own: also takes users of the directory"),
  oidc_enabled: flag(false, "Berth's own: also takes users of the OIDC provider"),
  uaa_enabled: flag(false, "Berth's own: also takes users of UAA"),
  http_authproxy_enabled: flag(false, "Berth's own: also takes users of the proxy"),
  ldap_ca: certificates("Berth's own: authorities trusted for the directory"),
  ldap_start_tls: flag(false, "Berth's own: StartTLS on an ldap:// connection"),
  ldap_group_nested: flag(false, "Berth's own: members of a group in a group count"),
  oidc_ca: certificates("Berth's own: authorities trusted for the OIDC provider"),
  session_absolute_hours: whole(
    12,
    { minimum: 1, maximum: 8760 },
    "Berth's own: hours after which a browser session ends, used or not",
  ),
  undelete_days: whole(
    7,
    { minimum: 0, maximum: 3650 },
    "Berth's own: days in which a deleted artifact can be brought back",
  ),
  // CVE-2022-46463: Harbor lists its public projects to everyone, and cannot be told not to.
  anonymous_listing: flag(true, "Berth's own: public projects are listed to anonymous callers"),
};

/** Sealed in the database and in no answer. Harbor shows `uaa_client_secret`; we do not. */
export const secretsShape = {
  ldap_search_password: password('Password of ldap_search_dn'),
  oidc_client_secret: password('Our secret at the OIDC provider'),
  uaa_client_secret: password('Our secret at UAA'),
};

export const configurationShape = { ...settingsShape, ...secretsShape };

const settingsSchema = z.object(settingsShape);
const secretsSchema = z.object(secretsShape);

/** The configuration without its secrets: safe to hand around and to log. */
export type Settings = Readonly<z.output<typeof settingsSchema>>;
export type Secrets = Readonly<z.output<typeof secretsSchema>>;
export type SettingKey = keyof Settings;
export type SecretKey = keyof Secrets;
export type ConfigurationKey = SettingKey | SecretKey;

/** Values by key, not yet typed; what is missing is at its default. */
export type RawValues = Readonly<Record<string, unknown>>;

/** @throws ZodError, without the values, when one cannot be used */
export function parseSettings(values: RawValues): Settings {
  return Object.freeze(settingsSchema.parse(values));
}

/** @throws ZodError, without the values, when one cannot be used */
export function parseSecrets(values: RawValues): Secrets {
  return Object.freeze(secretsSchema.parse(values));
}

export function isConfigurationKey(key: string): key is ConfigurationKey {
  return Object.hasOwn(configurationShape, key);
}

export function isSecretKey(key: string): key is SecretKey {
  return Object.hasOwn(secretsShape, key);
}

/** The text that stands for a value in the database, as its item takes it back. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
