import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { usernameOf } from '../access/index.ts';
import { type AddressOf, basePathOf, externalUrlOf, presentPath, statusOf } from '../http/index.ts';
import { AppError, readOnlyRefusal } from '../lib/index.ts';
import { type AuthorizePorts, authorize } from './authorize.ts';
import { parsePart } from './parse.ts';
import { routerPath } from './path.ts';
import { linkHeader } from './query/index.ts';
import type { ApiReply } from './reply.ts';
import type { ApiMethod, ApiRoute, Call, Caller, ErrorFormat } from './route.ts';

/** What credentials are looked for in. */
export interface CallerRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly address: string;
  /** A login works without a CSRF token, since there is no session yet. */
  readonly isLogin: boolean;
  /** Whether this counts as use of a session; so it does unless told. */
  readonly renewsSession?: boolean | undefined;
}

/** A line of the audit log. */
export interface AuditEntry {
  readonly projectId: number | undefined;
  readonly operation: string;
  readonly resourceType: string;
  readonly resource: string;
  readonly username: string;
  readonly succeeded: boolean;
  readonly address: string;
  readonly requestId: string;
}

export interface ApiPorts extends AuthorizePorts {
  /** @throws AppError unauthenticated for wrong credentials, denied for a missing CSRF token */
  authenticate(request: CallerRequest): Promise<Caller>;
  /** The token that a session's unsafe requests must carry. */
  csrfToken(session: NonNullable<Caller['session']>): string;
  /** Resolves when the entry is as safe as it gets; never rejects. */
  recordAudit(entry: AuditEntry): Promise<void>;
  isReadOnly(): boolean;
  readonly addressOf: AddressOf;
  /** Configured; otherwise the address that the client used. */
  readonly externalUrl: string | undefined;
}

const BODY_LIMIT = 4 * 1024 * 1024;
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const satisfies ApiMethod[];
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/** Serves all routes: one place for credentials, rights, parsing, presenting and audit. */
export function registerApi(
  app: FastifyInstance,
  routes: readonly ApiRoute[],
  ports: ApiPorts,
): void {
  void app.register((scope, _options, done) => {
    addParsers(scope);
    for (const route of routes) {
      scope.route({
        method: route.method,
        url: routerPath(route.path),
        bodyLimit: BODY_LIMIT,
        ...(route.errors !== undefined && { errorHandler: refuseAs(route.errors) }),
        handler: (request, reply) => serve(route, ports, request, reply),
      });
    }
    refuseOtherMethods(scope, routes);
    done();
  });
}

function addParsers(scope: FastifyInstance): void {
  const parseJson = scope.getDefaultJsonParser('error', 'error');
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(
    'application/json',
    { parseAs: 'string', bodyLimit: BODY_LIMIT },
    (request, body, parsed) => {
      if (body.length === 0) parsed(null, undefined);
      else void parseJson(request, body.toString(), parsed);
    },
  );
  scope.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: 64 * 1024 },
    (_request, body, parsed) =>
      parsed(null, Object.fromEntries(new URLSearchParams(body.toString()))),
  );
}

function refuseOtherMethods(scope: FastifyInstance, routes: readonly ApiRoute[]): void {
  const byPath = Map.groupBy(routes, ({ path }) => routerPath(path).replaceAll(/:\w+/g, ':_'));
  for (const same of byPath.values()) {
    const known = new Set(same.map(({ method }) => method));
    const others = METHODS.filter((method) => !known.has(method));
    const [first] = same;
    if (first === undefined || others.length === 0) continue;
    scope.route({
      method: others,
      url: routerPath(first.path),
      ...(first.errors !== undefined && { errorHandler: refuseAs(first.errors) }),
      handler: (_request, reply) => {
        void reply.header('allow', [...known].join(', '));
        throw new AppError('not-allowed', `this path takes ${[...known].join(', ')}`);
      },
    });
  }
}

/** Other failures than refusals, such as a database out of reach, are worded as everywhere. */
function refuseAs({ present }: ErrorFormat) {
  return (error: FastifyError, _request: FastifyRequest, reply: FastifyReply): void => {
    const refusal = refusalOf(error);
    if (refusal === undefined) throw error;
    void reply
      .code(error.statusCode ?? statusOf(refusal.kind))
      .header('content-type', 'application/json; charset=utf-8')
      .send(`${JSON.stringify(present(refusal))}\n`);
  };
}

/** Also what the framework refuses: bodies that are too long, or no JSON. */
function refusalOf(error: FastifyError): AppError | undefined {
  if (error instanceof AppError) return error;
  const isRefusal = error.statusCode !== undefined && error.statusCode < 500;
  return isRefusal ? new AppError('invalid', error.message) : undefined;
}

async function serve(
  route: ApiRoute,
  ports: ApiPorts,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  void reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff');
  const call = await open(route, ports, request, reply);
  let answer: ApiReply;
  try {
    answer = await route.handle(call);
  } catch (error) {
    await audit(route, ports, call, undefined);
    throw error;
  }
  await audit(route, ports, call, answer);
  return send(reply, request, answer, basePathOf(ports.externalUrl));
}

