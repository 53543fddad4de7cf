import { randomBytes } from 'node:crypto';
import {
  createRegistryClient,
  parseErrorEntries,
  type RegistryClient,
  type RegistryRequest,
} from '@berth/client';
import { type OwnControls, type OwnOptions, startOwnRegistry } from './own-registry.ts';

/** An answer with its body read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
  readonly text: string;
  /** Codes of the error body; empty when it has none. */
  readonly codes: readonly string[];
  /** The body as JSON, undefined when it is none. */
  readonly json: unknown;
}

export interface CallOptions extends RegistryRequest {
  /** The administrator's client unless told. */
  readonly client?: RegistryClient;
}

export interface TestRegistry {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  /** Logged in as the administrator. */
  readonly client: RegistryClient;
  /** With our own server in this process; undefined for `CONFORMANCE_URL`. */
  readonly own: OwnControls | undefined;
  createClient(username?: string, password?: string): RegistryClient;
  /** One request with a token for the path's repository. */
  call(method: string, target: string | URL, options?: CallOptions): Promise<Answer>;
  /** A new project, private unless told; gives its name. */
  createProject(options?: { isPublic?: boolean; name?: string }): Promise<string>;
  close(): Promise<void>;
}

/**
 * The registry under test: `CONFORMANCE_URL` with `CONFORMANCE_USERNAME` and
 * `CONFORMANCE_PASSWORD`, or else our own server in this process.
 *
 * @param options for our own server
 */
export async function openRegistry(options: OwnOptions = {}): Promise<TestRegistry> {
  const target = process.env['CONFORMANCE_URL']
    ? {
        url: process.env['CONFORMANCE_URL'].replace(/\/$/, ''),
        username: process.env['CONFORMANCE_USERNAME'] ?? 'admin',
        password: process.env['CONFORMANCE_PASSWORD'] ?? '',
        own: undefined,
        close: () => Promise.resolve(),
      }
    : await startOwnRegistry(options);
  const { url, username, password } = target;
  const client = createRegistryClient({ url, username, password });

  async function call(
    method: string,
    path: string | URL,
    { client: caller = client, ...request }: CallOptions = {},
  ): Promise<Answer> {
    const scopes = request.scopes ?? scopesOf(new URL(path, url).pathname);
    return readAnswer(await caller.request(path, { ...request, method, scopes }));
  }

  return {
    ...target,
    client,
    createClient: (username, password) =>
      createRegistryClient({
        url,
        ...(username !== undefined && { username }),
        ...(password !== undefined && { password }),
      }),
    call,
    async createProject({ isPublic = false, name = `p${randomBytes(6).toString('hex')}` } = {}) {
      const answer = await call('POST', '/api/v2.0/projects', {
        headers: { 'content-type': 'application/json', authorization: basic(username, password) },
        body: JSON.stringify({ project_name: name, metadata: { public: String(isPublic) } }),
      });
      // A registry without projects (404) takes any name.
      if (![201, 404].includes(answer.status)) {
        throw new Error(`the project was not created: ${answer.status} ${answer.text}`);
      }
      return name;
    },
  };
}

export async function readAnswer(response: Response): Promise<Answer> {
  const bytes = await response.bytes();
  const text = Buffer.from(bytes).toString('utf8');
  const json = findJson(text);
  const codes = parseErrorEntries(json).map(({ code }) => code);
  return { status: response.status, headers: response.headers, bytes, text, codes, json };
}

export function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** Where an answer's Location points, as path and query. Throws when there is none. */
export function locationOf(answer: Answer, base: string): URL {
  const location = answer.headers.get('location');
  if (location === null) throw new Error(`no Location in a ${answer.status}: ${answer.text}`);
  return new URL(location, base);
}

/** The same URL with another query parameter. */
export function withQuery(url: URL, name: string, value: string): URL {
  const copy = new URL(url);
  copy.searchParams.append(name, value);
  return copy;
}

function findJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function scopesOf(path: string): string[] {
  if (path === '/v2/_catalog') return ['registry:catalog:*'];
  const [, name] = /^\/v2\/(.+)\/(?:blobs|manifests|tags|referrers)\//.exec(path) ?? [];
  return name === undefined ? [] : [`repository:${name}:pull,push,delete`];
}
