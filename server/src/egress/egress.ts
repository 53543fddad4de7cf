import { validateHeaderName, validateHeaderValue } from 'node:http';
import type { BlockList } from 'node:net';
import { AppError } from '../lib/index.ts';
import { type AddressPolicy, parseNetworks } from './address.ts';
import { withDeadline } from './deadline.ts';
import { EgressError } from './egress.errors.ts';
import { type EgressMethod, type EgressResponse, type EgressTls, exchange } from './exchange.ts';
import { createFetch, type EgressFetch } from './fetch.ts';
import { followRedirect, type Hop, isRedirect } from './redirect.ts';
import { type StreamRequest, type StreamResponse, Streams } from './stream.ts';
import { parseTarget, type Resolve, resolveBySystem, resolveTarget } from './target.ts';

export interface EgressLimits {
  /** For everything, name resolution and redirects included; 15 s unless told. */
  readonly timeoutMs?: number;
  /** Of the answer's body; 1 MiB unless told. */
  readonly maxBytes?: number;
}

export interface EgressRequest extends EgressLimits {
  readonly method: EgressMethod;
  readonly url: string | URL;
  /** Those that belong to the connection, such as Host, are left out. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly policy: AddressPolicy;
  /** Verified against the system's authorities unless told. */
  readonly tls?: EgressTls;
  /** How many redirects to follow, each checked like the first URL; 0 unless told. */
  readonly redirects?: number;
  readonly signal?: AbortSignal;
}

export interface EgressOptions {
  /** Networks (CIDR) to be reached whatever the policy says: the operator's list. */
  readonly allowedNetworks?: readonly string[];
  readonly resolve?: Resolve;
  /** Name resolution, TCP and TLS together; 5 s unless told. */
  readonly connectTimeoutMs?: number;
}

/** The one way to the world outside. Knows no cookies or proxies. */
export interface Egress {
  /**
   * Sends a request and reads the whole answer, whatever its status; a redirect is an answer.
   *
   * @throws EgressError
   * @throws AppError invalid for a header that cannot be sent
   * @throws the signal's reason
   */
  request(request: EgressRequest): Promise<EgressResponse>;
  /** The same in the form of `fetch`, for libraries. */
  fetch(policy: AddressPolicy, tls?: EgressTls, limits?: EgressLimits): EgressFetch;
  /**
   * Sends a request over a kept connection and gives the answer as its headers are there; bodies
   * flow both ways, and redirects are answers.
   *
   * @throws EgressError
   * @throws AppError invalid for a header that cannot be sent
   * @throws the signal's reason
   */
  stream(request: StreamRequest): Promise<StreamResponse>;
  /** Ends the connections of `stream`. */
  close(): Promise<void>;
  /**
   * Checks a URL before it is stored, without asking DNS; requests check again.
   *
   * @throws EgressError invalid-url, refused-address
   */
  parseUrl(url: string, policy: AddressPolicy): URL;
}

const TIMEOUT_MS = 15_000;
const CONNECT_TIMEOUT_MS = 5_000;
const MAX_BYTES = 1024 * 1024;

/** @throws RangeError for an allowed network that is none */
export function createEgress(options: EgressOptions = {}): Egress {
  const client = new EgressClient(options);
  return {
    request: (request) => client.request(request),
    fetch: (policy, tls, limits) =>
      createFetch((request) =>
        client.request({ ...limits, ...request, policy, ...(tls && { tls }) }),
      ),
    stream: (request) => client.stream(request),
    close: () => client.close(),
    parseUrl: (url, policy) => client.parseUrl(url, policy),
  };
}

class EgressClient {
  readonly #listed: BlockList;
  readonly #resolve: Resolve;
  readonly #connectTimeoutMs: number;
  readonly #streams: Streams;

  constructor(options: EgressOptions) {
    this.#listed = parseNetworks(options.allowedNetworks ?? []);
    this.#resolve = options.resolve ?? resolveBySystem;
    this.#connectTimeoutMs = options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
    this.#streams = new Streams({
      listed: this.#listed,
      resolve: this.#resolve,
      connectTimeoutMs: this.#connectTimeoutMs,
    });
  }

  parseUrl(url: string | URL, policy: AddressPolicy): URL {
    return parseTarget(url, policy, this.#listed);
  }

  async request(request: EgressRequest): Promise<EgressResponse> {
    const { method, policy, signal, timeoutMs = TIMEOUT_MS, redirects = 0 } = request;
    const body = typeof request.body === 'string' ? Buffer.from(request.body) : request.body;
    const headers = sendableHeaders(request.headers ?? {}, method, body);
    const first: Hop = { method, url: this.parseUrl(request.url, policy), headers, body };
    return withDeadline(timeoutMs, signal, async (signal) => {
      let hop = first;
      for (let followed = 0; ; followed += 1) {
        const response = await this.#hop(hop, request, signal);
        if (redirects === 0 || !isRedirect(response)) return response;
        if (followed === redirects) {
          throw new EgressError('protocol', { cause: new Error('too many redirects') });
        }
        hop = followRedirect(hop, response);
      }
    });
  }

  async stream(request: StreamRequest): Promise<StreamResponse> {
    const { method, body, length } = request;
    const url = this.parseUrl(request.url, request.policy);
    const headers = checkedHeaders(request.headers ?? {});
    if (body === undefined) addLength(headers, method, 0);
    else if (body instanceof Uint8Array) addLength(headers, method, body.length);
    else if (length !== undefined) headers['content-length'] = String(length);
    return this.#streams.send(request, url, headers);
  }

  close(): Promise<void> {
    return this.#streams.close();
  }

  async #hop(hop: Hop, request: EgressRequest, signal: AbortSignal): Promise<EgressResponse> {
    const { policy, tls = { verify: true }, maxBytes = MAX_BYTES } = request;
    const startedAt = performance.now();
    const url = this.parseUrl(hop.url, policy);
    const rules = { policy, listed: this.#listed, resolve: this.#resolve };
    const addresses = await withDeadline(this.#connectTimeoutMs, signal, () =>
      resolveTarget(url, rules),
    );
    const connectTimeoutMs = this.#connectTimeoutMs - (performance.now() - startedAt);
    return exchange({ ...hop, url, addresses, tls, maxBytes, connectTimeoutMs }, signal);
  }
}

/** What belongs to the connection or would change what comes back; never the caller's to set. */
const OWN_HEADERS =
  /^(?:host|connection|keep-alive|content-length|transfer-encoding|te|trailer|upgrade|expect|accept-encoding|proxy-.*)$/;

function sendableHeaders(
  given: Readonly<Record<string, string>>,
  method: EgressMethod,
  body: Uint8Array | undefined,
): Record<string, string> {
  const headers = checkedHeaders(given);
  addLength(headers, method, body?.length ?? 0);
  return headers;
}

function checkedHeaders(given: Readonly<Record<string, string>>): Record<string, string> {
  const headers: Record<string, string> = { 'user-agent': 'berth', 'accept-encoding': 'identity' };
  for (const [name, value] of Object.entries(given)) {
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    } catch (error) {
      throw new AppError('invalid', 'a header of the request cannot be sent', { cause: error });
    }
    const lower = name.toLowerCase();
    if (!OWN_HEADERS.test(lower)) headers[lower] = value;
  }
  return headers;
}

/** A method that takes a body says so even when there is none. */
function addLength(headers: Record<string, string>, method: EgressMethod, length: number): void {
  const takesBody = method === 'POST' || method === 'PUT' || method === 'PATCH';
  if (length > 0 || takesBody) headers['content-length'] = String(length);
}
