/**
 * What a field has to be for Go's encoding/json to fit it: an `int` given as a string, or as
 * 1.5, fails the whole answer. `null` and absence leave the zero value, and never fail.
 */
export type GoType = 'int' | 'string' | 'bool' | 'time' | 'object' | 'ints' | 'limits' | 'list';

/** Fields by name; those with `!` must be there, as the client shows or uses them. */
export type GoStruct = Readonly<Record<string, GoType | `${GoType}!`>>;

export const goProject = {
  project_id: 'int!',
  name: 'string!',
  owner_id: 'int',
  owner_name: 'string',
  registry_id: 'int',
  repo_count: 'int!',
  current_user_role_id: 'int',
  current_user_role_ids: 'ints',
  deleted: 'bool',
  togglable: 'bool',
  metadata: 'object!',
  cve_allowlist: 'object',
  creation_time: 'time!',
  update_time: 'time!',
} satisfies GoStruct;

/** All of Harbor's project metadata are texts, also the flags and numbers. */
export const goMetadata = {
  public: 'string!',
  auto_scan: 'string',
  auto_sbom_generation: 'string',
  enable_content_trust: 'string',
  enable_content_trust_cosign: 'string',
  prevent_vul: 'string',
  proxy_speed_kb: 'string',
  retention_id: 'string',
  reuse_sys_cve_allowlist: 'string',
  severity: 'string',
} satisfies GoStruct;

export const goSummary = {
  repo_count: 'int!',
  project_admin_count: 'int!',
  maintainer_count: 'int',
  developer_count: 'int',
  guest_count: 'int',
  limited_guest_count: 'int',
  quota: 'object',
} satisfies GoStruct;

export const goMember = {
  id: 'int!',
  project_id: 'int!',
  entity_id: 'int',
  entity_name: 'string!',
  entity_type: 'string!',
  role_id: 'int!',
  role_name: 'string!',
} satisfies GoStruct;

export const goUser = {
  user_id: 'int!',
  username: 'string!',
  email: 'string',
  realname: 'string',
  comment: 'string',
  sysadmin_flag: 'bool!',
  admin_role_in_auth: 'bool!',
  creation_time: 'time',
  update_time: 'time',
} satisfies GoStruct;

export const goRobot = {
  id: 'int!',
  name: 'string!',
  level: 'string!',
  description: 'string',
  duration: 'int!',
  disable: 'bool!',
  editable: 'bool!',
  expires_at: 'int!',
  creator_type: 'string',
  creator_ref: 'int',
  permissions: 'list!',
  creation_time: 'time!',
  update_time: 'time!',
} satisfies GoStruct;

export const goCreatedRobot = {
  id: 'int!',
  name: 'string!',
  secret: 'string!',
  expires_at: 'int!',
  creation_time: 'time!',
} satisfies GoStruct;

export const goPermission = { kind: 'string!', namespace: 'string!', access: 'list!' } as const;

export const goQuota = {
  id: 'int!',
  ref: 'object!',
  hard: 'limits!',
  used: 'limits!',
  creation_time: 'time',
  update_time: 'time',
} satisfies GoStruct;

export const goAuditLog = {
  id: 'int!',
  username: 'string!',
  resource: 'string!',
  resource_type: 'string!',
  operation: 'string!',
  operation_description: 'string',
  operation_result: 'bool!',
  op_time: 'time!',
} satisfies GoStruct;

export const goSystemInfo = {
  auth_mode: 'string!',
  banner_message: 'string',
  current_time: 'time',
  external_url: 'string',
  harbor_version: 'string!',
  has_ca_root: 'bool',
  notification_enable: 'bool',
  oidc_provider_name: 'string',
  primary_auth_mode: 'bool',
  project_creation_restriction: 'string',
  read_only: 'bool',
  registry_storage_provider_name: 'string',
  registry_url: 'string!',
  self_registration: 'bool',
} satisfies GoStruct;

export const goStatistic = {
  private_project_count: 'int!',
  private_repo_count: 'int!',
  public_project_count: 'int!',
  public_repo_count: 'int!',
  total_project_count: 'int!',
  total_repo_count: 'int!',
  total_storage_consumption: 'int!',
} satisfies GoStruct;

