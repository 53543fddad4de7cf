import { z } from 'zod';
import { line } from '../api/index.ts';

/** Harbor's LdapConf: what is left out is as it is configured. */
export const ldapConf = z.strictObject({
  ldap_url: line(1024).optional(),
  ldap_search_dn: line(4096).optional(),
  ldap_search_password: z.string().max(4096).optional(),
  ldap_base_dn: line(4096).optional(),
  ldap_filter: line(8192).optional(),
  ldap_uid: line(255).optional(),
  ldap_scope: z.union([z.literal(0), z.literal(1), z.literal(2)]).optional(),
  ldap_connection_timeout: z.int().min(0).max(3600).optional(),
  ldap_verify_cert: z.boolean().optional(),
});

export type LdapConf = z.output<typeof ldapConf>;

/** Harbor's LdapPingResult. */
export const ldapPingResult = z.object({ success: z.boolean(), message: z.string() });

export const ldapUserQuery = z.object({ username: line(255).default('') });

/** Harbor's LdapUser. */
export const ldapUser = z.object({
  username: z.string(),
  realname: z.string(),
  email: z.string(),
});

/** Harbor's LdapImportUsers. */
export const ldapImport = z.strictObject({
  ldap_uid_list: z.array(line(255)).max(1000).default([]),
});

/** Harbor's LdapFailedImportUser. */
export const ldapImportFailure = z.object({ uid: z.string(), error: z.string() });

export const ldapGroupQuery = z.object({
  groupname: line(255).default(''),
  groupdn: line(4096).default(''),
});

/** Harbor's LDAP variant of UserGroup. */
export const ldapGroup = z.object({
  group_name: z.string(),
  group_type: z.literal(1),
  ldap_group_dn: z.string(),
});
