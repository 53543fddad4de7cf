export type { BlobReadApi, BlobStat, BlobStream, ByteRange } from './blob.ts';
export type { BlobWriteApi } from './blob-push.ts';
export type { BlobUpload, BlobUploadApi, CallOptions } from './blob-upload.ts';
export type { CatalogApi } from './catalog.ts';
export { type Challenge, parseChallenges } from './challenge.ts';
export { findNextLink } from './link.ts';
export type { ManifestApi, ManifestReceipt, ManifestStat, StoredManifest } from './manifest.ts';
export type { Page, PageOptions } from './page.ts';
export type { ReferrerApi, ReferrerOptions } from './referrer.ts';
export {
  createRegistryClient,
  type RegistryClient,
  type RegistryClientOptions,
} from './registry-client.ts';
export { type ErrorEntry, parseErrorEntries, RegistryError } from './registry-error.ts';
export type { TagApi } from './tag.ts';
export type { Content, RegistryRequest } from './transport.ts';
