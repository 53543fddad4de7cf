import type { IncomingHttpHeaders } from 'node:http';
import { parseCookie } from 'cookie';
import { isAdmin, type Principal } from '../access/index.ts';
import {
  type ApiRoute,
  authenticated,
  created,
  decided,
  defineRoute,
  listed,
  ok,
  pageRange,
  system,
} from '../api/index.ts';
import { AppError } from '../lib/index.ts';
import { presentFoundUser, presentUser } from './user.presenter.ts';
import { createUserAudit } from './user-audit.ts';
import { parseUserQuery } from './user-query.ts';
import {
  sysAdminFlag,
  userCreationRequest,
  userListQuery,
  userParams,
  userProfile,
  userResponse,
  userSearchItem,
  userSearchQuery,
} from './users.schema.ts';
import type { UsersService } from './users.service.ts';

/** Harbor's `/users` (its §1.3), without what is about oneself. */
export function usersRoutes(users: UsersService): ApiRoute[] {
  return [...collectionRoutes(users), ...singleUserRoutes(users), ...adminRoutes(users)];
}

function collectionRoutes(users: UsersService): ApiRoute[] {
  const audit = createUserAudit();
  return [
    defineRoute({
      method: 'GET',
      path: '/users',
      operationId: 'listUsers',
      tag: 'user',
      summary: 'List users, without the built-in administrator',
      can: system('user', 'list'),
      query: userListQuery,
      responses: { 200: userResponse.array() },
      async handle({ query }) {
        const found = await users.listUsers(parseUserQuery(query), pageRange(query));
        return listed(
          found.users.map((user) => presentUser(user)),
          found.total,
        );
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/users/search',
      operationId: 'searchUsers',
      tag: 'user',
      summary: 'Find users by part of their name',
      can: authenticated,
      query: userSearchQuery,
      responses: { 200: userSearchItem.array() },
      async handle({ query }) {
        const found = await users.searchUsers(query.username, pageRange(query));
        return listed(found.users.map(presentFoundUser), found.total);
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/users',
      operationId: 'createUser',
      tag: 'user',
      summary: 'Create a user; in a browser also for oneself, where that is allowed',
      can: decided('user:create in the system, or a browser while self-registration is on'),
      body: userCreationRequest,
      responses: { 201: null },
      audit: audit.of('create'),
      async handle(call) {
        const { principal, body, headers, path } = call;
        refusePrivileges(principal, body);
        const user = await users.createUser(principal, body, isBrowser(headers));
        audit.note(call, user);
        return created(`${path}/${user.id}`);
      },
    }),
  ];
}

/** From those who could not grant it, asking for a privilege is no slip (CVE-2019-16097). */
function refusePrivileges(principal: Principal, body: { readonly sysadmin_flag?: unknown }): void {
  if (isAdmin(principal) || body.sysadmin_flag === undefined) return;
  throw new AppError('invalid', 'there is no such field: sysadmin_flag');
}

function singleUserRoutes(users: UsersService): ApiRoute[] {
  const audit = createUserAudit();
  return [
    defineRoute({
      method: 'GET',
      path: '/users/{user_id}',
      operationId: 'getUser',
      tag: 'user',
      summary: 'Get a user',
      can: decided('oneself, or user:read in the system'),
      params: userParams,
      responses: { 200: userResponse },
      async handle({ principal, params }) {
        const { user, meta } = await users.getUser(principal, params.user_id);
        return ok(presentUser(user, meta));
      },
    }),
    defineRoute({
      method: 'PUT',
      path: '/users/{user_id}',
      operationId: 'updateUserProfile',
      tag: 'user',
      summary: 'Update the profile of a user that has a password here',
      can: decided('oneself, or user:update in the system'),
      params: userParams,
      body: userProfile,
      responses: { 200: null },
      audit: audit.of('update'),
      async handle(call) {
        const { principal, params, body } = call;
        refusePrivileges(principal, body);
        audit.note(call, await users.updateProfile(principal, params.user_id, body));
        return ok();
      },
    }),
  ];
}

function adminRoutes(users: UsersService): ApiRoute[] {
  const audit = createUserAudit();
  return [
    defineRoute({
      method: 'DELETE',
      path: '/users/{user_id}',
      operationId: 'deleteUser',
      tag: 'user',
      summary: 'Delete a user',
      can: system('user', 'delete'),
      params: userParams,
      responses: { 200: null },
      audit: audit.of('delete'),
      async handle(call) {
        audit.note(call, await users.deleteUser(call.principal, call.params.user_id));
        return ok();
      },
    }),
    defineRoute({
      method: 'PUT',
      path: '/users/{user_id}/sysadmin',
      operationId: 'setUserSysAdmin',
      tag: 'user',
      summary: 'Make a user an administrator, or dismiss it',
      can: system('user', 'update'),
      params: userParams,
      body: sysAdminFlag,
      responses: { 200: null },
      audit: audit.of('update'),
      async handle(call) {
        const { principal, params, body } = call;
        audit.note(call, await users.updateAdmin(principal, params.user_id, body.sysadmin_flag));
        return ok();
      },
    }),
  ];
}

/**
 * Harbor goes by the session cookie, whose name begins with `__Host-` over https; browsers also say
 * what page a request comes from, which is one of ours or refused.
 */
function isBrowser({ cookie, origin }: IncomingHttpHeaders): boolean {
  const { sid, '__Host-sid': secureSid } = parseCookie(cookie ?? '');
  return sid !== undefined || secureSid !== undefined || origin !== undefined;
}
