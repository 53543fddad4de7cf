import { type ApiRoute, defineRoute, ok, system } from '../api/index.ts';
import { GROUP_TYPE, type LdapGroup } from '../identity/index.ts';
import {
  ldapConf,
  ldapGroup,
  ldapGroupQuery,
  ldapImport,
  ldapImportFailure,
  ldapPingResult,
  ldapUser,
  ldapUserQuery,
} from './ldap.schema.ts';
import type { LdapService } from './ldap.service.ts';

/** Harbor's `/ldap` (its §1.2). */
export function ldapRoutes(ldap: LdapService): ApiRoute[] {
  return [...searchRoutes(ldap), ...actionRoutes(ldap)];
}

function searchRoutes(ldap: LdapService): ApiRoute[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/ldap/users/search',
      operationId: 'searchLdapUser',
      tag: 'ldap',
      summary: 'Find users in the LDAP directory; * stands for anything',
      can: system('ldap-user', 'list'),
      query: ldapUserQuery,
      responses: { 200: ldapUser.array() },
      async handle({ query }) {
        const people = await ldap.searchUsers(query.username);
        return ok(people.map(({ username, realname, email }) => ({ username, realname, email })));
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/ldap/groups/search',
      operationId: 'searchLdapGroup',
      tag: 'ldap',
      summary: 'Find groups in the LDAP directory by DN or by part of the name',
      can: system('ldap-user', 'list'),
      query: ldapGroupQuery,
      responses: { 200: ldapGroup.array() },
      async handle({ query }) {
        const groups = await ldap.searchGroups({ name: query.groupname, dn: query.groupdn });
        return ok(groups.map(presentLdapGroup));
      },
    }),
  ];
}

function actionRoutes(ldap: LdapService): ApiRoute[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/ldap/ping',
      operationId: 'pingLdap',
      tag: 'ldap',
      summary: 'Try the LDAP settings out, stored or given ones',
      can: system('configuration', 'read'),
      body: ldapConf,
      isBodyOptional: true,
      responses: { 200: ldapPingResult },
      async handle({ body }) {
        // Optional, whatever its type says.
        const failure = await ldap.ping(body ?? {});
        return ok({
          success: failure === undefined,
          message: failure === undefined ? '' : `error: ${failure}`,
        });
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/ldap/users/import',
      operationId: 'importLdapUser',
      tag: 'ldap',
      summary: 'Make accounts for users of the LDAP directory; 404 tells for whom that failed',
      can: system('ldap-user', 'create'),
      body: ldapImport,
      responses: { 200: null, 404: ldapImportFailure.array() },
      audit: {
        operation: 'create',
        resourceType: 'user',
        resource: ({ body }) => body.ldap_uid_list.join(','),
      },
      async handle({ body }) {
        const failures = await ldap.importUsers(body.ldap_uid_list);
        return failures.length === 0 ? ok() : { status: 404, body: failures };
      },
    }),
  ];
}

function presentLdapGroup({ name, dn }: LdapGroup) {
  return { group_name: name, group_type: GROUP_TYPE.ldap, ldap_group_dn: dn };
}
