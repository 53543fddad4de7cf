import type { SettingKey } from './setting-words.ts';

export type SettingKind =
  | { readonly kind: 'flag' | 'text' | 'area' | 'secret' | 'bytes' | 'events' | 'parameters' }
  | { readonly kind: 'number'; readonly min: number; readonly max: number }
  | { readonly kind: 'choice'; readonly options: readonly string[] };

export type Setting = SettingKind & { readonly key: SettingKey };

export interface SettingGroup {
  readonly id: GroupId;
  readonly settings: readonly Setting[];
}

export type GroupId =
  | 'signIn'
  | 'ldap'
  | 'oidc'
  | 'http'
  | 'uaa'
  | 'access'
  | 'sessions'
  | 'robots'
  | 'content'
  | 'audit';

const ANY_TIME = { min: 1, max: 9_999_999_999 };
const SCOPES = ['0', '1', '2'];

const flag = (key: SettingKey): Setting => ({ key, kind: 'flag' });
const text = (key: SettingKey): Setting => ({ key, kind: 'text' });
const area = (key: SettingKey): Setting => ({ key, kind: 'area' });
const secret = (key: SettingKey): Setting => ({ key, kind: 'secret' });
const choice = (key: SettingKey, options: readonly string[]): Setting => ({
  key,
  kind: 'choice',
  options,
});
const number = (key: SettingKey, range: { min: number; max: number }): Setting => ({
  key,
  kind: 'number',
  ...range,
});

/** Who may sign in, and where they come from. */
export const authenticationGroups: readonly SettingGroup[] = [
  {
    id: 'signIn',
    settings: [
      choice('auth_mode', ['db_auth', 'ldap_auth', 'oidc_auth', 'http_auth', 'uaa_auth']),
      flag('primary_auth_mode'),
      flag('self_registration'),
    ],
  },
  {
    id: 'ldap',
    settings: [
      flag('ldap_enabled'),
      text('ldap_url'),
      flag('ldap_start_tls'),
      flag('ldap_verify_cert'),
      area('ldap_ca'),
      number('ldap_timeout', { min: 1, max: 3600 }),
      text('ldap_search_dn'),
      secret('ldap_search_password'),
      text('ldap_base_dn'),
      text('ldap_filter'),
      text('ldap_uid'),
      choice('ldap_scope', SCOPES),
      text('ldap_group_base_dn'),
      text('ldap_group_search_filter'),
      text('ldap_group_attribute_name'),
      text('ldap_group_admin_dn'),
      text('ldap_group_membership_attribute'),
      choice('ldap_group_search_scope', SCOPES),
      flag('ldap_group_nested'),
      flag('ldap_group_attach_parallel'),
    ],
  },
  {
    id: 'oidc',
    settings: [
      flag('oidc_enabled'),
      text('oidc_name'),
      text('oidc_endpoint'),
      flag('oidc_verify_cert'),
      area('oidc_ca'),
      text('oidc_client_id'),
      secret('oidc_client_secret'),
      text('oidc_scope'),
      text('oidc_user_claim'),
      text('oidc_groups_claim'),
      text('oidc_group_filter'),
      text('oidc_admin_group'),
      flag('oidc_auto_onboard'),
      flag('oidc_logout'),
      { key: 'oidc_extra_redirect_parms', kind: 'parameters' },
    ],
  },
  {
    id: 'http',
    settings: [
      flag('http_authproxy_enabled'),
      text('http_authproxy_endpoint'),
      text('http_authproxy_tokenreview_endpoint'),
      text('http_authproxy_admin_groups'),
      text('http_authproxy_admin_usernames'),
      flag('http_authproxy_verify_cert'),
      area('http_authproxy_server_certificate'),
      flag('http_authproxy_skip_search'),
    ],
  },
  {
    id: 'uaa',
    settings: [
      flag('uaa_enabled'),
      text('uaa_endpoint'),
      text('uaa_client_id'),
      secret('uaa_client_secret'),
      flag('uaa_verify_cert'),
    ],
  },
];

/** How the registry works. */
export const systemGroups: readonly SettingGroup[] = [
  {
    id: 'access',
    settings: [
      choice('project_creation_restriction', ['everyone', 'adminonly']),
      flag('anonymous_listing'),
      flag('read_only'),
    ],
  },
  {
    id: 'sessions',
    settings: [
      number('token_expiration', ANY_TIME),
      number('session_timeout', ANY_TIME),
      number('session_absolute_hours', { min: 1, max: 8760 }),
    ],
  },
  {
    id: 'robots',
    settings: [text('robot_name_prefix'), number('robot_token_duration', ANY_TIME)],
  },
  {
    id: 'content',
    settings: [
      flag('notification_enable'),
      flag('quota_per_project_enable'),
      { key: 'storage_per_project', kind: 'bytes' },
      number('undelete_days', { min: 0, max: 3650 }),
      flag('pull_time_update_disable'),
      flag('pull_count_update_disable'),
      flag('scanner_skip_update_pulltime'),
    ],
  },
  {
    id: 'audit',
    settings: [
      text('audit_log_forward_endpoint'),
      flag('skip_audit_log_database'),
      flag('pull_audit_log_disable'),
      { key: 'disabled_audit_log_event_types', kind: 'events' },
    ],
  },
];

/** Never in an answer: what is typed replaces them. */
export const secretKeys: ReadonlySet<string> = new Set(
  authenticationGroups.flatMap(({ settings }) =>
    settings.filter(({ kind }) => kind === 'secret').map(({ key }) => key),
  ),
);
