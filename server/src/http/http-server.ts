import type { IncomingMessage, ServerResponse } from 'node:http';
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply } from 'fastify';
import { isTooSlow, isUnavailable } from '../db/index.ts';
import { AppError } from '../lib/index.ts';
import type { Log } from '../telemetry/index.ts';
import { isBelow, parseTarget } from './base-path.ts';
import { refuseExpectation, refuseUnparsed, sendRefusal } from './client-error.ts';
import { presentAppError, presentProblem } from './problem.ts';
import { requestId } from './request-id.ts';

export interface HttpServerOptions {
  readonly log: Log;
  /** Milliseconds without a byte in either direction after which a connection is cut. */
  readonly idleMs: number;
  /** Path before ours that proxies may leave in requests; none unless told. */
  readonly basePath?: string;
}

const HEADERS_TIMEOUT_MS = 10_000;
const MAX_HEADERS = 100;

/** Requests that wait for `100 Continue`; the reader of the body sends it, once it wants bytes. */
const waiting = new WeakSet<IncomingMessage>();

/** Whether the client holds its body back until it is told to go on (RFC 9110 §10.1.1). */
export function awaitsContinue(request: IncomingMessage): boolean {
  return waiting.delete(request);
}

/**
 * The HTTP server with what all routes share: limits, deadlines, request ids, Harbor's error
 * envelope. Routes are registered by their modules.
 */
export function createHttpServer({
  log,
  idleMs,
  basePath = '',
}: HttpServerOptions): FastifyInstance {
  const app = Fastify({
    logger: false,
    genReqId: (request) => requestId(request),
    bodyLimit: 1024 * 1024,
    exposeHeadRoutes: false,
    rewriteUrl: ({ url }) => parseTarget(basePath, url ?? ''),
    // A request may last as long as its bytes keep flowing; Node's five minutes cut big pushes.
    requestTimeout: 0,
    connectionTimeout: idleMs,
    keepAliveTimeout: 75_000,
    forceCloseConnections: 'idle',
    routerOptions: {
      maxParamLength: 4096,
      ignoreDuplicateSlashes: true,
      ignoreTrailingSlash: true,
    },
    http: {
      headersTimeout: HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: 2_000,
      maxHeaderSize: 16 * 1024,
      requireHostHeader: true,
      highWaterMark: 256 * 1024,
    },
    frameworkErrors: (error, request, reply) => {
      void sendProblem(reply, request.id, error.statusCode ?? 400, 'BAD_REQUEST', error.message);
    },
    clientErrorHandler: refuseUnparsed,
    return503OnClosing: false,
  });
  app.server.maxConnections = 8_192;
  app.server.on('checkContinue', (request, response) => {
    waiting.add(request);
    if (!request.url?.startsWith('/v2/')) {
      waiting.delete(request);
      response.writeContinue();
    }
    app.server.emit('request', request, response);
  });
  app.server.on('checkExpectation', (request, response) => {
    refuseExpectation(request, response, requestId(request));
  });
  app.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id);
    done(refusal(request.raw));
  });
  logRequests(app, log);
  answerErrors(app, log);
  return app;
}

export type RawHandler = (request: IncomingMessage, response: ServerResponse, id: string) => void;

/**
 * Gives all requests at and below `prefix` to a handler as Node made them. The framework's own
 * objects for a request cost more than a pull that memory can answer.
 */
export function serveRaw(app: FastifyInstance, prefix: string, handler: RawHandler): void {
  const others = app.server.listeners('request');
  app.server.removeAllListeners('request');
  app.server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (!isBelow(request.url ?? '', prefix)) {
      for (const listener of others) listener.call(app.server, request, response);
      return;
    }
    const id = requestId(request);
    const refused = refusal(request);
    if (refused === undefined) handler(request, response, id);
    else sendRefusal(request, response, id, presentAppError(refused));
  });
}

