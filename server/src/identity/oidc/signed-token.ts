import {
  createRemoteJWKSet,
  customFetch,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
  type ProtectedHeaderParameters,
} from 'jose';
import type { BoundedFetch } from './bounded-fetch.ts';
import { findIssuerUrl } from './issuer-url.ts';
import { createOidcError, OidcError } from './oidc.errors.ts';

export const MAX_TOKEN_BYTES = 8 * 1024;
const CLOCK_TOLERANCE_SECONDS = 60;

// Public-key families only: with HS* the public key of the issuer would be the secret.
const ALGORITHMS = 'RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519'.split(' ');

const KEYS_TIMEOUT_MS = 5000;
const KEYS_MAX_AGE_MS = 10 * 60_000;
const KEYS_COOLDOWN_MS = 30_000;

export interface UnverifiedToken {
  readonly header: ProtectedHeaderParameters;
  readonly claims: JWTPayload;
}

export interface TokenExpectation {
  readonly issuer: string;
  /** One of them must be among the audiences of the token. */
  readonly audience: string | string[];
  readonly now: Date;
}

/** Looks into a compact JWT without believing it; undefined if it is none we would verify. */
export function findUnverified(token: string): UnverifiedToken | undefined {
  if (token.length > MAX_TOKEN_BYTES || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) return undefined;
  try {
    const header = decodeProtectedHeader(token);
    if (header.crit !== undefined || header.b64 !== undefined) return undefined;
    if (header.alg === undefined || !ALGORITHMS.includes(header.alg)) return undefined;
    return { header, claims: decodeJwt(token) };
  } catch {
    return undefined;
  }
}

/**
 * The keys of an issuer, cached for 10 minutes and fetched again for an unknown key at most every
 * 30 seconds. Throws OidcError `invalid` if the address of the keys is not allowed.
 */
export function createIssuerKeys(jwksUri: string, send: BoundedFetch): JWTVerifyGetKey {
  // Some providers have a query in it, which issuers must not have.
  const url = findIssuerUrl(jwksUri.split('?', 1)[0] ?? '') && URL.parse(jwksUri);
  if (!url) throw createOidcError('invalid', new Error('jwks_uri is not https'));
  return createRemoteJWKSet(url, {
    timeoutDuration: KEYS_TIMEOUT_MS,
    cacheMaxAge: KEYS_MAX_AGE_MS,
    cooldownDuration: KEYS_COOLDOWN_MS,
    [customFetch]: send,
  });
}

const FAULTS_OF_THE_TOKEN = [
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
  errors.JWKSMultipleMatchingKeys,
  errors.JWKSNoMatchingKey,
  errors.JWSInvalid,
  errors.JWSSignatureVerificationFailed,
  errors.JWTClaimValidationFailed,
  errors.JWTExpired,
  errors.JWTInvalid,
];

/**
 * The claims of a token signed by the issuer for the audience and valid now (60 s leeway),
 * undefined for any other token. Throws OidcError if the keys cannot be had.
 */
export async function findSignedClaims(
  token: string,
  keys: JWTVerifyGetKey,
  expected: TokenExpectation,
): Promise<JWTPayload | undefined> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      algorithms: ALGORITHMS,
      issuer: expected.issuer,
      audience: expected.audience,
      currentDate: expected.now,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      requiredClaims: ['sub', 'iat', 'exp'],
    });
    const latest = expected.now.getTime() / 1000 + CLOCK_TOLERANCE_SECONDS;
    return payload.iat !== undefined && payload.iat <= latest ? payload : undefined;
  } catch (error) {
    if (FAULTS_OF_THE_TOKEN.some((fault) => error instanceof fault)) return undefined;
    throw error instanceof OidcError ? error : createOidcError('unreachable', error);
  }
}
