import type { Permission, Principal } from '../access/index.ts';
import { type ApiRoute, authenticated, decided, defineRoute, ok } from '../api/index.ts';
import type { CredentialsService } from './credentials.service.ts';
import { presentCurrentUser } from './user.presenter.ts';
import { createUserAudit } from './user-audit.ts';
import {
  cliSecretRequest,
  currentUserResponse,
  passwordRequest,
  permission,
  permissionQuery,
  userParams,
} from './users.schema.ts';
import type { UsersService } from './users.service.ts';

export interface CurrentUserRoutesPorts {
  readonly users: Pick<UsersService, 'getCurrentUser'>;
  readonly credentials: CredentialsService;
  /** What the caller may do in a scope, `/system` or `/project/{id}`; nothing in any other. */
  listPermissions(
    principal: Principal,
    scope: string,
    isRelative: boolean,
  ): Promise<readonly Permission[]>;
}

/** The part of Harbor's `/users` that is about oneself, and about credentials. */
export function currentUserRoutes(ports: CurrentUserRoutesPorts): ApiRoute[] {
  return [...selfRoutes(ports), ...credentialsRoutes(ports.credentials)];
}

function selfRoutes({ users, listPermissions }: CurrentUserRoutesPorts): ApiRoute[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/users/current',
      operationId: 'getCurrentUserInfo',
      tag: 'user',
      summary: 'Get the user that is logged in',
      can: authenticated,
      responses: { 200: currentUserResponse },
      async handle({ principal }) {
        const { user, meta } = await users.getCurrentUser(principal);
        // The CLI secret is as good as a password: more than a personal token gives away.
        const showsSecret = principal.kind === 'user' && principal.limits === undefined;
        return ok(presentCurrentUser(user, meta, showsSecret));
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/users/current/permissions',
      operationId: 'getCurrentUserPermissions',
      tag: 'user',
      summary: 'List what the caller may do in the scope /system or /project/{id}',
      can: authenticated,
      query: permissionQuery,
      responses: { 200: permission.array() },
      handle: async ({ principal, query }) =>
        ok(await listPermissions(principal, query.scope, query.relative)),
    }),
  ];
}

function credentialsRoutes(credentials: CredentialsService): ApiRoute[] {
  const audit = createUserAudit();
  return [
    defineRoute({
      method: 'PUT',
      path: '/users/{user_id}/password',
      operationId: 'updateUserPassword',
      tag: 'user',
      summary: 'Change a password; the own one against the old one. Ends all sessions and tokens',
      can: decided('oneself, or user:update in the system'),
      params: userParams,
      body: passwordRequest,
      responses: { 200: null },
      audit: audit.of('update'),
      async handle(call) {
        const { principal, params, body, address } = call;
        const user = await credentials.updatePassword(principal, params.user_id, {
          oldPassword: body.old_password,
          newPassword: body.new_password,
          address,
        });
        audit.note(call, user);
        return ok();
      },
    }),
    defineRoute({
      method: 'PUT',
      path: '/users/{user_id}/cli_secret',
      operationId: 'setCliSecret',
      tag: 'user',
      summary: 'Set the CLI secret of an OIDC user, or have one generated',
      can: decided('oneself, or user:update in the system'),
      params: userParams,
      body: cliSecretRequest,
      responses: { 200: null },
      audit: audit.of('update'),
      async handle(call) {
        const { principal, params, body } = call;
        audit.note(call, await credentials.updateCliSecret(principal, params.user_id, body.secret));
        return ok();
      },
    }),
  ];
}
