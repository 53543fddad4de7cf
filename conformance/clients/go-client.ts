import type { RegistryUnderTest } from './registry.ts';

/** One request as a Go client sends it. */
export interface GoRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below `/api/v2.0`. */
  readonly path: string;
  /** Escaped as Go's url.Values does. */
  readonly query?: Readonly<Record<string, string | number>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface GoAnswer {
  /** Undefined without one. */
  readonly location: string | undefined;
  /** Undefined without one. */
  readonly total: number | undefined;
  /** Parsed JSON, a text, or undefined when empty. */
  readonly body: unknown;
}

export interface Login {
  readonly username: string;
  readonly password: string;
}

/** Sends what a program wrote in Go would send, and insists on what it would insist on. */
export interface GoClient {
  /** @throws Error for another status, or an answer that go-openapi's runtime cannot read */
  send(request: GoRequest, status: number): Promise<GoAnswer>;
  /** The same for a refusal: the body must be Harbor's errors. Gives the first one's code. */
  refuse(request: GoRequest, status: number): Promise<string>;
}

export interface GoClientOptions {
  readonly registry: RegistryUnderTest;
  readonly login: Login;
  /** Sent with every request, also those without a body. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A client of Harbor's REST API with HTTP Basic, no cookies, and Go's habits. */
export function createGoClient({ registry, login, headers }: GoClientOptions): GoClient {
  const basic = Buffer.from(`${login.username}:${login.password}`).toString('base64');

  async function exchange(request: GoRequest, status: number): Promise<GoAnswer> {
    const { method, path, query, body } = request;
    const url = new URL(`${registry.url}/api/v2.0${path}`);
    for (const [name, value] of Object.entries(query ?? {})) {
      url.searchParams.set(name, String(value));
    }
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      headers: {
        'user-agent': 'Go-http-client/1.1',
        authorization: `Basic ${basic}`,
        ...headers,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...request.headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const what = `${method} ${url.pathname}${url.search}`;
    if (response.status !== status) {
      throw new Error(`${what}: expected ${status}, got ${response.status} ${text}`);
    }
    return {
      location: response.headers.get('location') ?? undefined,
      total: parseTotal(response.headers.get('x-total-count'), what),
      body: parseBody(text, response.headers.get('content-type'), what),
    };
  }

  return {
    send: exchange,
    async refuse(request, status) {
      const { body } = await exchange(request, status);
      return getErrorCode(body);
    },
  };
}

/** The runtime hands `X-Total-Count` to strconv.ParseInt. */
function parseTotal(text: string | null, what: string): number | undefined {
  if (text === null) return undefined;
  if (!/^\d+$/.test(text)) throw new Error(`${what}: X-Total-Count is no number: ${text}`);
  return Number(text);
}

/** The runtime chooses how to read a body by its Content-Type. */
function parseBody(text: string, type: string | null, what: string): unknown {
  if (text === '') return undefined;
  if (type?.startsWith('text/plain') === true) return text;
  if (type?.startsWith('application/json') !== true) {
    throw new Error(`${what}: a body of type ${type}`);
  }
  return JSON.parse(text);
}

function getErrorCode(body: unknown): string {
  const errors: unknown =
    typeof body === 'object' && body !== null && 'errors' in body && body.errors;
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  if (typeof first === 'object' && first !== null && 'code' in first && 'message' in first) {
    const { code, message } = first;
    if (typeof code === 'string' && typeof message === 'string' && message !== '') return code;
  }
  throw new Error(`no errors as Harbor has them: ${JSON.stringify(body)}`);
}
