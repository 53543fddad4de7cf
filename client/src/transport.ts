import { type Authorizer, type Credentials, createAuthorizer } from './authorizer.ts';
import { discardBody } from './body.ts';
import { readError } from './registry-error.ts';

/** What can be sent. Bytes and Blobs (`openAsBlob` for files) can be sent again, streams cannot. */
export type Content = Uint8Array<ArrayBuffer> | Blob | ReadableStream<Uint8Array> | string;

export interface RegistryRequest {
  /** GET unless told. */
  readonly method?: string;
  readonly query?: Readonly<Record<string, string | number | readonly string[] | undefined>>;
  /** Lower-case names. An `authorization` of the caller's own turns the token flow off. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Content;
  /** Token scopes, `repository:name:pull,push`. */
  readonly scopes?: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

export interface Transport {
  readonly base: URL;
  /** Sends one request and gives the answer, of whatever status. */
  request(target: string | URL, request?: RegistryRequest): Promise<Response>;
  /** The same, but throws RegistryError unless the status is one of `statuses`. */
  expect(
    statuses: readonly number[],
    target: string | URL,
    request?: RegistryRequest,
  ): Promise<Response>;
}

interface Ports {
  readonly base: URL;
  readonly authorizer: Authorizer;
  readonly fetch: typeof fetch;
}

const MAX_REDIRECTS = 5;
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * Requests with the token flow. GET and HEAD follow redirects; the `Authorization` header goes
 * to the registry's own origin only.
 */
export function createTransport(options: {
  readonly url: string;
  readonly credentials: Credentials | undefined;
  readonly fetch: typeof fetch;
}): Transport {
  const base = new URL(options.url);
  const authorizer = createAuthorizer({ base, ...options });
  const ports = { base, authorizer, fetch: options.fetch };

  async function request(target: string | URL, request: RegistryRequest = {}): Promise<Response> {
    let url = withQuery(new URL(target, base), request.query);
    const isRead = ['GET', 'HEAD'].includes(request.method ?? 'GET');
    for (let hops = 0; ; hops += 1) {
      const response = await sendAuthorized(ports, url, request);
      const location = response.headers.get('location');
      if (!isRead || location === null || !redirects.has(response.status)) return response;
      const next = URL.parse(location, url.href);
      const isHttp = next?.protocol === 'http:' || next?.protocol === 'https:';
      if (next === null || !isHttp || hops === MAX_REDIRECTS) return response;
      await discardBody(response);
      url = next;
    }
  }

  return {
    base,
    request,
    async expect(statuses, target, options = {}) {
      const response = await request(target, options);
      if (statuses.includes(response.status)) return response;
      const { pathname } = new URL(target, base);
      throw await readError(response, `${options.method ?? 'GET'} ${pathname}`);
    },
  };
}

async function sendAuthorized(
  { base, authorizer, fetch }: Ports,
  url: URL,
  request: RegistryRequest,
): Promise<Response> {
  const { authorization: own, ...headers } = request.headers ?? {};
  if (url.origin !== base.origin) return sendOnce(fetch, url, { ...request, headers });
  if (own !== undefined) return sendOnce(fetch, url, request);

  const send = async (scopes: readonly string[]) => {
    const authorization = await authorizer.authorize(scopes, request.signal);
    return sendOnce(fetch, url, {
      ...request,
      headers: authorization === undefined ? headers : { authorization, ...headers },
    });
  };
  const scopes = request.scopes ?? [];
  const response = await send(scopes);
  if (response.status !== 401 || request.body instanceof ReadableStream) return response;
  const wanted = authorizer.learn(response.headers.get('www-authenticate'), scopes);
  if (wanted === undefined) return response;
  await discardBody(response);
  return send(wanted);
}

function sendOnce(
  fetch: Ports['fetch'],
  url: URL,
  { method = 'GET', headers, body, signal }: RegistryRequest,
): Promise<Response> {
  return fetch(url, {
    method,
    // Digests are over the bytes as stored: a compressed transfer would be decoded by fetch.
    headers: { 'accept-encoding': 'identity', ...headers },
    redirect: 'manual',
    signal: signal ?? null,
    ...(body !== undefined && { body, duplex: 'half' }),
  });
}

function withQuery(url: URL, query: RegistryRequest['query'] = {}): URL {
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    for (const item of typeof value === 'object' ? value : [value]) {
      url.searchParams.append(name, String(item));
    }
  }
  return url;
}
