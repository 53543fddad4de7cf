import { z } from 'zod';
import {
  type ApiRoute,
  authenticated,
  created,
  defineRoute,
  idParam,
  line,
  listed,
  ok,
  pageQuery,
  pageRange,
  timestamp,
} from '../api/index.ts';
import type { PersonalToken } from './personal-token.repository.ts';
import { type PersonalTokensService, tokenScopes } from './personal-tokens.service.ts';
import { wholeUser } from './sessions.routes.ts';

export interface PersonalTokensRoutesPorts {
  readonly tokens: PersonalTokensService;
  /** Undefined for one that was deleted. */
  findProjectName(id: number): Promise<string | undefined>;
}

const presented = z.object({
  id: z.int(),
  name: z.string(),
  scopes: z.array(z.string()),
  projects: z.array(z.string()).nullable().describe('names; null is all projects of the user'),
  expires_at: timestamp.nullable().describe('null is never'),
  last_used_at: timestamp.nullable(),
  last_used_address: z.string().nullable(),
  creation_time: timestamp,
});

const request = z.strictObject({
  name: line(255).min(1),
  scopes: z.array(z.enum(tokenScopes)).min(1).max(tokenScopes.length),
  projects: z.array(line(255).min(1)).min(1).max(100).nullish(),
  expires_at: z.iso.datetime({ offset: true }).nullish(),
});

/** Berth's own: tokens with a part of one's rights, for programs. */
export function personalTokensRoutes(ports: PersonalTokensRoutesPorts): ApiRoute[] {
  const { tokens } = ports;
  return [
    defineRoute({
      method: 'GET',
      path: '/users/current/tokens',
      operationId: 'listCurrentUserTokens',
      tag: 'user',
      summary: "Berth's own: one's personal tokens, without their secrets",
      can: authenticated,
      query: pageQuery,
      responses: { 200: z.array(presented) },
      async handle({ principal, query }) {
        const page = await tokens.list(wholeUser(principal).id, pageRange(query));
        const items = await Promise.all(page.tokens.map((token) => present(ports, token)));
        return listed(items, page.total);
      },
    }),
    createRoute(ports),
    defineRoute({
      method: 'DELETE',
      path: '/users/current/tokens/{token_id}',
      operationId: 'deleteCurrentUserToken',
      tag: 'user',
      summary: "Berth's own: ends a personal token",
      can: authenticated,
      params: z.object({ token_id: idParam }),
      responses: { 200: null },
      audit: {
        operation: 'delete',
        resourceType: 'personal_token',
        resource: ({ params }) => String(params.token_id),
      },
      async handle({ principal, params }) {
        await tokens.delete(wholeUser(principal).id, params.token_id);
        return ok();
      },
    }),
  ];
}

function createRoute(ports: PersonalTokensRoutesPorts): ApiRoute {
  return defineRoute({
    method: 'POST',
    path: '/users/current/tokens',
    operationId: 'createCurrentUserToken',
    tag: 'user',
    summary: "Berth's own: makes a personal token; its text is shown this once",
    can: authenticated,
    body: request,
    responses: { 201: presented.extend({ token: z.string() }) },
    audit: {
      operation: 'create',
      resourceType: 'personal_token',
      resource: ({ body }) => body.name,
    },
    async handle({ principal, body, path }) {
      const { token, text } = await ports.tokens.create(wholeUser(principal), {
        name: body.name,
        scopes: body.scopes,
        projects: body.projects ?? undefined,
        expiresAt: toDate(body.expires_at),
      });
      return created(`${path}/${token.id}`, { ...(await present(ports, token)), token: text });
    },
  });
}

function toDate(text: string | null | undefined): Date | undefined {
  return typeof text === 'string' ? new Date(text) : undefined;
}

async function present(
  { findProjectName }: PersonalTokensRoutesPorts,
  token: PersonalToken,
): Promise<z.input<typeof presented>> {
  const { projectIds } = token;
  const names = projectIds && (await Promise.all(projectIds.map((id) => findProjectName(id))));
  return {
    id: token.id,
    name: token.name,
    scopes: [...token.scopes],
    projects: names && names.filter((name) => name !== undefined),
    expires_at: token.expiresAt?.toISOString() ?? null,
    last_used_at: token.lastUsedAt?.toISOString() ?? null,
    last_used_address: token.lastUsedAddress,
    creation_time: token.createdAt.toISOString(),
  };
}
