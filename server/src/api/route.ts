import type { IncomingHttpHeaders } from 'node:http';
import type { z } from 'zod';
import type { Principal, ProjectPolicy } from '../access/index.ts';
import type { AppError } from '../lib/index.ts';
import type { ApiReply } from './reply.ts';
import type { ProjectRequirement, Requirement } from './requirement.ts';

export type ApiMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** The browser login that a request came with. */
export interface CallerSession {
  readonly id: string;
}

/** Who calls, as its credentials tell. */
export interface Caller {
  readonly principal: Principal;
  /** Absent unless the session cookie was what told. */
  readonly session?: CallerSession | undefined;
  /** Present when a session cookie came that is good no more; the `Set-Cookie` that removes it. */
  readonly endedSession?: { readonly clearing: string } | undefined;
}

type Parsed<S> = S extends z.ZodType ? z.output<S> : undefined;

/** A request that has been authenticated, authorised and parsed. */
export interface Call<
  P extends z.ZodType | undefined = z.ZodType | undefined,
  Q extends z.ZodType | undefined = z.ZodType | undefined,
  B extends z.ZodType | undefined = z.ZodType | undefined,
  R extends Requirement = Requirement,
> extends Caller {
  /** What the path says; `project_name` and `project_name_or_id` become `project` instead. */
  readonly params: Parsed<P>;
  readonly query: Parsed<Q>;
  readonly body: Parsed<B>;
  /** The project of the path, for routes that need a right in one. */
  readonly project: R extends ProjectRequirement ? ProjectPolicy : undefined;
  readonly headers: IncomingHttpHeaders;
  readonly requestId: string;
  /** Of the client, as far as trusted proxies tell. */
  readonly address: string;
  /** The URL as requested, for `Location`. */
  readonly path: string;
  /** Where the registry is for this client, such as `https://registry.example.com`. */
  readonly externalUrl: string;
}

/** How an API that is not Harbor's `/api/v2.0` words its refusals. */
export interface ErrorFormat {
  readonly model: z.ZodType;
  /** The body. */
  present(error: AppError): unknown;
}

/** What goes into the audit log when a route was called, and what for. */
export interface RouteAudit<C> {
  readonly operation: string;
  readonly resourceType: string;
  /** Name of what was acted on. `reply` is absent when the call failed. */
  readonly resource: (call: C, reply: ApiReply | undefined) => string;
  readonly projectId?: (call: C, reply: ApiReply | undefined) => number | undefined;
  /** Who acted, when the caller is not yet known, as at a login. */
  readonly username?: (call: C) => string;
}

/** In the description they are the component without `X-Berth-`. */
export type AnswerHeader = 'X-Berth-Hidden-Tags';

export interface RouteDefinition<
  P extends z.ZodType | undefined,
  Q extends z.ZodType | undefined,
  B extends z.ZodType | undefined,
  R extends Requirement,
> {
  readonly method: ApiMethod;
  /** Below `/api/v2.0` unless it begins with another known prefix; `{name}` are parameters. */
  readonly path: string;
  /** Harbor's operationId, unique. */
  readonly operationId: string;
  readonly tag: string;
  readonly summary: string;
  readonly can: R;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  /** `json` unless told; `form` is application/x-www-form-urlencoded. */
  readonly bodyType?: 'json' | 'form';
  /** Whether the body may be left out. */
  readonly isBodyOptional?: boolean;
  /** Answers other than errors: status → body. `null` is an empty body. */
  readonly responses: Readonly<Record<number, z.ZodType | null>>;
  /** Harbor's envelope unless told. */
  readonly errors?: ErrorFormat;
  /** Media type of the success body, unless JSON. */
  readonly produces?: string;
  /** Headers of its own that the success answer has. */
  readonly answers?: readonly AnswerHeader[];
  readonly audit?: RouteAudit<Call<P, Q, B, R>>;
  /** Whether it may be called with a session cookie alone and no CSRF token (a login). */
  readonly isLogin?: boolean;
  /** False: calling it does not keep a browser's login alive, as pages do it by themselves. */
  readonly renewsSession?: false;
  /** Stays open in read-only mode. */
  readonly worksReadOnly?: boolean;
  handle(call: Call<P, Q, B, R>): Promise<ApiReply> | ApiReply;
}

/** A route with its types forgotten, as lists of routes hold it. */
export type ApiRoute = Omit<
  RouteDefinition<z.ZodType | undefined, z.ZodType | undefined, z.ZodType | undefined, Requirement>,
  'handle' | 'audit'
> & {
  readonly audit?: RouteAudit<Call>;
  handle(call: Call): Promise<ApiReply> | ApiReply;
};

/** Declares a route; the handler's types follow from the schemas. */
export function defineRoute<
  const R extends Requirement,
  P extends z.ZodType | undefined = undefined,
  Q extends z.ZodType | undefined = undefined,
  B extends z.ZodType | undefined = undefined,
>(definition: RouteDefinition<P, Q, B, R>): ApiRoute;
// The adapter parses with the very schemas that give the handler its types.
export function defineRoute(definition: ApiRoute): ApiRoute {
  return definition;
}
