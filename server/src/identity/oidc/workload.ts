import type { JWTPayload, JWTVerifyGetKey } from 'jose';
import { LRUCache } from 'lru-cache';
import * as z from 'zod';
import { type BoundedFetch, createBoundedFetch } from './bounded-fetch.ts';
import { matchesCondition } from './claim-condition.ts';
import { findIssuerUrl } from './issuer-url.ts';
import { createOidcError, OidcError } from './oidc.errors.ts';
import { createIssuerKeys, findSignedClaims, findUnverified } from './signed-token.ts';
import type { WorkloadTrust } from './workload-trust.ts';

export interface WorkloadIdentity<T extends WorkloadTrust> {
  /** The first of the given trusts that the token meets. */
  readonly trust: T;
  readonly issuer: string;
  readonly subject: string;
  readonly expiresAt: Date;
  /** All verified claims, for the audit log. */
  readonly claims: JWTPayload;
}

export interface WorkloadVerifierPorts {
  readonly fetch: typeof fetch;
  /** Audience of trusts that name none: the registry's external URL. */
  readonly audience: string;
  readonly now?: () => Date;
}

export interface WorkloadVerifier {
  /**
   * Who a workload's JWT (≤ 8 KiB, valid for ≤ 24 h) proves to be under one of the trusts, or
   * undefined. An issuer is contacted only if a trust names it. Throws OidcError `unreachable` or
   * `invalid` if its keys cannot be had.
   */
  verify<T extends WorkloadTrust>(
    jwt: string,
    trusts: readonly T[],
  ): Promise<WorkloadIdentity<T> | undefined>;
}

const MAX_LIFETIME_SECONDS = 24 * 60 * 60;
const MAX_ISSUERS = 256;
const MAX_AGE_MS = 10 * 60_000;
// Anybody may send tokens: a dead issuer is asked at most this often.
const RETRY_AFTER_MS = 10_000;
const TIMEOUT_MS = 5000;

const discoverySchema = z.object({ issuer: z.string(), jwks_uri: z.string() });

class JwtWorkloadVerifier implements WorkloadVerifier {
  readonly #send: BoundedFetch;
  readonly #audience: string;
  readonly #now: () => Date;
  readonly #keys = new LRUCache<string, Promise<JWTVerifyGetKey>>({
    max: MAX_ISSUERS,
    ttl: MAX_AGE_MS,
  });
  readonly #failures = new LRUCache<string, OidcError>({ max: MAX_ISSUERS, ttl: RETRY_AFTER_MS });

  constructor({ fetch, audience, now = () => new Date() }: WorkloadVerifierPorts) {
    this.#send = createBoundedFetch(fetch);
    this.#audience = audience;
    this.#now = now;
  }

  async verify<T extends WorkloadTrust>(
    jwt: string,
    trusts: readonly T[],
  ): Promise<WorkloadIdentity<T> | undefined> {
    const issuer = findUnverified(jwt)?.claims.iss;
    if (issuer === undefined) return undefined;
    const candidates = trusts.filter((trust) => trust.issuer === issuer);
    if (candidates.length === 0) return undefined;
    const audience = candidates.map((trust) => trust.audience ?? this.#audience);
    const claims = await this.#findClaims(jwt, issuer, audience);
    if (claims?.sub === undefined || claims.exp === undefined || !isShortLived(claims)) {
      return undefined;
    }
    const audiences = [claims.aud].flat();
    const trust = candidates.find(
      ({ audience = this.#audience, conditions }) =>
        // A trust without conditions is a mistake, not an invitation.
        conditions.length > 0 &&
        audiences.includes(audience) &&
        conditions.every((condition) => matchesCondition(claims, condition)),
    );
    if (trust === undefined) return undefined;
    const expiresAt = new Date(claims.exp * 1000);
    return { trust, issuer, subject: claims.sub, expiresAt, claims };
  }

  async #findClaims(jwt: string, issuer: string, audience: string[]) {
    const failure = this.#failures.get(issuer);
    if (failure !== undefined) throw failure;
    try {
      const keys = await this.#getKeys(issuer);
      return await findSignedClaims(jwt, keys, { issuer, audience, now: this.#now() });
    } catch (cause) {
      const error = cause instanceof OidcError ? cause : createOidcError('unreachable', cause);
      this.#keys.delete(issuer);
      this.#failures.set(issuer, error);
      throw error;
    }
  }

  #getKeys(issuer: string): Promise<JWTVerifyGetKey> {
    const known = this.#keys.get(issuer);
    if (known !== undefined) return known;
    const discovery = this.#discover(issuer);
    this.#keys.set(issuer, discovery);
    return discovery;
  }

  /** OpenID Connect Discovery 1.0, section 4. */
  async #discover(issuer: string): Promise<JWTVerifyGetKey> {
    if (findIssuerUrl(issuer) === undefined) throw createOidcError('settings');
    const response = await this.#send(
      `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
      { headers: { accept: 'application/json' }, signal: AbortSignal.timeout(TIMEOUT_MS) },
    );
    if (response.status !== 200) {
      throw createOidcError('unreachable', new Error(`discovery answered ${response.status}`));
    }
    const body: unknown = await response.json().catch(() => undefined);
    const document = discoverySchema.safeParse(body);
    if (!document.success || document.data.issuer !== issuer) {
      throw createOidcError('invalid', new Error('the discovery document is not of this issuer'));
    }
    return createIssuerKeys(document.data.jwks_uri, this.#send);
  }
}

function isShortLived({ iat, exp }: JWTPayload): boolean {
  if (iat === undefined || exp === undefined) return false;
  return exp - iat <= MAX_LIFETIME_SECONDS;
}

/** Verifies tokens of CI systems and clusters against the keys of their issuers. */
export function createWorkloadVerifier(ports: WorkloadVerifierPorts): WorkloadVerifier {
  return new JwtWorkloadVerifier(ports);
}
