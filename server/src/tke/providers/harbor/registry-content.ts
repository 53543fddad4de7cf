import { type Digest, digestOf, mediaType } from '@berth/oci';
import { AppError } from '../../../lib/index.ts';
import type { HarborApi } from './harbor-api.ts';
import { unreadable } from './harbor-error.ts';

export interface FoundManifest {
  readonly digest: Digest;
  readonly content: Buffer;
}

/** Manifests are at most 4 MiB everywhere. */
const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;
const MAX_REDIRECTS = 3;

/**
 * Manifests and small blobs of a Harbor's registry. It takes Basic at `/v2` as everywhere, so that
 * no token is fetched from wherever it believes to be. All throw ProviderError, and AppError where callers are told more.
 */
export class RegistryContent {
  readonly #api: HarborApi;

  constructor(api: HarborApi) {
    this.#api = api;
  }

  /** By tag or digest. `isPull` false: Harbor does not count it. */
  async findManifest(
    repository: string,
    reference: string,
    isPull = false,
  ): Promise<FoundManifest | undefined> {
    const { status, body } = await this.#api.send({
      method: 'GET',
      path: `/v2/${repository}/manifests/${reference}`,
      headers: {
        accept: [mediaType.ociManifest, mediaType.dockerManifest].join(', '),
        ...(!isPull && { 'user-agent': 'harbor-registry-client' }),
      },
      maxBytes: MAX_MANIFEST_BYTES,
      expected: [404],
    });
    return status === 404 ? undefined : { digest: digestOf(body), content: body };
  }

  async putManifest(repository: string, reference: string, content: Buffer): Promise<void> {
    await this.#api.send({
      method: 'PUT',
      path: `/v2/${repository}/manifests/${reference}`,
      headers: { 'content-type': mediaType.ociManifest },
      body: content,
    });
  }

  /** Its bytes, which are what the digest says; undefined when it is not there. */
  async findBlob(
    repository: string,
    digest: string,
    maxBytes: number,
  ): Promise<Buffer | undefined> {
    const { status, body } = await this.#api.send({
      method: 'GET',
      path: `/v2/${repository}/blobs/${digest}`,
      maxBytes,
      // Where the storage itself gives them out.
      redirects: MAX_REDIRECTS,
      expected: [404],
    });
    if (status === 404) return undefined;
    if (digestOf(body) !== digest) throw unreadable(new Error(`${repository}@${digest} differs`));
    return body;
  }

  async putBlob(repository: string, content: Uint8Array): Promise<Digest> {
    const digest = digestOf(content);
    const blobs = `/v2/${repository}/blobs`;
    const there = await this.#api.send({
      method: 'HEAD',
      path: `${blobs}/${digest}`,
      redirects: MAX_REDIRECTS,
      expected: [404],
    });
    if (there.status === 200) return digest;
    const started = await this.#api.send({ method: 'POST', path: `${blobs}/uploads/` });
    const ended = await this.#api.send({
      method: 'PUT',
      path: pathOf(started.headers.get('location')),
      query: { digest },
      headers: { 'content-type': 'application/octet-stream' },
      body: content,
      // An upload that was finished by a try whose answer was lost.
      expected: [404],
    });
    if (ended.status === 404) await this.#requireBlob(`${blobs}/${digest}`);
    return digest;
  }

  async #requireBlob(path: string): Promise<void> {
    const { status } = await this.#api.send({ method: 'HEAD', path, expected: [404] });
    if (status === 404) {
      throw new AppError('conflict', 'what this is uploaded to was deleted meanwhile; try again');
    }
  }
}

/** Of an upload. Whatever host it names, we go on with the one that is configured. */
function pathOf(location: string | null): string {
  const url = location === null ? null : URL.parse(location, 'http://localhost');
  if (url === null) throw unreadable(new Error('an upload has no location'));
  return `${url.pathname}${url.search}`;
}

/** @throws AppError too-large */
export function checkSize(content: Uint8Array, maxBytes: number, what: string): void {
  if (content.length <= maxBytes) return;
  throw new AppError('too-large', `${what} is larger than ${maxBytes} bytes`);
}
