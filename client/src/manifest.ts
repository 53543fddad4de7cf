import {
  type Digest,
  findDigest,
  findMediaType,
  isDigest,
  isTag,
  MAX_MANIFEST_BYTES,
  OciError,
  mediaType as types,
} from '@berth/oci';
import type { CallOptions } from './blob-upload.ts';
import { discardBody, readBytes } from './body.ts';
import { checkDigest } from './digest-check.ts';
import { RegistryError } from './registry-error.ts';
import { deleteScopes, pullScopes, pushScopes, repositoryPath } from './repository-path.ts';
import type { Transport } from './transport.ts';

export interface ManifestStat {
  /** Absent when the registry did not tell, and a tag was asked for. */
  readonly digest: Digest | undefined;
  readonly mediaType: string;
  /** Bytes; undefined when the registry did not tell. */
  readonly size: number | undefined;
}

export interface StoredManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

export interface ManifestReceipt {
  readonly location: string | null;
  readonly digest: Digest | undefined;
  /** The `OCI-Tag` headers: the tags that the registry has made. */
  readonly tags: readonly string[];
  /** `OCI-Subject`: the registry keeps the referrers list itself. */
  readonly subject: string | undefined;
}

/** Throws RegistryError unless said otherwise. A reference is a tag or a digest. */
export interface ManifestApi {
  /** HEAD; undefined when there is no such manifest. */
  manifestFind(
    repository: string,
    reference: string,
    options?: CallOptions,
  ): Promise<ManifestStat | undefined>;
  /** The bytes as stored, at most 4 MiB, checked against the digest. */
  manifestGet(
    repository: string,
    reference: string,
    options?: CallOptions,
  ): Promise<StoredManifest>;
  /** `tags`: tag parameters, for a reference that is a digest. */
  manifestPut(
    repository: string,
    reference: string,
    bytes: Uint8Array<ArrayBuffer>,
    mediaType: string,
    options?: CallOptions & { tags?: readonly string[] },
  ): Promise<ManifestReceipt>;
  /** Deletes a tag, or by digest the manifest and its tags; false when there was none. */
  manifestDelete(repository: string, reference: string, options?: CallOptions): Promise<boolean>;
}

const acceptable = [
  types.ociManifest,
  types.ociIndex,
  types.dockerManifest,
  types.dockerManifestList,
  '*/*;q=0.1',
].join(', ');

/** Manifests (distribution spec, "Pulling manifests", "Pushing Manifests", "Deleting Manifests"). */
export function createManifestApi(transport: Transport): ManifestApi {
  return {
    async manifestFind(repository, reference, { signal } = {}) {
      const response = await transport.expect([200, 404], manifestPath(repository, reference), {
        method: 'HEAD',
        headers: { accept: acceptable },
        scopes: pullScopes(repository),
        signal,
      });
      if (response.status === 404) return undefined;
      const length = response.headers.get('content-length');
      return {
        digest: headerDigest(response) ?? findDigest(reference),
        mediaType: typeOf(response),
        size: length === null ? undefined : Number(length),
      };
    },

    async manifestGet(repository, reference, { signal } = {}) {
      const response = await transport.expect([200], manifestPath(repository, reference), {
        headers: { accept: acceptable },
        scopes: pullScopes(repository),
        signal,
      });
      const bytes = await readBytes(response, MAX_MANIFEST_BYTES);
      const digest = findDigest(reference) ?? headerDigest(response);
      if (digest === undefined) {
        throw new RegistryError('the registry answered without the digest', { status: 200 });
      }
      checkDigest(bytes, digest);
      return { digest, mediaType: typeOf(response), bytes };
    },

    async manifestPut(repository, reference, bytes, mediaType, { tags = [], signal } = {}) {
      const response = await transport.expect([201], manifestPath(repository, reference), {
        method: 'PUT',
        query: { tag: tags },
        headers: { 'content-type': mediaType },
        body: bytes,
        scopes: pushScopes(repository),
        signal,
      });
      await discardBody(response);
      return presentReceipt(response);
    },

    async manifestDelete(repository, reference, { signal } = {}) {
      const response = await transport.expect([202, 404], manifestPath(repository, reference), {
        method: 'DELETE',
        scopes: deleteScopes(repository),
        signal,
      });
      await discardBody(response);
      return response.status === 202;
    },
  };
}

function manifestPath(repository: string, reference: string): string {
  if (!isTag(reference) && !isDigest(reference)) {
    throw new OciError('MANIFEST_INVALID', 'the reference is neither a tag nor a digest');
  }
  return repositoryPath(repository, `manifests/${reference}`);
}

function headerDigest(response: Response): Digest | undefined {
  return findDigest(response.headers.get('docker-content-digest') ?? '');
}

function typeOf(response: Response): string {
  return findMediaType(response.headers.get('content-type') ?? '') ?? 'application/octet-stream';
}

function presentReceipt(response: Response): ManifestReceipt {
  const tags = response.headers.get('oci-tag')?.split(',') ?? [];
  return {
    location: response.headers.get('location'),
    digest: headerDigest(response),
    tags: tags.map((tag) => tag.trim()).filter((tag) => tag !== ''),
    subject: response.headers.get('oci-subject') ?? undefined,
  };
}
