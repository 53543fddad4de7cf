import type { IncomingMessage, ServerResponse } from 'node:http';
import { stringify } from 'yaml';
import { presentWarning } from './object-body.ts';
import { presentStatus } from './status.ts';
import type { StatusError } from './status-error.ts';

/** What a request is answered with. */
export interface KubeAnswer {
  readonly code: number;
  readonly body: object | string;
  readonly warnings?: readonly string[];
  readonly isYaml?: boolean;
}

/** The two ends of a request. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Fires when the client goes away or the answer is complete. */
  readonly signal: AbortSignal;
}

export function writeHead(
  { request, response, requestId }: Exchange,
  code: number,
  headers: Readonly<Record<string, string | readonly string[]>>,
): void {
  // Nobody reads the rest of a body that was refused.
  if (!request.complete) response.setHeader('connection', 'close');
  response.writeHead(code, {
    'x-request-id': requestId,
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-cache, private',
    ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.slice()])),
  });
}

export function sendAnswer(exchange: Exchange, answer: KubeAnswer): void {
  const { code, body, warnings = [], isYaml = false } = answer;
  const isPretty = ['true', '1'].includes(exchange.query.get('pretty') ?? '');
  const json = `${JSON.stringify(body, null, isPretty ? 2 : undefined)}\n`;
  writeHead(exchange, code, {
    'content-type': isYaml ? 'application/yaml' : 'application/json',
    ...(warnings.length > 0 && { warning: warnings.map(presentWarning) }),
  });
  exchange.response.end(isYaml ? stringify(JSON.parse(json)) : json);
}

export function sendStatus(exchange: Exchange, status: StatusError): void {
  const seconds = status.details?.retryAfterSeconds;
  const body = `${JSON.stringify(presentStatus(status))}\n`;
  writeHead(exchange, status.code, {
    'content-type': 'application/json',
    ...(seconds !== undefined && { 'retry-after': String(seconds) }),
  });
  exchange.response.end(body);
}

export function sendBytes(exchange: Exchange, type: string, bytes: Buffer): void {
  writeHead(exchange, 200, { 'content-type': type, 'content-length': String(bytes.length) });
  exchange.response.end(bytes);
}
