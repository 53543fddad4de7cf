import type { IncomingMessage, ServerResponse } from 'node:http';
import { OciError, presentErrors } from '@berth/oci';
import { awaitsContinue } from '../http-server.ts';

/** One `/v2` request with its answer. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  readonly requestId: string;
  /** Fires when the client goes away. */
  readonly signal: AbortSignal;
}

/** The exchange of a request, with the path of its URL; nothing of it is decoded. */
export function createExchange(
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
): Exchange & { readonly path: string } {
  const url = request.url ?? '';
  const at = url.indexOf('?');
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort(new Error('the client went away'));
  });
  return {
    request,
    response,
    requestId,
    path: at < 0 ? url : url.slice(0, at),
    query: new URLSearchParams(at < 0 ? '' : url.slice(at + 1)),
    signal: gone.signal,
  };
}

export type HeaderList = readonly string[];

const common: HeaderList = [
  'Docker-Distribution-Api-Version',
  'registry/2.0',
  'X-Content-Type-Options',
  'nosniff',
];

/** Answers with headers and no body. */
export function sendEmpty(exchange: Exchange, status: number, headers: HeaderList = []): void {
  const length = status === 204 || status === 304 ? [] : ['Content-Length', '0'];
  start(exchange, status, [...headers, ...length]);
  exchange.response.end();
}

/** Answers with a JSON document. */
export function sendJson(
  exchange: Exchange,
  document: object,
  headers: HeaderList = [],
  contentType = 'application/json',
): void {
  const body = Buffer.from(JSON.stringify(document));
  start(exchange, 200, [
    ...headers,
    'Content-Type',
    contentType,
    'Content-Length',
    String(body.length),
  ]);
  exchange.response.end(exchange.request.method === 'HEAD' ? undefined : body);
}

/** Writes the status line and the headers that every `/v2` answer has. */
export function start(
  { response, requestId }: Exchange,
  status: number,
  headers: HeaderList,
): void {
  response.writeHead(status, [...headers, ...common, 'X-Request-Id', requestId]);
}

/** Tells the client to send its body, if it waits for that; call it before reading. */
export function welcomeBody({ request, response }: Exchange): void {
  if (awaitsContinue(request)) response.writeContinue();
}

/** Bytes that an error answer lets a client send on before the connection is closed on it. */
const MAX_DRAIN_BYTES = 1024 * 1024;
const MAX_DRAIN_MS = 2_000;

/** Answers an error in the specification's form, and lets go of the rest of the body. */
export function sendError(exchange: Exchange, error: OciError, headers: HeaderList = []): void {
  const { request, response } = exchange;
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const body = Buffer.from(presentErrors([error]));
  const unread = !request.complete && !awaitsContinue(request);
  // Whether a body has come in by now tells how long a refusal took, and so what is there.
  const isRefused = error.status === 401 || error.status === 403;
  const closes = !request.complete || (isRefused && hasBody(exchange));
  start(exchange, error.status, [
    ...headers,
    ...(closes ? ['Connection', 'close'] : []),
    'Content-Type',
    'application/json; charset=utf-8',
    'Content-Length',
    String(body.length),
  ]);
  response.end(request.method === 'HEAD' ? undefined : body);
  if (unread) drain(request);
}

/** Whether the request says that a body comes with it. */
export function hasBody({ request }: Exchange): boolean {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  return encoding !== undefined || (length !== undefined && length !== '0');
}

/** A client that is still sending reads no answer; let it finish, within bounds. */
function drain(request: IncomingMessage): void {
  let seen = 0;
  const timer = setTimeout(() => request.destroy(), MAX_DRAIN_MS);
  timer.unref();
  request.on('data', (chunk: Buffer) => {
    seen += chunk.length;
    if (seen > MAX_DRAIN_BYTES) request.destroy();
  });
  request.on('close', () => clearTimeout(timer));
  request.on('error', () => undefined);
  request.resume();
}
