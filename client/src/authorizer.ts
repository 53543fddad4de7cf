import { readBytes } from './body.ts';
import { type Challenge, parseChallenges } from './challenge.ts';
import { RegistryError, readError } from './registry-error.ts';
import { createTokenCache, type IssuedToken } from './token-cache.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Finds the `Authorization` header for requests to one registry. */
export interface Authorizer {
  /** The header value for the scopes; undefined when the registry asks for none. */
  authorize(scopes: readonly string[], signal?: AbortSignal): Promise<string | undefined>;
  /**
   * Learns from the `WWW-Authenticate` header of a 401: the scopes to try again with, the
   * registry's own where it names them; undefined when another try is of no use.
   */
  learn(header: string | null, scopes: readonly string[]): readonly string[] | undefined;
}

interface Ports {
  readonly base: URL;
  readonly credentials: Credentials | undefined;
  readonly fetch: typeof fetch;
}

const MAX_TOKEN_BYTES = 256 * 1024;
// The token specification's default when `expires_in` is absent.
const DEFAULT_TOKEN_SECONDS = 60;

/** Docker's token flow and Basic, as the registry's challenge asks. */
export function createAuthorizer(ports: Ports): Authorizer {
  const { credentials } = ports;
  const tokens = createTokenCache();
  let challenge: Promise<Challenge | undefined> | undefined;

  function ensureChallenge(signal: AbortSignal | undefined) {
    challenge ??= probe(ports, signal).catch((error: unknown) => {
      challenge = undefined;
      throw error;
    });
    return challenge;
  }

  return {
    async authorize(scopes, signal) {
      const asked = await ensureChallenge(signal);
      if (asked === undefined) return undefined;
      if (asked.scheme !== 'bearer') return credentials && basic(credentials);
      const token = await tokens.ensure(scopes, () => fetchToken(ports, asked, scopes, signal));
      return `Bearer ${token}`;
    },

    learn(header, scopes) {
      const asked = chooseChallenge(header);
      if (asked === undefined) return undefined;
      const hadToken = tokens.delete(scopes);
      challenge = Promise.resolve(asked);
      if (asked.scheme !== 'bearer') return hadToken || !credentials ? undefined : scopes;
      const wanted = asked.parameters.get('scope')?.split(' ').filter(Boolean) ?? [];
      return wanted.length > 0 ? wanted : scopes;
    },
  };
}

async function probe(
  { base, fetch }: Ports,
  signal: AbortSignal | undefined,
): Promise<Challenge | undefined> {
  const url = new URL('/v2/', base);
  const response = await fetch(url, { redirect: 'manual', signal: signal ?? null });
  await response.body?.cancel();
  if (response.status !== 401) return undefined;
  return chooseChallenge(response.headers.get('www-authenticate'));
}

async function fetchToken(
  { base, credentials, fetch }: Ports,
  asked: Challenge,
  scopes: readonly string[],
  signal: AbortSignal | undefined,
): Promise<IssuedToken> {
  const url = tokenUrl(asked, scopes, base);
  const response = await fetch(url, {
    redirect: 'manual',
    headers: credentials === undefined ? {} : { authorization: basic(credentials) },
    signal: signal ?? null,
  });
  if (response.status !== 200) throw await readError(response, `GET ${url.pathname}`);
  const body = Buffer.from(await readBytes(response, MAX_TOKEN_BYTES)).toString('utf8');
  return parseToken(body);
}

function chooseChallenge(header: string | null): Challenge | undefined {
  const challenges = parseChallenges(header ?? '');
  return (
    challenges.find(({ scheme, parameters }) => scheme === 'bearer' && parameters.has('realm')) ??
    challenges.find(({ scheme }) => scheme === 'basic')
  );
}

/** The token endpoint with its query. Throws RegistryError for a realm that is no safe place. */
function tokenUrl({ parameters }: Challenge, scopes: readonly string[], base: URL): URL {
  const url = URL.parse(parameters.get('realm') ?? '', base.href);
  const isSafe =
    url?.protocol === 'https:' || (url?.protocol === 'http:' && base.protocol === 'http:');
  if (url === null || !isSafe) {
    throw new RegistryError('the registry names a token endpoint that is not to be trusted', {
      status: 401,
    });
  }
  const service = parameters.get('service');
  if (service !== undefined) url.searchParams.set('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  return url;
}

function parseToken(text: string): IssuedToken {
  const body: unknown = JSON.parse(text);
  if (typeof body === 'object' && body !== null) {
    const seconds =
      'expires_in' in body && typeof body.expires_in === 'number'
        ? body.expires_in
        : DEFAULT_TOKEN_SECONDS;
    if ('token' in body && typeof body.token === 'string') return { token: body.token, seconds };
    if ('access_token' in body && typeof body.access_token === 'string') {
      return { token: body.access_token, seconds };
    }
  }
  throw new RegistryError('the token endpoint answered without a token', { status: 200 });
}

function basic({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
