import { type BlobReadApi, createBlobReadApi } from './blob.ts';
import { type BlobWriteApi, createBlobWriteApi } from './blob-push.ts';
import { type BlobUploadApi, createBlobUploadApi } from './blob-upload.ts';
import { discardBody } from './body.ts';
import { type CatalogApi, createCatalogApi } from './catalog.ts';
import { createManifestApi, type ManifestApi } from './manifest.ts';
import { createReferrerApi, type ReferrerApi } from './referrer.ts';
import { createTagApi, type TagApi } from './tag.ts';
import { createTransport, type RegistryRequest } from './transport.ts';

export interface RegistryClientOptions {
  /** `http(s)://host[:port]`, without `/v2/`. */
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  /** Node's own unless told; for timeouts, proxies and address checks. */
  readonly fetch?: typeof fetch;
}

export interface RegistryClient
  extends BlobReadApi,
    BlobWriteApi,
    BlobUploadApi,
    ManifestApi,
    TagApi,
    ReferrerApi,
    CatalogApi {
  /** `GET /v2/` with the credentials. Throws RegistryError unless the registry says 200. */
  ping(): Promise<void>;
  /** Any request with the token flow; gives the answer of whatever status. */
  request(target: string | URL, request?: RegistryRequest): Promise<Response>;
}

/** A client of one registry (OCI distribution spec 1.1) that shares its tokens between calls. */
export function createRegistryClient(options: RegistryClientOptions): RegistryClient {
  const { url, username, password, fetch = globalThis.fetch } = options;
  const credentials =
    username === undefined || password === undefined ? undefined : { username, password };
  const transport = createTransport({ url, credentials, fetch });
  return {
    ...createBlobReadApi(transport),
    ...createBlobWriteApi(transport),
    ...createBlobUploadApi(transport),
    ...createManifestApi(transport),
    ...createTagApi(transport),
    ...createReferrerApi(transport),
    ...createCatalogApi(transport),
    request: (target, request) => transport.request(target, request),
    async ping() {
      await discardBody(await transport.expect([200], '/v2/'));
    },
  };
}
