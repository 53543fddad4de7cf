import {
  type ApiReply,
  type ApiRoute,
  authenticated,
  created,
  defineRoute,
  listed,
  ok,
  pageRange,
  system,
} from '../api/index.ts';
import { presentFoundGroup, presentUserGroup } from './user-group.presenter.ts';
import type { UserGroup } from './user-group.ts';
import {
  userGroupListQuery,
  userGroupParams,
  userGroupRequest,
  userGroupResponse,
  userGroupSearchItem,
  userGroupSearchQuery,
} from './user-groups.schema.ts';
import type { UserGroupsService } from './user-groups.service.ts';

/** Harbor's `/usergroups` (its §1.4). */
export function userGroupsRoutes(groups: UserGroupsService): ApiRoute[] {
  return [...collectionRoutes(groups), ...singleGroupRoutes(groups)];
}

function collectionRoutes(groups: UserGroupsService): ApiRoute[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/usergroups',
      operationId: 'listUserGroups',
      tag: 'usergroup',
      summary: 'List the user groups of the sources in use',
      can: system('user-group', 'list'),
      query: userGroupListQuery,
      responses: { 200: userGroupResponse.array() },
      async handle({ query }) {
        const filter = { name: query.group_name, ldapDn: query.ldap_group_dn };
        const found = await groups.listGroups(filter, pageRange(query));
        return listed(found.groups.map(presentUserGroup), found.total);
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/usergroups/search',
      operationId: 'searchUserGroups',
      tag: 'usergroup',
      summary: 'Find user groups by part of their name',
      can: authenticated,
      query: userGroupSearchQuery,
      responses: { 200: userGroupSearchItem.array() },
      async handle({ query }) {
        const found = await groups.searchGroups(query.groupname, pageRange(query));
        return listed(found.groups.map(presentFoundGroup), found.total);
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/usergroups',
      operationId: 'createUserGroup',
      tag: 'usergroup',
      summary: 'Create a user group',
      can: system('user-group', 'create'),
      body: userGroupRequest,
      responses: { 201: null },
      audit: {
        operation: 'create',
        resourceType: 'user-group',
        resource: ({ body }) => body.group_name,
      },
      async handle({ body, path }) {
        const { id } = await groups.createGroup({
          name: body.group_name,
          type: body.group_type,
          ldapDn: body.ldap_group_dn,
        });
        return created(`${path}/${id}`);
      },
    }),
  ];
}

function singleGroupRoutes(groups: UserGroupsService): ApiRoute[] {
  /** What the audit log calls them: an answer without a body does not tell. */
  const names = new WeakMap<ApiReply, string>();
  const audit = (operation: string) => ({
    operation,
    resourceType: 'user-group',
    resource: ({ path }: { path: string }, reply: ApiReply | undefined) =>
      (reply && names.get(reply)) ?? path,
  });
  function about({ name }: UserGroup, reply: ApiReply): ApiReply {
    names.set(reply, name);
    return reply;
  }
  return [
    defineRoute({
      method: 'GET',
      path: '/usergroups/{group_id}',
      operationId: 'getUserGroup',
      tag: 'usergroup',
      summary: 'Get a user group',
      can: system('user-group', 'read'),
      params: userGroupParams,
      responses: { 200: userGroupResponse },
      handle: async ({ params }) => ok(presentUserGroup(await groups.getGroup(params.group_id))),
    }),
    defineRoute({
      method: 'PUT',
      path: '/usergroups/{group_id}',
      operationId: 'updateUserGroup',
      tag: 'usergroup',
      summary: 'Rename a user group',
      can: system('user-group', 'update'),
      params: userGroupParams,
      body: userGroupRequest,
      responses: { 200: null },
      audit: audit('update'),
      handle: async ({ params, body }) =>
        about(await groups.renameGroup(params.group_id, body.group_name), ok()),
    }),
    defineRoute({
      method: 'DELETE',
      path: '/usergroups/{group_id}',
      operationId: 'deleteUserGroup',
      tag: 'usergroup',
      summary: 'Delete a user group and its memberships',
      can: system('user-group', 'delete'),
      params: userGroupParams,
      responses: { 200: null },
      audit: audit('delete'),
      handle: async ({ params }) => about(await groups.deleteGroup(params.group_id), ok()),
    }),
  ];
}
