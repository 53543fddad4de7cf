import type { Digest } from '@berth/oci';
import type { CallOptions } from './blob-upload.ts';
import { readBytes } from './body.ts';
import { checkDigest, createDigestCheck } from './digest-check.ts';
import { RegistryError } from './registry-error.ts';
import { pullScopes, repositoryPath } from './repository-path.ts';
import type { Transport } from './transport.ts';

export interface BlobStat {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

export interface BlobStream extends BlobStat {
  /** Errors at the end when the bytes do not hash to the digest. */
  readonly stream: ReadableStream<Uint8Array>;
}

export interface ByteRange {
  readonly start: number;
  /** The last byte, inclusive. */
  readonly end?: number;
}

/** Throws RegistryError unless said otherwise. */
export interface BlobReadApi {
  /** HEAD; undefined when the repository has no such blob. */
  blobFind(
    repository: string,
    digest: Digest,
    options?: CallOptions,
  ): Promise<BlobStat | undefined>;
  /** The blob in memory, checked against its digest; at most `maximum` bytes (64 MiB unless told). */
  blobGet(
    repository: string,
    digest: Digest,
    options?: CallOptions & { maximum?: number },
  ): Promise<Uint8Array>;
  blobStream(repository: string, digest: Digest, options?: CallOptions): Promise<BlobStream>;
  /** Part of the blob, unchecked; for resuming a download. */
  blobStreamRange(
    repository: string,
    digest: Digest,
    range: ByteRange,
    options?: CallOptions,
  ): Promise<ReadableStream<Uint8Array>>;
}

const MAX_BLOB_BYTES_IN_MEMORY = 64 * 1024 * 1024;

/** Reading blobs (distribution spec, "Pulling blobs"). */
export function createBlobReadApi(transport: Transport): BlobReadApi {
  function get(
    repository: string,
    digest: Digest,
    statuses: number[],
    range: string | undefined,
    signal?: AbortSignal,
  ) {
    return transport.expect(statuses, repositoryPath(repository, `blobs/${digest}`), {
      headers: range === undefined ? {} : { range },
      scopes: pullScopes(repository),
      signal,
    });
  }

  return {
    async blobFind(repository, digest, { signal } = {}) {
      const path = repositoryPath(repository, `blobs/${digest}`);
      const response = await transport.expect([200, 404], path, {
        method: 'HEAD',
        scopes: pullScopes(repository),
        signal,
      });
      if (response.status === 404) return undefined;
      return { digest, size: sizeOf(response) };
    },

    async blobGet(repository, digest, { maximum = MAX_BLOB_BYTES_IN_MEMORY, signal } = {}) {
      const bytes = await readBytes(
        await get(repository, digest, [200], undefined, signal),
        maximum,
      );
      checkDigest(bytes, digest);
      return bytes;
    },

    async blobStream(repository, digest, { signal } = {}) {
      const response = await get(repository, digest, [200], undefined, signal);
      const body = response.body ?? new Blob([]).stream();
      return {
        digest,
        size: sizeOf(response),
        stream: body.pipeThrough(createDigestCheck(digest)),
      };
    },

    async blobStreamRange(repository, digest, { start, end }, { signal } = {}) {
      const range = `bytes=${start}-${end ?? ''}`;
      const response = await get(repository, digest, [206], range, signal);
      return response.body ?? new Blob([]).stream();
    },
  };
}

function sizeOf(response: Response): number {
  const text = response.headers.get('content-length') ?? '';
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new RegistryError('the registry answered without the size', { status: response.status });
}
