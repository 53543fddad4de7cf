import { type KeyObject, randomUUID } from 'node:crypto';
import { errors, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { SIGNING_ALGORITHM, type SigningKeys } from './signing-keys.ts';

/** How far clocks of ours may differ. */
export const LEEWAY_SECONDS = 60;
const MAX_TOKEN_LENGTH = 8192;
const COMPACT_JWS = /^[\w-]+\.[\w-]+\.[\w-]+$/;

export interface ClaimsSigner {
  /** Times in seconds since the Unix epoch. */
  sign(
    subject: string,
    times: { readonly issuedAt: number; readonly expiresAt: number },
    own: object,
  ): Promise<string>;
  /** What a token says, or undefined when it is not a live token of ours for this audience. */
  verify(token: string): Promise<JWTPayload | undefined>;
}

interface SignerPorts {
  readonly keys: Pick<SigningKeys, 'current' | 'find'>;
  readonly issuer: string;
  readonly audience: string;
}

/** Signs and verifies tokens for one audience with the registry's keys (RFC 7519). */
export function createClaimsSigner({ keys, issuer, audience }: SignerPorts): ClaimsSigner {
  async function getPublicKey(kid: string | undefined): Promise<KeyObject> {
    const key = kid === undefined ? undefined : await keys.find(kid);
    if (key === undefined) throw new errors.JWKSNoMatchingKey();
    return key.publicKey;
  }

  return {
    sign(subject, { issuedAt, expiresAt }, own) {
      const key = keys.current();
      return new SignJWT({ ...own })
        .setProtectedHeader({ alg: SIGNING_ALGORITHM, typ: 'JWT', kid: key.kid })
        .setIssuer(issuer)
        .setSubject(subject)
        .setAudience(audience)
        .setIssuedAt(issuedAt)
        .setNotBefore(issuedAt)
        .setExpirationTime(expiresAt)
        .setJti(randomUUID())
        .sign(key.privateKey);
    },
    async verify(token) {
      // One spelling for each token: no padding, nothing that a lenient decoder would pass over.
      if (token.length > MAX_TOKEN_LENGTH || !COMPACT_JWS.test(token)) return undefined;
      try {
        const { payload } = await jwtVerify(token, ({ kid }) => getPublicKey(kid), {
          algorithms: [SIGNING_ALGORITHM],
          issuer,
          audience,
          typ: 'JWT',
          clockTolerance: LEEWAY_SECONDS,
          requiredClaims: ['exp', 'iat', 'nbf', 'jti', 'sub'],
        });
        const isFromFuture = (payload.iat ?? 0) > Date.now() / 1000 + LEEWAY_SECONDS;
        return isFromFuture ? undefined : payload;
      } catch (error) {
        if (error instanceof errors.JOSEError) return undefined;
        throw error;
      }
    },
  };
}
