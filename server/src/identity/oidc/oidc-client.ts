import { decodeJwt } from 'jose';
import * as client from 'openid-client';
import { createOidcError, toOidcError } from './oidc.errors.ts';
import { type Claims, type OidcIdentity, readIdentity } from './oidc-identity.ts';
import { type OidcEndpoint, type OidcSettings, selectRedirectParameters } from './oidc-settings.ts';
import { createProviders, type FetchFor, type Provider, type Providers } from './providers.ts';
import { findSignedClaims, findUnverified } from './signed-token.ts';

/** What ties the answer to the browser that asked: keep it in that session, use it once. */
export interface LoginFlow {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
}

export interface OidcClientPorts {
  readonly fetchFor: FetchFor;
  readonly now?: () => Date;
}

export interface OidcClient {
  /** Where to send the browser, and what to remember for finishLogin. Throws OidcError. */
  startLogin(
    settings: OidcSettings,
    login: { redirectUri: string },
  ): Promise<{ url: URL; flow: LoginFlow }>;
  /**
   * Redeems the code of a callback. Only the query of `callbackUrl` is used. Verifies state, iss
   * (RFC 9207), PKCE, nonce, signature, aud, azp, exp and the subject of userinfo. Throws OidcError.
   */
  finishLogin(
    settings: OidcSettings,
    login: { callbackUrl: URL; flow: LoginFlow; redirectUri: string },
  ): Promise<OidcIdentity>;
  /** The identity of a bearer id token issued to our client; undefined for any other token. */
  verifyIdToken(settings: OidcSettings, token: string): Promise<OidcIdentity | undefined>;
  /** New tokens and claims for a known subject. `refreshToken` of the result is the one to keep. */
  refresh(
    settings: OidcSettings,
    session: { refreshToken: string; subject: string; idToken: string },
  ): Promise<OidcIdentity>;
  /** Undefined if signing out at the provider is off or the provider cannot do it. */
  logoutUrl(
    settings: OidcSettings,
    session: { idToken: string; postLogoutRedirectUri: string },
  ): Promise<URL | undefined>;
  /** False if the provider has no revocation endpoint. Throws OidcError. */
  revoke(settings: OidcSettings, refreshToken: string): Promise<boolean>;
  /** Tries discovery now. Throws OidcError. */
  ping(endpoint: OidcEndpoint): Promise<void>;
}

/** Whether it outlives the provider's session (`typ` is `Offline`): those are revoked at logout. */
export function isOfflineToken(refreshToken: string): boolean {
  try {
    const type = decodeJwt(refreshToken)['typ'];
    return typeof type === 'string' && type.toLowerCase() === 'offline';
  } catch {
    return false;
  }
}

// Tokens of the same issuer and audience that are no proof of a login.
const OTHER_TOKEN_TYPES = new Set([
  'at+jwt',
  'logout+jwt',
  'bearer',
  'refresh',
  'offline',
  'logout',
]);

