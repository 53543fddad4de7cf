import { createHash } from 'node:crypto';
import { type Digest, digestAlgorithm, digestEncoded, digestOf } from '@berth/oci';
import { RegistryError } from './registry-error.ts';

/** Throws RegistryError with DIGEST_INVALID unless the bytes hash to the digest. */
export function checkDigest(bytes: Uint8Array, digest: Digest): void {
  if (digestOf(bytes, digestAlgorithm(digest)) !== digest) throw mismatch(digest);
}

/** Passes bytes on, and errors at the end with DIGEST_INVALID unless they hash to the digest. */
export function createDigestCheck(digest: Digest): TransformStream<Uint8Array, Uint8Array> {
  const hash = createHash(digestAlgorithm(digest));
  return new TransformStream({
    transform(chunk, controller) {
      hash.update(chunk);
      controller.enqueue(chunk);
    },
    flush(controller) {
      if (hash.digest('hex') !== digestEncoded(digest)) controller.error(mismatch(digest));
    },
  });
}

function mismatch(digest: Digest): RegistryError {
  const message = `the registry sent other bytes than those of ${digest}`;
  return new RegistryError(message, {
    status: 200,
    errors: [{ code: 'DIGEST_INVALID', message }],
  });
}
