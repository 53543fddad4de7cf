import { type Digest, digestAlgorithm, digestOf, isDigest } from '@berth/oci';
import { BlobStoreError } from './blobstore.errors.ts';
import type { ByteRange } from './blobstore.ts';

const uploadIdPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

const emptyDigests = {
  sha256: digestOf(new Uint8Array(), 'sha256'),
  sha512: digestOf(new Uint8Array(), 'sha512'),
};

/** Whether the text is a lower-case UUID, the only form of an upload id. */
export function isUploadId(text: string): boolean {
  return uploadIdPattern.test(text);
}

/** The upload id itself. Throws kind `invalid` unless it is a lower-case UUID. */
export function parseUploadId(text: string): string {
  if (!isUploadId(text)) throw new BlobStoreError('invalid', 'not an upload id');
  return text;
}

/** The digest itself, checked again at run time. Throws kind `invalid` unless canonical. */
export function parseBlobDigest(text: string): Digest {
  if (!isDigest(text)) throw new BlobStoreError('invalid', 'not a canonical digest');
  return text;
}

/** Whether this is the digest of zero bytes. */
export function isEmptyDigest(digest: Digest): boolean {
  return digest === emptyDigests[digestAlgorithm(digest)];
}

/**
 * What a commit of `staged` bytes (undefined: no staging) makes of them.
 * Throws kind `not-found` or `invalid` when they cannot be the blob `digest`.
 */
export function committedSize(staged: number | undefined, digest: Digest): number {
  if (staged !== undefined && staged > 0) return staged;
  if (isEmptyDigest(digest)) return 0;
  if (staged === undefined) throw new BlobStoreError('not-found', 'the upload has no staged bytes');
  throw new BlobStoreError('invalid', 'no bytes were staged and the digest is not that of none');
}

/** An append's offset in bytes. Throws kind `invalid` unless a safe integer from 0. */
export function parseOffset(offset: number): number {
  if (!Number.isSafeInteger(offset) || offset < 0) {
    throw new BlobStoreError('invalid', 'not an offset');
  }
  return offset;
}

/** The part of a blob of `size` bytes to copy. Throws kind `invalid` when it lies outside. */
export function resolveRange(
  size: number,
  range: ByteRange | undefined,
): { readonly start: number; readonly length: number } {
  if (range === undefined) return { start: 0, length: size };
  const { start, end } = range;
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end)) {
    throw new BlobStoreError('invalid', 'not a byte range');
  }
  if (start < 0 || end < start || end >= size) {
    throw new BlobStoreError('invalid', 'the range does not lie within the blob');
  }
  return { start, length: end - start + 1 };
}