/** Of the configuration, what each item's value has to be. */
export const goConfiguration = {
  auth_mode: 'string!',
  banner_message: 'string!',
  disabled_audit_log_event_types: 'string!',
  audit_log_forward_endpoint: 'string!',
  ldap_base_dn: 'string!',
  ldap_filter: 'string!',
  ldap_group_admin_dn: 'string!',
  ldap_group_attach_parallel: 'bool!',
  ldap_group_attribute_name: 'string!',
  ldap_group_base_dn: 'string!',
  ldap_group_membership_attribute: 'string!',
  ldap_group_search_filter: 'string!',
  ldap_group_search_scope: 'int!',
  ldap_scope: 'int!',
  ldap_search_dn: 'string!',
  ldap_timeout: 'int!',
  ldap_uid: 'string!',
  ldap_url: 'string!',
  ldap_verify_cert: 'bool!',
  notification_enable: 'bool!',
  oidc_admin_group: 'string!',
  oidc_auto_onboard: 'bool!',
  oidc_client_id: 'string!',
  oidc_endpoint: 'string!',
  oidc_extra_redirect_parms: 'string!',
  oidc_group_filter: 'string!',
  oidc_groups_claim: 'string!',
  oidc_logout: 'bool!',
  oidc_name: 'string!',
  oidc_scope: 'string!',
  oidc_user_claim: 'string!',
  oidc_verify_cert: 'bool!',
  primary_auth_mode: 'bool!',
  project_creation_restriction: 'string!',
  quota_per_project_enable: 'bool!',
  read_only: 'bool!',
  robot_name_prefix: 'string!',
  robot_token_duration: 'int!',
  scanner_skip_update_pulltime: 'bool!',
  self_registration: 'bool!',
  session_timeout: 'int!',
  skip_audit_log_database: 'bool!',
  storage_per_project: 'int!',
  token_expiration: 'int!',
  uaa_client_id: 'string',
  uaa_endpoint: 'string',
  uaa_verify_cert: 'bool',
} satisfies GoStruct;

/** @throws Error naming every field of `value` that Go could not decode or would miss */
export function assertGoStruct(value: unknown, struct: GoStruct, what: string): void {
  const fields = asFields(value, what);
  const faults = Object.entries(struct).flatMap(([name, rule]) => {
    const field = fields.get(name);
    if (field === undefined || field === null)
      return rule.endsWith('!') ? [`${name} is not there`] : [];
    const type = rule.replace('!', '');
    return fits(field, type) ? [] : [`${name} is no ${type}: ${JSON.stringify(field)}`];
  });
  if (faults.length > 0) throw new Error(`${what}: ${faults.join('; ')}`);
}

/** @throws Error unless `value` is a list of at least one such struct, all of them right */
export function assertGoList(value: unknown, struct: GoStruct, what: string): unknown[] {
  if (!Array.isArray(value)) throw new Error(`${what}: no list but ${JSON.stringify(value)}`);
  if (value.length === 0) throw new Error(`${what}: an empty list`);
  for (const item of value) assertGoStruct(item, struct, what);
  return value;
}

/** The field of a JSON object. @throws Error when `value` is no object */
export function fieldOf(value: unknown, name: string): unknown {
  return asFields(value, name).get(name);
}

/** @throws Error unless the field is a whole number */
export function intOf(value: unknown, name: string): number {
  const field = fieldOf(value, name);
  if (typeof field !== 'number') throw new Error(`${name} is no number: ${JSON.stringify(field)}`);
  return field;
}

/** @throws Error unless the field is a text */
export function textOf(value: unknown, name: string): string {
  const field = fieldOf(value, name);
  if (typeof field !== 'string') throw new Error(`${name} is no text: ${JSON.stringify(field)}`);
  return field;
}

function asFields(value: unknown, what: string): Map<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`${what}: no object but ${JSON.stringify(value)}`);
  }
  return new Map(Object.entries(value));
}

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

function fits(value: unknown, type: string): boolean {
  if (type === 'int') return Number.isSafeInteger(value);
  if (type === 'string') return typeof value === 'string';
  if (type === 'bool') return typeof value === 'boolean';
  if (type === 'time') return typeof value === 'string' && RFC_3339.test(value);
  if (type === 'list') return Array.isArray(value);
  if (type === 'ints') return Array.isArray(value) && value.every(Number.isSafeInteger);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return type === 'object' || Object.values(value).every(Number.isSafeInteger);
}
