import { hash } from 'node:crypto';
import { OciError } from './error-code.ts';

declare const digestBrand: unique symbol;

/** A canonical content digest, `algorithm:encoded`, lower-case hex of the exact length. */
export type Digest = string & { readonly [digestBrand]: true };

export type DigestAlgorithm = 'sha256' | 'sha512';

const canonicalDigest = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

/** Whether the text is a canonical sha256 or sha512 digest; other spellings are none. */
export function isDigest(text: string): text is Digest {
  return canonicalDigest.test(text);
}

/** The digest, or undefined when the text is not a canonical one. */
export function findDigest(text: string): Digest | undefined {
  return isDigest(text) ? text : undefined;
}

/** The digest of untrusted text. Throws DIGEST_INVALID unless canonical. */
export function parseDigest(text: string): Digest {
  if (!isDigest(text)) {
    throw new OciError(
      'DIGEST_INVALID',
      'invalid digest: expected sha256:<64> or sha512:<128> lower-case hex digits',
    );
  }
  return text;
}

export function digestAlgorithm(digest: Digest): DigestAlgorithm {
  return digest.startsWith('sha512:') ? 'sha512' : 'sha256';
}

/** The hex digits after the algorithm. */
export function digestEncoded(digest: Digest): string {
  return digest.slice('sha256:'.length);
}

/** The digest of the bytes themselves, hashed in one call. */
export function digestOf(bytes: Uint8Array, algorithm: DigestAlgorithm = 'sha256'): Digest {
  return digestFromHex(algorithm, hash(algorithm, bytes, 'hex'));
}

/** The digest with the given hex digits. Throws DIGEST_INVALID if they do not fit the algorithm. */
export function digestFromHex(algorithm: DigestAlgorithm, hex: string): Digest {
  return parseDigest(`${algorithm}:${hex}`);
}