/** Authenticates, authorises and parses, in this order: strangers learn nothing of schemas. */
async function open(
  route: ApiRoute,
  ports: ApiPorts,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Call> {
  const { headers, id: requestId } = request;
  const address = ports.addressOf(request.raw);
  const path = request.url.split('?', 1)[0] ?? '';
  const isLogin = route.isLogin === true;
  const caller = await ports.authenticate({
    method: route.method,
    path,
    headers,
    address,
    isLogin,
    renewsSession: route.renewsSession,
  });
  if (caller.session !== undefined) {
    void reply.header('x-harbor-csrf-token', ports.csrfToken(caller.session));
  }
  if (caller.endedSession !== undefined) {
    // A route for everyone answers as to a stranger: a page must be able to tell.
    void reply
      .header('x-berth-session', 'expired')
      .header('set-cookie', caller.endedSession.clearing);
  }
  const bare = {
    ...caller,
    headers,
    requestId,
    address,
    path,
    externalUrl: externalUrlOf(ports.externalUrl, headers),
  };
  const project = await authorize(
    ports,
    caller.principal,
    route.can,
    projectReference(request),
  ).catch(async (error: unknown) => {
    await auditRefusal(route, ports, bare);
    throw error;
  });
  if (!SAFE.has(route.method) && route.worksReadOnly !== true && ports.isReadOnly()) {
    throw readOnlyRefusal();
  }
  checkQuery(request);
  return {
    ...bare,
    project,
    params: parsePart('path', route.params, request.params),
    query: parsePart('query', route.query, request.query),
    body: parseBody(route, request),
  };
}

function parseBody(route: ApiRoute, request: FastifyRequest): unknown {
  if (route.body === undefined) return undefined;
  const { body } = request;
  if (body === undefined || body === null) {
    if (route.isBodyOptional === true) return undefined;
    throw new AppError('unprocessable', 'body: is required');
  }
  const isForm = request.headers['content-type']?.startsWith('application/x-www') === true;
  if (isForm !== (route.bodyType === 'form')) {
    throw new AppError(
      'unprocessable',
      `body: must be ${route.bodyType === 'form' ? 'a form' : 'JSON'}`,
    );
  }
  return parsePart('body', route.body, body);
}

function checkQuery({ url }: FastifyRequest): void {
  const query = url.split('?', 2)[1] ?? '';
  if (/%(?![\da-f]{2})/i.test(query)) {
    throw new AppError('invalid', 'the query is not well encoded: a % must begin an escape');
  }
}

/** Harbor reads digits as an id, unless the caller says that they are a name. */
function projectReference({ params, headers }: FastifyRequest): string | number | undefined {
  if (typeof params !== 'object' || params === null) return undefined;
  if ('project_name' in params) return String(params.project_name);
  if (!('project_name_or_id' in params)) return undefined;
  const text = String(params.project_name_or_id);
  const isName = headers['x-is-resource-name'] === 'true';
  return !isName && /^\d{1,15}$/.test(text) ? Number(text) : text;
}

async function audit(
  route: ApiRoute,
  ports: ApiPorts,
  call: Call,
  answer: ApiReply | undefined,
): Promise<void> {
  const { audit } = route;
  if (audit === undefined) return;
  await ports.recordAudit({
    projectId: audit.projectId?.(call, answer) ?? call.project?.id,
    operation: audit.operation,
    resourceType: audit.resourceType,
    resource: audit.resource(call, answer),
    username: audit.username?.(call) ?? usernameOf(call.principal),
    succeeded: answer !== undefined && answer.status < 400,
    address: call.address,
    requestId: call.requestId,
  });
}

/** A known caller tried what it may not do. */
async function auditRefusal(
  { audit }: ApiRoute,
  ports: ApiPorts,
  { principal, address, requestId, path }: Caller & Pick<Call, 'address' | 'requestId' | 'path'>,
): Promise<void> {
  if (audit === undefined || principal.kind === 'anonymous') return;
  await ports.recordAudit({
    projectId: undefined,
    operation: audit.operation,
    resourceType: audit.resourceType,
    resource: path,
    username: usernameOf(principal),
    succeeded: false,
    address,
    requestId,
  });
}

function send(
  reply: FastifyReply,
  request: FastifyRequest,
  answer: ApiReply,
  basePath: string,
): FastifyReply {
  void reply.code(answer.status);
  // A login's own cookies: the old one need not be removed.
  if (answer.headers?.['set-cookie'] !== undefined) reply.removeHeader('set-cookie');
  for (const [name, value] of Object.entries(answer.headers ?? {})) {
    const isPath = name === 'location' && typeof value === 'string';
    void reply.header(name, isPath ? presentPath(basePath, value) : value);
  }
  if (answer.total !== undefined) paginate(reply, basePath + request.url, answer.total);
  if (answer.body === undefined) return reply.send();
  if (answer.type !== undefined) return reply.type(answer.type).send(answer.body);
  const json = `${JSON.stringify(answer.body)}\n`;
  return reply.header('content-type', 'application/json; charset=utf-8').send(json);
}

function paginate(reply: FastifyReply, url: string, total: number): void {
  const given = new URLSearchParams(url.split('?', 2)[1]);
  const page = Number(given.get('page') ?? 1);
  const size = Number(given.get('page_size') ?? 10);
  const link = linkHeader({ url, page, size, total });
  void reply.header('x-total-count', String(total));
  if (link !== undefined) void reply.header('link', link);
}
