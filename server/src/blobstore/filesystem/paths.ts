import { join } from 'node:path';
import { type Digest, digestAlgorithm, digestEncoded, findDigest } from '@berth/oci';
import { isUploadId, parseBlobDigest, parseUploadId } from '../keys.ts';

/** Where one blob lies: `<algorithmDirectory>/<2 hex>/<hex>/data`. */
export interface BlobPath {
  readonly data: string;
  /** Holds `data` and nothing else. */
  readonly directory: string;
  /** The parent of `directory`, one of 256. */
  readonly prefixDirectory: string;
  readonly algorithmDirectory: string;
}

export interface StorePaths {
  readonly root: string;
  readonly uploads: string;
  readonly trash: string;
  readonly quarantine: string;
  /** Every directory the store needs from the start, parents first. */
  readonly fixed: readonly string[];
  readonly algorithmDirectories: readonly string[];
  /** Throws kind `invalid`. */
  blob(digest: Digest): BlobPath;
  /** Throws kind `invalid`. */
  staging(uploadId: string): string;
  /** Throws kind `invalid`. */
  trashed(digest: Digest): string;
  /** Throws kind `invalid`. */
  quarantined(digest: Digest): string;
}

/**
 * The only place where paths are put together: from the root and from digests and upload ids that
 * are validated here, again, on every call. Blobs lie as in distribution's storage layout.
 */
export function storePaths(root: string): StorePaths {
  const blobs = join(root, 'docker', 'registry', 'v2', 'blobs');
  const uploads = join(root, 'uploads');
  const trash = join(root, 'trash');
  const quarantine = join(root, 'quarantine');
  const algorithmDirectories = [`${blobs}/sha256`, `${blobs}/sha512`];
  const parents = ['docker', 'docker/registry', 'docker/registry/v2'].map((path) =>
    join(root, path),
  );
  return {
    root,
    uploads,
    trash,
    quarantine,
    fixed: [...parents, blobs, ...algorithmDirectories, uploads, trash, quarantine],
    algorithmDirectories,
    blob: (digest) => blobPath(blobs, parseBlobDigest(digest)),
    staging: (uploadId) => `${uploads}/${parseUploadId(uploadId)}`,
    trashed: (digest) => `${trash}/${nameAside(digest)}`,
    quarantined: (digest) => `${quarantine}/${nameAside(digest)}`,
  };
}

function blobPath(blobs: string, digest: Digest): BlobPath {
  const encoded = digestEncoded(digest);
  const algorithmDirectory = `${blobs}/${digestAlgorithm(digest)}`;
  const prefixDirectory = `${algorithmDirectory}/${encoded.slice(0, 2)}`;
  const directory = `${prefixDirectory}/${encoded}`;
  return { data: `${directory}/data`, directory, prefixDirectory, algorithmDirectory };
}

function nameAside(digest: Digest): string {
  return parseBlobDigest(digest).replace(':', '-');
}

/** The digest of a file in the trash or the quarantine, or undefined for a foreign file. */
export function findDigestAside(name: string): Digest | undefined {
  return findDigest(name.replace('-', ':'));
}

/** Whether a file in the uploads directory is staging, and not a probe or foreign. */
export function isStagingName(name: string): boolean {
  return isUploadId(name);
}

/** Whether a name in an algorithm's directory is one of its 256 prefixes. */
export function isPrefixName(name: string): boolean {
  return /^[0-9a-f]{2}$/.test(name);
}
