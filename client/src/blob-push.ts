import { type Digest, digestAlgorithm } from '@berth/oci';
import {
  type BlobUpload,
  type CallOptions,
  createBlobUploadApi,
  locationOf,
  mountRequest,
  presentUpload,
} from './blob-upload.ts';
import { discardBody } from './body.ts';
import { RegistryError } from './registry-error.ts';
import { deleteScopes, pushScopes, repositoryPath } from './repository-path.ts';
import type { Content, Transport } from './transport.ts';

/** Throws RegistryError. */
export interface BlobWriteApi {
  /** POST, then PUT with all bytes; `size` is needed for streams. Gives the blob's URL. */
  blobPush(
    repository: string,
    digest: Digest,
    content: Content,
    options?: CallOptions & { size?: number },
  ): Promise<URL>;
  /** One POST; falls back to PUT where the registry does not take it, unless `content` is a stream. */
  blobPushByPost(
    repository: string,
    digest: Digest,
    content: Content,
    options?: CallOptions & { size?: number },
  ): Promise<URL>;
  /** POST, PATCH for each chunk, PUT. `chunkSize` is raised to what the registry asks for. */
  blobPushInChunks(
    repository: string,
    digest: Digest,
    bytes: Uint8Array<ArrayBuffer>,
    options?: CallOptions & { chunkSize?: number },
  ): Promise<URL>;
  /** True when mounted; false when the registry would have the bytes sent (its session is cancelled). */
  blobMount(
    repository: string,
    digest: Digest,
    from?: string,
    options?: CallOptions,
  ): Promise<boolean>;
  /** False when there was no such blob. */
  blobDelete(repository: string, digest: Digest, options?: CallOptions): Promise<boolean>;
}

const DEFAULT_CHUNK_BYTES = 8 * 1024 * 1024;

/** Writing blobs (distribution spec, "Pushing blobs", "Mounting a blob", "Deleting Blobs"). */
export function createBlobWriteApi(transport: Transport): BlobWriteApi {
  return { ...createBlobPushes(transport), ...createBlobLinks(transport) };
}

type Links = Pick<BlobWriteApi, 'blobMount' | 'blobDelete'>;

function createBlobPushes(transport: Transport): Omit<BlobWriteApi, keyof Links> {
  const uploads = createBlobUploadApi(transport);

  async function commit(
    upload: BlobUpload,
    digest: Digest,
    content: Content,
    options: CallOptions & { size?: number },
  ) {
    return uploads.uploadCommit(upload, digest, { ...options, content });
  }

  return {
    async blobPush(repository, digest, content, options = {}) {
      const algorithm = digestAlgorithm(digest);
      const upload = await uploads.uploadStart(repository, { ...options, algorithm });
      return commit(upload, digest, content, options);
    },

    async blobPushByPost(repository, digest, content, options = {}) {
      const path = repositoryPath(repository, 'blobs/uploads/');
      const response = await transport.expect([201, 202], path, {
        method: 'POST',
        query: { digest },
        headers: {
          'content-type': 'application/octet-stream',
          ...(options.size !== undefined && { 'content-length': String(options.size) }),
        },
        body: content,
        scopes: pushScopes(repository),
        signal: options.signal,
      });
      await discardBody(response);
      if (response.status === 201) return locationOf(response, transport.base);
      if (content instanceof ReadableStream) {
        throw new RegistryError('the registry takes no blob by POST alone', { status: 202 });
      }
      return commit(presentUpload(response, repository, transport.base), digest, content, options);
    },

    async blobPushInChunks(
      repository,
      digest,
      bytes,
      { chunkSize = DEFAULT_CHUNK_BYTES, ...options } = {},
    ) {
      const algorithm = digestAlgorithm(digest);
      let upload = await uploads.uploadStart(repository, { ...options, algorithm });
      const step = Math.max(chunkSize, upload.minimumChunk, 1);
      for (let start = 0; start < bytes.byteLength; start += step) {
        const chunk = bytes.subarray(start, start + step);
        upload = await uploads.uploadAppend(upload, chunk, { ...options, size: chunk.byteLength });
      }
      return uploads.uploadCommit(upload, digest, options);
    },
  };
}

function createBlobLinks(transport: Transport): Links {
  const uploads = createBlobUploadApi(transport);
  return {
    async blobMount(repository, digest, from, { signal } = {}) {
      const path = repositoryPath(repository, 'blobs/uploads/');
      const response = await transport.expect([201, 202], path, {
        ...mountRequest(repository, digest, from),
        signal,
      });
      await discardBody(response);
      if (response.status === 201) return true;
      await uploads
        .uploadCancel(presentUpload(response, repository, transport.base))
        .catch(() => undefined);
      return false;
    },

    async blobDelete(repository, digest, { signal } = {}) {
      const path = repositoryPath(repository, `blobs/${digest}`);
      const response = await transport.expect([202, 404], path, {
        method: 'DELETE',
        scopes: deleteScopes(repository),
        signal,
      });
      await discardBody(response);
      return response.status === 202;
    },
  };
}
