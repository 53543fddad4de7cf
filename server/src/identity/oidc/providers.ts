import { createHash } from 'node:crypto';
import type { JWTVerifyGetKey } from 'jose';
import { LRUCache } from 'lru-cache';
import * as client from 'openid-client';
import { createBoundedFetch } from './bounded-fetch.ts';
import { isLoopbackHttp } from './issuer-url.ts';
import { createOidcError, toOidcError } from './oidc.errors.ts';
import { type OidcEndpoint, type OidcSettings, parseEndpoint } from './oidc-settings.ts';
import { createIssuerKeys } from './signed-token.ts';

/** Outgoing HTTP, through the egress client. */
export type FetchFor = (verifyCert: boolean, ca?: string) => typeof fetch;

/** One discovered provider, ready to be talked to as our client. */
export interface Provider {
  readonly config: client.Configuration;
  readonly issuer: string;
  readonly keys: JWTVerifyGetKey;
}

export interface Providers {
  /** Throws OidcError. */
  get(settings: OidcSettings): Promise<Provider>;
  /** Forgets what was discovered, so that the next call asks again. */
  delete(settings: OidcSettings): void;
  /** Discovery without memory. Throws OidcError. */
  discover(endpoint: OidcEndpoint, clientId: string, clientSecret: string): Promise<Provider>;
}

const MAX_PROVIDERS = 16;
const MAX_AGE_MS = 10 * 60_000;
const TIMEOUT_SECONDS = 10;

function buildKey(settings: OidcSettings): string {
  const { endpoint, clientId, clientSecret, verifyCert, ca } = settings;
  const text = JSON.stringify([endpoint, clientId, clientSecret, verifyCert, ca]);
  return createHash('sha256').update(text).digest('base64');
}

/** Post if the provider takes it: not all of them decode Basic as RFC 6749, section 2.3.1 says. */
function createClientAuth(secret: string): client.ClientAuth {
  if (secret === '') return client.None();
  const post = client.ClientSecretPost(secret);
  const basic = client.ClientSecretBasic(secret);
  return (server, metadata, body, headers) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    const authenticate = methods.includes('client_secret_post') ? post : basic;
    authenticate(server, metadata, body, headers);
  };
}

class ProviderDirectory implements Providers {
  readonly #fetchFor: FetchFor;
  readonly #known = new LRUCache<string, Promise<Provider>>({
    max: MAX_PROVIDERS,
    ttl: MAX_AGE_MS,
  });

  constructor(fetchFor: FetchFor) {
    this.#fetchFor = fetchFor;
  }

  get(settings: OidcSettings): Promise<Provider> {
    const key = buildKey(settings);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const discovery = this.discover(settings, settings.clientId, settings.clientSecret).catch(
      (error: unknown) => {
        if (this.#known.peek(key) === discovery) this.#known.delete(key);
        throw error;
      },
    );
    this.#known.set(key, discovery);
    return discovery;
  }

  delete(settings: OidcSettings): void {
    this.#known.delete(buildKey(settings));
  }

  async discover(
    endpoint: OidcEndpoint,
    clientId: string,
    clientSecret: string,
  ): Promise<Provider> {
    const url = parseEndpoint(endpoint.endpoint);
    const send = createBoundedFetch(this.#fetchFor(endpoint.verifyCert, endpoint.ca));
    // Signatures are checked even though the token comes over TLS: the certificate may be unverified.
    const execute = [client.enableNonRepudiationChecks];
    if (isLoopbackHttp(url)) execute.push(client.allowInsecureRequests);
    try {
      const config = await client.discovery(url, clientId, {}, createClientAuth(clientSecret), {
        execute,
        timeout: TIMEOUT_SECONDS,
        [client.customFetch]: (to, init) => send(to, toInit(init)),
      });
      const { issuer, jwks_uri: jwksUri } = config.serverMetadata();
      if (jwksUri === undefined) throw createOidcError('invalid', new Error('no jwks_uri'));
      return { config, issuer, keys: createIssuerKeys(jwksUri, send) };
    } catch (error) {
      throw toOidcError(error);
    }
  }
}

/** The same request without the keys that exactOptionalPropertyTypes tells from absent ones. */
function toInit({ body, headers, method, signal }: client.CustomFetchOptions): RequestInit {
  return { body: body ?? null, headers, method, signal: signal ?? null };
}

/** Discovered providers, at most 16, each for 10 minutes; a failed discovery is not kept. */
export function createProviders(fetchFor: FetchFor): Providers {
  return new ProviderDirectory(fetchFor);
}
