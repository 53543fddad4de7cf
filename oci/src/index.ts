export { type Descriptor, parseDescriptor } from './descriptor.ts';
export {
  type Digest,
  type DigestAlgorithm,
  digestAlgorithm,
  digestEncoded,
  digestFromHex,
  digestOf,
  findDigest,
  isDigest,
  parseDigest,
} from './digest.ts';
export {
  OciError,
  type OciErrorCode,
  type OciErrorOptions,
  ociErrorCodes,
  presentErrors,
} from './error-code.ts';
export type { JsonObject, JsonValue } from './json-value.ts';
export {
  MAX_MANIFEST_BYTES,
  MAX_MANIFEST_DESCRIPTORS,
  type Manifest,
  type ManifestKind,
  parseManifest,
  referencedBlobs,
  referencedManifests,
} from './manifest.ts';
export {
  findMediaType,
  isImageManifest,
  isIndex,
  isManifestMediaType,
  isMediaType,
  isNonDistributable,
  isSchema1Manifest,
  mediaType,
  parseContentType,
} from './media-type.ts';
export { formatPlatform, type Platform, parsePlatform } from './platform.ts';
export {
  isRepositoryName,
  isTag,
  MAX_REPOSITORY_NAME_LENGTH,
  parseReference,
  type Reference,
  type RepositoryParts,
  splitRepository,
} from './reference.ts';
export {
  emptyIndex,
  presentReferrer,
  presentReferrers,
  type Referrer,
  type ReferrerDescriptor,
  type ReferrersIndex,
} from './referrer.ts';
export { formatScope, parseScope, parseScopes, type Scope } from './scope.ts';
export { parseStrictJson, type StrictJsonLimits } from './strict-json.ts';
export { parseV2Path, type V2Path } from './v2-path.ts';
