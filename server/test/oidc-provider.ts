import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  type CryptoKey,
  decodeJwt,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  type JWTPayload,
  SignJWT,
} from 'jose';
import { Provider, type ProviderContext } from 'oidc-provider';

export type OidcAccount = Readonly<Record<string, unknown>> & { readonly sub: string };

/** The people who can sign in; the login form takes the key, without a password. */
export const oidcAccounts: Readonly<Record<string, OidcAccount>> = {
  ann: {
    sub: 'sub-ann',
    name: 'Ann Smith',
    preferred_username: 'ann',
    email: 'ann@example.com',
    email_verified: true,
    groups: ['developers', 'registry-admins'],
  },
  bob: {
    sub: 'sub-bob',
    name: 'Bob',
    preferred_username: 'bob',
    email: 'bob@example.com',
    email_verified: true,
    groups: 'developers',
  },
  carol: {
    sub: 'sub-carol',
    name: 'Carol <b>"the" Ünïcode</b>',
    preferred_username: 'carol, the first',
    email: 'ann@example.com',
    email_verified: false,
    groups: [],
  },
};

/** Hooks to misbehave; set and unset them at any time. */
export interface OidcTampering {
  /** Claims to sign instead, or a whole token, for every id token of the token endpoint. */
  idToken?: (claims: JWTPayload) => JWTPayload | string;
  userinfo?: (body: object) => object;
  discovery?: (body: object) => object;
}

export interface OidcProviderOptions {
  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris?: readonly string[];
  /** A free one if not given. */
  readonly port?: number;
}

export interface OidcProvider extends AsyncDisposable {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly tamper: OidcTampering;
  /** Public half of the signing key in PEM, for attacks with it. */
  readonly publicKey: string;
  /** How often a path was asked for. */
  countRequests(path: string): number;
  /** A JWT of this issuer: `iss`, `iat` and `exp` (5 minutes) unless given; undefined removes one. */
  mintToken(claims: JWTPayload, header?: { kid?: string; typ?: string }): Promise<string>;
  /** Signs in with the login form as a browser would; returns the URL that leaves the provider. */
  signIn(authorizationUrl: URL, username: string): Promise<URL>;
  stop(): Promise<void>;
}

const CLIENT_ID = 'registry';
const CLIENT_SECRET = 'registry-secret-of-the-tests';
const ALGORITHM = 'RS256';
const KEY_ID = 'test-key';
const SCOPES = 'openid profile email groups offline_access';
const MAX_REDIRECTS = 10;

// The defaults of the package, said aloud: it prints a notice for each it has to assume.
const LIFETIME_SECONDS = 3600;
const ARTIFACTS = ['AccessToken', 'Grant', 'IdToken', 'Interaction', 'RefreshToken', 'Session'];

const LOGIN_PAGE = `<!doctype html><meta charset="utf-8"><title>Test provider</title>
<form method="post"><label>Username <input name="username" autofocus required></label>
<button type="submit">Sign in</button></form>`;

function findAccount(sub: string) {
  const account = Object.values(oidcAccounts).find((candidate) => candidate.sub === sub);
  return account && { accountId: sub, claims: () => account };
}

// Pages of our own: those of the package load fonts from elsewhere.
function answerLogout({ response }: ProviderContext, form: string): void {
  response.body = `<!doctype html><meta charset="utf-8"><title>Test provider</title>${form}
<button type="submit" form="op.logoutForm" name="logout" value="yes">Sign out</button>`;
}

function answerSignedOut({ response }: ProviderContext): void {
  response.body = '<!doctype html><title>Test provider</title><p>Signed out</p>';
}

