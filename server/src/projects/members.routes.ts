import type { z } from 'zod';
import {
  API_BASE,
  type ApiReply,
  type ApiRoute,
  created,
  defineRoute,
  listed,
  ok,
  pageRange,
  project,
  projectParams,
} from '../api/index.ts';
import { presentMember } from './member.presenter.ts';
import {
  memberListQuery,
  memberModel,
  memberParams,
  memberRequest,
  roleRequest,
} from './members.schema.ts';
import type { MembersService } from './members.service.ts';
import { about, findSubject } from './subjects.ts';

const PATH = '/projects/{project_name_or_id}/members';
const tag = 'member';

export function membersRoutes(members: MembersService): ApiRoute[] {
  return [...readingRoutes(members), creationRoute(members), ...changingRoutes(members)];
}

function readingRoutes(members: MembersService): ApiRoute[] {
  return [
    defineRoute({
      method: 'GET',
      path: PATH,
      operationId: 'listProjectMembers',
      tag,
      summary: 'List the members of a project',
      can: project('member', 'list', { authenticated: true }),
      params: projectParams,
      query: memberListQuery,
      responses: { 200: memberModel.array() },
      async handle({ project, query }) {
        const filter = { name: query.entityname };
        const found = await members.listMembers(project, filter, pageRange(query));
        return listed(found.members.map(presentMember), found.total);
      },
    }),
    defineRoute({
      method: 'GET',
      path: `${PATH}/{mid}`,
      operationId: 'getProjectMember',
      tag,
      summary: 'Get a member of a project',
      can: project('member', 'read', { authenticated: true }),
      params: memberParams,
      responses: { 200: memberModel },
      handle: async ({ project, params }) =>
        ok(presentMember(await members.getMember(project, params.mid))),
    }),
  ];
}

function creationRoute(members: MembersService): ApiRoute {
  return defineRoute({
    method: 'POST',
    path: PATH,
    operationId: 'createProjectMember',
    tag,
    summary: 'Make a user or a group a member of a project',
    can: project('member', 'create', { authenticated: true }),
    params: projectParams,
    body: memberRequest,
    responses: { 201: null },
    audit: {
      operation: 'create',
      resourceType: 'member',
      resource: ({ body }, reply) =>
        findSubject(reply)?.name ??
        body.member_user?.username ??
        body.member_group?.group_name ??
        body.member_group?.ldap_group_dn ??
        `${body.member_user?.user_id ?? body.member_group?.id ?? ''}`,
    },
    async handle({ project, body }) {
      const { id, entity } = await members.addMember(project, orderOf(body));
      const location = `${API_BASE}/projects/${project.id}/members/${id}`;
      return about({ name: entity.name }, created(location));
    },
  });
}

function changingRoutes(members: MembersService): ApiRoute[] {
  return [
    defineRoute({
      method: 'PUT',
      path: `${PATH}/{mid}`,
      operationId: 'updateProjectMember',
      tag,
      summary: 'Give a member another role',
      can: project('member', 'update', { authenticated: true }),
      params: memberParams,
      body: roleRequest,
      responses: { 200: null },
      audit: auditOf('update'),
      async handle({ project, params, body }) {
        const { entity } = await members.updateMember(project, params.mid, body.role_id);
        return about({ name: entity.name }, ok());
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: `${PATH}/{mid}`,
      operationId: 'deleteProjectMember',
      tag,
      summary: 'Remove a member from a project',
      can: project('member', 'delete', { authenticated: true }),
      params: memberParams,
      responses: { 200: null },
      audit: auditOf('delete'),
      async handle({ project, params }) {
        const { entity } = await members.deleteMember(project, params.mid);
        return about({ name: entity.name }, ok());
      },
    }),
  ];
}

function auditOf(operation: 'update' | 'delete') {
  return {
    operation,
    resourceType: 'member',
    resource: (
      { params }: { readonly params: { readonly mid: number } },
      reply: ApiReply | undefined,
    ) => findSubject(reply)?.name ?? String(params.mid),
  };
}

function orderOf({
  role_id: roleId,
  member_user: user,
  member_group: group,
}: z.output<typeof memberRequest>) {
  return {
    roleId,
    ...(user && {
      user: { id: user.user_id ?? undefined, username: user.username ?? undefined },
    }),
    ...(group && {
      group: {
        id: group.id ?? undefined,
        name: group.group_name ?? undefined,
        type: group.group_type ?? undefined,
        ldapDn: group.ldap_group_dn ?? undefined,
      },
    }),
  };
}
