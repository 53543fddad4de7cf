import { z } from 'zod';
import type { Principal, UserPrincipal } from '../access/index.ts';
import { type ApiRoute, authenticated, defineRoute, ok, timestamp } from '../api/index.ts';
import { AppError } from '../lib/index.ts';
import type { Session } from './session.repository.ts';
import type { SessionsService } from './sessions.service.ts';

const presented = z.object({
  id: z.uuid(),
  source: z.string().describe('database, ldap, oidc, http or uaa'),
  address: z.string(),
  user_agent: z.string(),
  current: z.boolean().describe('whether the request was made in it'),
  creation_time: timestamp,
  last_used_time: timestamp,
  expiration_time: timestamp.describe('when it ends, however much it is used'),
});

/**
 * The user behind a caller with all of the user's rights.
 *
 * @throws AppError precondition for robots, denied for personal tokens
 */
export function wholeUser(principal: Principal): UserPrincipal {
  if (principal.kind !== 'user') {
    throw new AppError('precondition', 'only users have this, and the caller is none');
  }
  if (principal.limits !== undefined) {
    throw new AppError('denied', 'forbidden: a personal token cannot do this, only its user can');
  }
  return principal;
}

/** Berth's own: where one is logged in. */
export function sessionsRoutes({ sessions }: { readonly sessions: SessionsService }): ApiRoute[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/users/current/sessions',
      operationId: 'listCurrentUserSessions',
      tag: 'user',
      summary: "Berth's own: the browsers in which one is logged in",
      can: authenticated,
      responses: { 200: z.array(presented) },
      async handle({ principal, session }) {
        const all = await sessions.list(wholeUser(principal).id);
        return ok(all.map((one) => present(one, session?.id)));
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: '/users/current/sessions',
      operationId: 'deleteCurrentUserSessions',
      tag: 'user',
      summary: "Berth's own: logs out everywhere but here",
      can: authenticated,
      responses: { 200: null },
      audit: {
        operation: 'delete',
        resourceType: 'session',
        resource: () => 'all other sessions',
      },
      async handle({ principal, session }) {
        await sessions.endOthers(wholeUser(principal).id, session);
        return ok();
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: '/users/current/sessions/{session_id}',
      operationId: 'deleteCurrentUserSession',
      tag: 'user',
      summary: "Berth's own: logs out in one browser",
      can: authenticated,
      params: z.object({ session_id: z.uuid() }),
      responses: { 200: null },
      audit: {
        operation: 'delete',
        resourceType: 'session',
        resource: ({ params }) => params.session_id,
      },
      async handle({ principal, params }) {
        await sessions.end(wholeUser(principal).id, params.session_id);
        return ok();
      },
    }),
  ];
}

function present(session: Session, currentId: string | undefined): z.input<typeof presented> {
  return {
    id: session.id,
    source: session.source,
    address: session.address,
    user_agent: session.userAgent,
    current: session.id === currentId,
    creation_time: session.createdAt.toISOString(),
    last_used_time: session.usedAt.toISOString(),
    expiration_time: session.expiresAt.toISOString(),
  };
}