function logRequests(app: FastifyInstance, log: Log): void {
  app.addHook('onResponse', (request, reply, done) => {
    done();
    const { id: requestId, method } = request;
    // Without the query: it may carry what a log must not.
    const url = request.raw.url?.split('?', 1)[0];
    const ms = Math.round(reply.elapsedTime);
    const fields = { requestId, method, url, status: reply.statusCode, ms };
    if (method === 'GET' || method === 'HEAD') log.debug(fields, 'request');
    else log.info(fields, 'request');
  });
}

function answerErrors(app: FastifyInstance, log: Log): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const refusal = refusalOf(error);
    if (refusal !== undefined) {
      const { status, body } = presentAppError(refusal);
      if (BUSY.has(status)) void reply.header('retry-after', '5');
      if (!(error instanceof AppError))
        log.warn({ err: error, requestId: request.id }, refusal.message);
      return send(reply, status, body);
    }
    const status = error.statusCode ?? 500;
    if (status < 500) return sendProblem(reply, request.id, status, codeOf(status), error.message);
    log.error({ err: error, requestId: request.id }, 'request failed');
    return sendProblem(reply, request.id, 500, 'UNKNOWN', 'internal server error');
  });
  app.setNotFoundHandler((request, reply) =>
    sendProblem(reply, request.id, 404, 'NOT_FOUND', 'there is nothing at this path'),
  );
}

/** Statuses that may be others in a moment. */
const BUSY: ReadonlySet<number> = new Set([429, 503]);

/** What a caller can be told of an error; undefined when that is nothing. */
function refusalOf(error: unknown): AppError | undefined {
  if (error instanceof AppError) return error;
  if (isUnavailable(error)) {
    return new AppError('unavailable', 'the database is out of reach; try again shortly');
  }
  if (isTooSlow(error)) {
    return new AppError('unavailable', 'this takes too long to answer; ask for less');
  }
  return undefined;
}

/** What a proxy and this server could read differently is refused before it is routed. */
function refusal(request: IncomingMessage): AppError | undefined {
  if (request.rawHeaders.length > MAX_HEADERS * 2) {
    return new AppError('invalid', `a request may have at most ${MAX_HEADERS} headers`);
  }
  if (!request.url?.startsWith('/')) {
    return new AppError('invalid', 'the request target must be a path');
  }
  if (request.httpVersion !== '1.1' && request.httpVersion !== '1.0') {
    return new AppError('invalid', 'the request must be of HTTP/1.1 or HTTP/1.0');
  }
  return repeatedHost(request)
    ? new AppError('invalid', 'a request must have exactly one Host header')
    : undefined;
}

function repeatedHost(request: IncomingMessage): boolean {
  let seen = 0;
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    if (request.rawHeaders[index]?.length === 4 && isHost(request.rawHeaders[index])) seen += 1;
  }
  return seen > 1;
}

function isHost(name: string | undefined): boolean {
  return name?.toLowerCase() === 'host';
}

function codeOf(status: number): string {
  const codes: Record<number, string> = {
    404: 'NOT_FOUND',
    405: 'METHOD_NOT_ALLOWED',
    413: 'REQUEST_ENTITY_TOO_LARGE',
    415: 'UNSUPPORTED_MEDIA_TYPE',
  };
  return codes[status] ?? 'BAD_REQUEST';
}

function sendProblem(
  reply: FastifyReply,
  id: string,
  status: number,
  code: string,
  message: string,
): FastifyReply {
  void reply.header('x-request-id', id);
  return send(reply, status, presentProblem(status, code, message).body);
}

function send(reply: FastifyReply, status: number, body: string): FastifyReply {
  // Nobody reads the rest of a body that was refused.
  if (!reply.request.raw.complete) void reply.header('connection', 'close');
  return reply
    .code(status)
    .header('content-type', 'application/json; charset=utf-8')
    .header('x-content-type-options', 'nosniff')
    .send(body);
}
