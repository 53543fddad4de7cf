import { AppError } from '../lib/index.ts';
import { EgressError } from './egress.errors.ts';
import type { EgressMethod, EgressResponse } from './exchange.ts';
import { isRedirect } from './redirect.ts';

/** `fetch` as far as jose and openid-client use it: the answer is read before it is given. */
export type EgressFetch = (input: string | URL | Request, init?: FetchInit) => Promise<Response>;

/** `RequestInit`, whose body may also be undefined, as openid-client has it. */
export type FetchInit = Omit<RequestInit, 'body'> & { body?: RequestInit['body'] | undefined };

export interface FetchedRequest {
  readonly method: EgressMethod;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body?: Uint8Array;
  readonly redirects: number;
  readonly signal: AbortSignal;
}

const METHODS: readonly EgressMethod[] = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
];
const MAX_REDIRECTS = 5;
/** Statuses whose Response must be made without a body. */
const BODILESS = new Set([204, 205, 304]);

/** Wraps `send` as a `fetch`. It rejects like `send`, not with a TypeError. */
export function createFetch(
  send: (request: FetchedRequest) => Promise<EgressResponse>,
): EgressFetch {
  return async (input, init = {}) => {
    const request = requestOf(input, init);
    const method = METHODS.find((known) => known === request.method);
    if (method === undefined) throw new AppError('invalid', 'the method cannot be sent');
    const response = await send({
      method,
      url: request.url,
      headers: Object.fromEntries(request.headers),
      ...(request.body !== null && { body: new Uint8Array(await request.arrayBuffer()) }),
      redirects: request.redirect === 'follow' ? MAX_REDIRECTS : 0,
      signal: request.signal,
    });
    if (request.redirect === 'error' && isRedirect(response)) throw new EgressError('protocol');
    return present(response, request.url);
  };
}

function requestOf(input: string | URL | Request, init: FetchInit): Request {
  const { body, ...rest } = init;
  try {
    return new Request(input, body === undefined ? rest : { ...rest, body });
  } catch (error) {
    throw new EgressError('invalid-url', { cause: error });
  }
}

function present({ status, headers, body }: EgressResponse, url: string): Response {
  try {
    const content = BODILESS.has(status) ? null : new Uint8Array(body);
    const response = new Response(content, { status, headers });
    Object.defineProperty(response, 'url', { value: url });
    return response;
  } catch (error) {
    throw new EgressError('protocol', { cause: error });
  }
}