function isOtherToken(type: unknown): boolean {
  return (
    typeof type === 'string' &&
    OTHER_TOKEN_TYPES.has(type.toLowerCase().replace(/^application\//, ''))
  );
}

interface Redeemed {
  readonly tokens: Awaited<ReturnType<typeof client.refreshTokenGrant>>;
  /** Claims of the id token that came with them. */
  readonly claims: Claims | undefined;
  readonly idToken: string;
  readonly subject: string;
}

class OpenIdClient implements OidcClient {
  readonly #providers: Providers;
  readonly #now: () => Date;

  constructor({ fetchFor, now = () => new Date() }: OidcClientPorts) {
    this.#providers = createProviders(fetchFor);
    this.#now = now;
  }

  startLogin(settings: OidcSettings, { redirectUri }: { redirectUri: string }) {
    return this.#talk(settings, async ({ config }) => {
      const flow = {
        state: client.randomState(),
        nonce: client.randomNonce(),
        codeVerifier: client.randomPKCECodeVerifier(),
      };
      const url = client.buildAuthorizationUrl(config, {
        ...selectRedirectParameters(settings),
        redirect_uri: redirectUri,
        state: flow.state,
        nonce: flow.nonce,
        code_challenge: await client.calculatePKCECodeChallenge(flow.codeVerifier),
        code_challenge_method: 'S256',
      });
      return { url, flow };
    });
  }

  finishLogin(
    settings: OidcSettings,
    { callbackUrl, flow, redirectUri }: { callbackUrl: URL; flow: LoginFlow; redirectUri: string },
  ): Promise<OidcIdentity> {
    return this.#talk(settings, async (provider) => {
      if (flow.state === '' || flow.nonce === '' || flow.codeVerifier === '') {
        throw createOidcError('invalid', new Error('no login was started'));
      }
      // Behind a proxy the callback may carry another host than the redirect URI the code is for.
      const current = new URL(redirectUri);
      current.search = callbackUrl.search;
      const tokens = await client.authorizationCodeGrant(provider.config, current, {
        expectedState: flow.state,
        expectedNonce: flow.nonce,
        pkceCodeVerifier: flow.codeVerifier,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      const idToken = tokens.id_token;
      if (claims === undefined || idToken === undefined) throw createOidcError('invalid');
      return this.#identify(settings, provider, { tokens, claims, idToken, subject: claims.sub });
    });
  }

  async verifyIdToken(settings: OidcSettings, token: string): Promise<OidcIdentity | undefined> {
    const unverified = findUnverified(token);
    if (unverified === undefined || isOtherToken(unverified.header.typ)) return undefined;
    if (isOtherToken(unverified.claims['typ'])) return undefined;
    return this.#talk(settings, async ({ issuer, keys }) => {
      if (unverified.claims.iss !== issuer) return undefined;
      const expected = { issuer, audience: settings.clientId, now: this.#now() };
      const claims = await findSignedClaims(token, keys, expected);
      if (claims?.sub === undefined || claims.exp === undefined) return undefined;
      if (!isAuthorizedParty(claims, settings.clientId)) return undefined;
      return {
        ...readIdentity(claims, {}, settings),
        issuer,
        subject: claims.sub,
        idToken: token,
        expiresAt: new Date(claims.exp * 1000),
      };
    });
  }

  refresh(
    settings: OidcSettings,
    session: { refreshToken: string; subject: string; idToken: string },
  ): Promise<OidcIdentity> {
    return this.#talk(settings, async (provider) => {
      const tokens = await client.refreshTokenGrant(provider.config, session.refreshToken);
      const claims = tokens.claims();
      // OpenID Connect Core 1.0, section 12.2: an id token is optional, another subject never.
      if (claims !== undefined && claims.sub !== session.subject) {
        throw createOidcError('invalid', new Error('refresh changed the subject'));
      }
      const { subject } = session;
      const idToken = tokens.id_token ?? session.idToken;
      const identity = await this.#identify(settings, provider, {
        tokens,
        claims,
        idToken,
        subject,
      });
      return { refreshToken: session.refreshToken, ...identity };
    });
  }

  async logoutUrl(
    settings: OidcSettings,
    { idToken, postLogoutRedirectUri }: { idToken: string; postLogoutRedirectUri: string },
  ): Promise<URL | undefined> {
    if (!settings.logout) return undefined;
    return this.#talk(settings, async ({ config }) => {
      if (config.serverMetadata().end_session_endpoint === undefined) return undefined;
      return client.buildEndSessionUrl(config, {
        id_token_hint: idToken,
        post_logout_redirect_uri: postLogoutRedirectUri,
      });
    });
  }

  revoke(settings: OidcSettings, refreshToken: string): Promise<boolean> {
    return this.#talk(settings, async ({ config }) => {
      if (config.serverMetadata().revocation_endpoint === undefined) return false;
      await client.tokenRevocation(config, refreshToken, { token_type_hint: 'refresh_token' });
      return true;
    });
  }

  async ping(endpoint: OidcEndpoint): Promise<void> {
    await this.#providers.discover(endpoint, 'ping', '');
  }

  /** Reads userinfo, if there is one, and puts the identity together. */
  async #identify(
    settings: OidcSettings,
    { config, issuer }: Provider,
    { tokens, claims, idToken, subject }: Redeemed,
  ): Promise<OidcIdentity> {
    if (claims !== undefined && !isAuthorizedParty(claims, settings.clientId)) {
      throw createOidcError('invalid', new Error('azp is another client'));
    }
    const userinfo = await findUserinfo(config, tokens.access_token, subject);
    if (claims === undefined && userinfo === undefined) {
      throw createOidcError('invalid', new Error('neither id token nor userinfo'));
    }
    return {
      ...readIdentity(claims ?? {}, userinfo ?? {}, settings),
      issuer: typeof claims?.['iss'] === 'string' ? claims['iss'] : issuer,
      subject,
      idToken,
      expiresAt: this.#findEnd(claims, tokens.expiresIn()),
      ...(tokens.refresh_token === undefined ? {} : { refreshToken: tokens.refresh_token }),
    };
  }

  #findEnd(claims: Claims | undefined, expiresInSeconds: number | undefined): Date {
    if (typeof claims?.['exp'] === 'number') return new Date(claims['exp'] * 1000);
    return new Date(this.#now().getTime() + (expiresInSeconds ?? 0) * 1000);
  }

  async #talk<T>(settings: OidcSettings, act: (provider: Provider) => Promise<T>): Promise<T> {
    const provider = await this.#providers.get(settings);
    try {
      return await act(provider);
    } catch (cause) {
      const error = toOidcError(cause);
      // Its endpoints may have moved.
      if (error.kind === 'unreachable') this.#providers.delete(settings);
      throw error;
    }
  }
}

function isAuthorizedParty(claims: Claims, clientId: string): boolean {
  if (claims['azp'] !== undefined) return claims['azp'] === clientId;
  return !Array.isArray(claims['aud']) || claims['aud'].length === 1;
}

/** Undefined if the provider has no userinfo for this token. */
async function findUserinfo(
  config: client.Configuration,
  accessToken: string,
  subject: string,
): Promise<Claims | undefined> {
  if (config.serverMetadata().userinfo_endpoint === undefined) return undefined;
  try {
    return await client.fetchUserInfo(config, accessToken, subject);
  } catch (cause) {
    const error = toOidcError(cause);
    // The signed id token says who it is; a token that userinfo does not take adds nothing.
    if (error.kind === 'refused') return undefined;
    throw error;
  }
}

/** The OpenID Connect side of login: protocol only, settings come with each call. */
export function createOidcClient(ports: OidcClientPorts): OidcClient {
  return new OpenIdClient(ports);
}