function buildConfiguration(jwk: object, options: OidcProviderOptions, provider: () => Provider) {
  return {
    clients: [
      {
        client_id: CLIENT_ID,
        client_secret: CLIENT_SECRET,
        redirect_uris: options.redirectUris,
        post_logout_redirect_uris: options.postLogoutRedirectUris ?? [],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    jwks: { keys: [jwk] },
    cookies: { keys: ['cookie key of the tests'] },
    claims: {
      openid: ['sub'],
      profile: ['name', 'preferred_username'],
      email: ['email', 'email_verified'],
      groups: ['groups'],
    },
    scopes: SCOPES.split(' '),
    // Most providers put the claims of the scopes into the id token as well.
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    features: {
      devInteractions: { enabled: false },
      revocation: { enabled: true },
      rpInitiatedLogout: { logoutSource: answerLogout, postLogoutSuccessSource: answerSignedOut },
    },
    renderError: ({ response }: ProviderContext, { error }: { error: string }) => {
      response.body = `<!doctype html><title>Refused</title><p>${error}</p>`;
    },
    ttl: Object.fromEntries(ARTIFACTS.map((name) => [name, LIFETIME_SECONDS])),
    interactions: { url: (_: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
    // Without prompt=consent the package drops offline_access; other providers do not.
    issueRefreshToken: () => true,
    rotateRefreshToken: true,
    findAccount: (_: unknown, sub: string) => findAccount(sub),
    async loadExistingGrant({ oidc }: ProviderContext) {
      const { Grant } = provider();
      const grant = new Grant({
        clientId: oidc.client.clientId,
        accountId: oidc.session.accountId,
      });
      grant.addOIDCScope(SCOPES);
      await grant.save();
      return grant;
    },
  };
}

async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return new URLSearchParams(text);
}

/** The login page: any known username is let in. */
async function answerInteraction(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  await provider.interactionDetails(request, response);
  const username = request.method === 'POST' ? (await readForm(request)).get('username') : null;
  const account = oidcAccounts[username ?? ''];
  if (account !== undefined) {
    const login = { accountId: account.sub };
    await provider.interactionFinished(request, response, { login });
    return;
  }
  response.writeHead(username === null ? 200 : 422, { 'content-type': 'text/html' });
  response.end(LOGIN_PAGE);
}

type Sign = (claims: JWTPayload, header?: { kid?: string; typ?: string }) => Promise<string>;

function createSigner(key: CryptoKey): Sign {
  return (claims, header = {}) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: ALGORITHM, kid: KEY_ID, typ: 'JWT', ...header })
      .sign(key);
}

/** Applies the hooks to what the provider is about to answer. */
function createTamperer(tamper: OidcTampering, sign: Sign) {
  return async ({ path, response }: ProviderContext, next: () => Promise<void>) => {
    await next();
    const { body } = response;
    if (typeof body !== 'object' || body === null) return;
    if (path === '/token' && tamper.idToken && 'id_token' in body) {
      const changed = tamper.idToken(decodeJwt(String(body.id_token)));
      const token = typeof changed === 'string' ? changed : await sign(changed);
      response.body = { ...body, id_token: token };
    }
    if (path === '/me' && tamper.userinfo) response.body = tamper.userinfo(body);
    if (path === '/.well-known/openid-configuration' && tamper.discovery) {
      response.body = tamper.discovery(body);
    }
  };
}

function buildCookieHeader(jar: ReadonlyMap<string, string>): string {
  return [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
}

function keepCookies(jar: Map<string, string>, response: Response): void {
  for (const cookie of response.headers.getSetCookie()) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
    if (name === undefined) continue;
    if (value === undefined || value === '') jar.delete(name);
    else jar.set(name, value);
  }
}

async function signIn(issuer: string, start: URL, username: string): Promise<URL> {
  const jar = new Map<string, string>();
  let url = start;
  for (let hop = 0; hop < MAX_REDIRECTS; hop += 1) {
    const isForm = url.pathname.startsWith('/interaction/');
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: buildCookieHeader(jar) },
      ...(isForm ? { method: 'POST', body: new URLSearchParams({ username }) } : {}),
    });
    keepCookies(jar, response);
    const location = response.headers.get('location');
    if (location === null) {
      throw new Error(`the provider stopped at ${url.pathname} with ${response.status}`);
    }
    url = new URL(location, url);
    if (url.origin !== issuer) return url;
  }
  throw new Error('the provider redirects in circles');
}

interface Site {
  readonly issuer: string;
  readonly handle: (listener: (request: IncomingMessage, response: ServerResponse) => void) => void;
  readonly stop: () => Promise<void>;
}

async function startSite(port: number): Promise<Site> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  // A forgotten provider must not keep a test run alive.
  server.unref();
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    issuer: `http://127.0.0.1:${address.port}`,
    handle: (listener) => server.on('request', listener),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** An OpenID provider on a port of 127.0.0.1, with a login form and a will to cheat. */
export async function startOidcProvider(options: OidcProviderOptions): Promise<OidcProvider> {
  const { privateKey, publicKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  const jwk = { ...(await exportJWK(privateKey)), kid: KEY_ID, use: 'sig', alg: ALGORITHM };
  const site = await startSite(options.port ?? 0);
  const { issuer, stop } = site;
  const tamper: OidcTampering = {};
  const requests = new Map<string, number>();
  const sign = createSigner(privateKey);
  const provider: Provider = new Provider(
    issuer,
    buildConfiguration(jwk, options, () => provider),
  );
  provider.use(createTamperer(tamper, sign));
  const callback = provider.callback();
  site.handle((request, response) => {
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    requests.set(path, (requests.get(path) ?? 0) + 1);
    const answered = path.startsWith('/interaction/')
      ? answerInteraction(provider, request, response)
      : callback(request, response);
    answered.catch((error: unknown) => response.writeHead(400).end(String(error)));
  });
  return {
    issuer,
    clientId: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    tamper,
    publicKey: await exportSPKI(publicKey),
    countRequests: (path) => requests.get(path) ?? 0,
    mintToken(claims, header) {
      const now = Math.floor(Date.now() / 1000);
      return sign({ iss: issuer, iat: now, exp: now + 300, ...claims }, header);
    },
    signIn: (authorizationUrl, username) => signIn(issuer, authorizationUrl, username),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
