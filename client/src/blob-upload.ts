import type { Digest, DigestAlgorithm } from '@berth/oci';
import { discardBody } from './body.ts';
import { RegistryError } from './registry-error.ts';
import { pullScopes, pushScopes, repositoryPath } from './repository-path.ts';
import type { Content, RegistryRequest, Transport } from './transport.ts';

export interface CallOptions {
  readonly signal?: AbortSignal;
}

/** An upload session: where its next request goes, and how much the registry has. */
export interface BlobUpload {
  readonly repository: string;
  readonly location: URL;
  /** Bytes received so far. */
  readonly offset: number;
  /** The least size of every chunk but the last, in bytes; 0 when the registry names none. */
  readonly minimumChunk: number;
}

export interface BlobUploadApi {
  /** Opens a session. `algorithm` is told to the registry unless sha256. */
  uploadStart(
    repository: string,
    options?: CallOptions & { algorithm?: DigestAlgorithm },
  ): Promise<BlobUpload>;
  /** Sends a chunk at the session's offset by PATCH; without `size`, as a stream without range. */
  uploadAppend(
    upload: BlobUpload,
    content: Content,
    options?: CallOptions & { size?: number },
  ): Promise<BlobUpload>;
  /** Asks how much the registry has. */
  uploadStat(upload: BlobUpload, options?: CallOptions): Promise<BlobUpload>;
  /** Closes the session, with the last (or only) bytes if given. */
  uploadCommit(
    upload: BlobUpload,
    digest: Digest,
    options?: CallOptions & { content?: Content; size?: number; isChunk?: boolean },
  ): Promise<URL>;
  uploadCancel(upload: BlobUpload, options?: CallOptions): Promise<void>;
}

const octets = { 'content-type': 'application/octet-stream' };

/** Upload sessions (distribution spec, "Pushing blobs"). All methods throw RegistryError. */
export function createBlobUploadApi(transport: Transport): BlobUploadApi {
  return {
    async uploadStart(repository, { algorithm = 'sha256', signal } = {}) {
      const response = await transport.expect([202], repositoryPath(repository, 'blobs/uploads/'), {
        method: 'POST',
        query: { 'digest-algorithm': algorithm === 'sha256' ? undefined : algorithm },
        scopes: pushScopes(repository),
        signal,
      });
      await discardBody(response);
      return presentUpload(response, repository, transport.base);
    },

    async uploadAppend(upload, content, { size, signal } = {}) {
      const response = await transport.expect([202], upload.location, {
        method: 'PATCH',
        headers: { ...octets, ...chunkHeaders(upload, size) },
        body: content,
        scopes: pushScopes(upload.repository),
        signal,
      });
      await discardBody(response);
      return presentNext(upload, response, transport.base, size !== 0);
    },

    async uploadStat(upload, { signal } = {}) {
      const response = await transport.expect([204], upload.location, {
        scopes: pushScopes(upload.repository),
        signal,
      });
      await discardBody(response);
      return presentNext(upload, response, transport.base, upload.offset > 0);
    },

    async uploadCommit(upload, digest, { content, size, isChunk = false, signal } = {}) {
      const response = await transport.expect([201], upload.location, {
        method: 'PUT',
        query: { digest },
        headers: {
          ...octets,
          ...(isChunk ? chunkHeaders(upload, size) : lengthHeader(size)),
        },
        ...(content !== undefined && { body: content }),
        scopes: pushScopes(upload.repository),
        signal,
      });
      await discardBody(response);
      return locationOf(response, upload.location);
    },

    async uploadCancel(upload, { signal } = {}) {
      const response = await transport.expect([204, 404], upload.location, {
        method: 'DELETE',
        scopes: pushScopes(upload.repository),
        signal,
      });
      await discardBody(response);
    },
  };
}

/** The request of a mount; 201 means mounted, 202 that a session was opened instead. */
export function mountRequest(
  repository: string,
  digest: Digest,
  from: string | undefined,
): RegistryRequest {
  return {
    method: 'POST',
    query: { mount: digest, from },
    scopes: [...pushScopes(repository), ...(from === undefined ? [] : pullScopes(from))],
  };
}

/** The session that an answer's Location and Range headers describe. */
export function presentUpload(response: Response, repository: string, base: URL): BlobUpload {
  const minimum = Number(response.headers.get('oci-chunk-min-length') ?? 0);
  return {
    repository,
    location: locationOf(response, base),
    offset: 0,
    minimumChunk: Number.isSafeInteger(minimum) && minimum > 0 ? minimum : 0,
  };
}

/** The answer's Location, resolved. Throws RegistryError when it has none. */
export function locationOf(response: Response, base: URL): URL {
  const location = response.headers.get('location');
  const url = location === null ? null : URL.parse(location, base.href);
  if (url === null) {
    throw new RegistryError('the registry answered without a Location', {
      status: response.status,
    });
  }
  return url;
}

function presentNext(
  upload: BlobUpload,
  response: Response,
  base: URL,
  isNonEmpty: boolean,
): BlobUpload {
  const [, last = '0'] =
    /^(?:bytes=)?0-(\d{1,15})$/.exec(response.headers.get('range') ?? '') ?? [];
  return {
    ...upload,
    location: locationOf(response, base),
    // "0-0" is one byte by the spec, and none from registries that have none.
    offset: last === '0' && !isNonEmpty ? 0 : Number(last) + 1,
  };
}

function chunkHeaders(upload: BlobUpload, size: number | undefined): Record<string, string> {
  if (size === undefined || size === 0) return {};
  const range = `${upload.offset}-${upload.offset + size - 1}`;
  return { 'content-range': range, ...lengthHeader(size) };
}

function lengthHeader(size: number | undefined): Record<string, string> {
  return size === undefined ? {} : { 'content-length': String(size) };
}
