/** Every media type the registry knows by name (image-spec "media-types", Docker image spec v2). */
export const mediaType = {
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  ociConfig: 'application/vnd.oci.image.config.v1+json',
  ociDescriptor: 'application/vnd.oci.descriptor.v1+json',
  ociLayoutHeader: 'application/vnd.oci.layout.header.v1+json',
  ociEmpty: 'application/vnd.oci.empty.v1+json',
  ociLayer: 'application/vnd.oci.image.layer.v1.tar',
  ociLayerGzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  ociLayerZstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
  ociLayerNonDistributable: 'application/vnd.oci.image.layer.nondistributable.v1.tar',
  ociLayerNonDistributableGzip: 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
  ociLayerNonDistributableZstd: 'application/vnd.oci.image.layer.nondistributable.v1.tar+zstd',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerManifestList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
  dockerPluginConfig: 'application/vnd.docker.plugin.v1+json',
  dockerLayer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  dockerLayerUncompressed: 'application/vnd.docker.image.rootfs.diff.tar',
  dockerForeignLayer: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
  dockerForeignLayerUncompressed: 'application/vnd.docker.image.rootfs.foreign.diff.tar',
  dockerManifestV1: 'application/vnd.docker.distribution.manifest.v1+json',
  dockerManifestV1Signed: 'application/vnd.docker.distribution.manifest.v1+prettyjws',
} as const satisfies Record<string, string>;

const imageManifests: ReadonlySet<string> = new Set([
  mediaType.ociManifest,
  mediaType.dockerManifest,
]);
const indexes: ReadonlySet<string> = new Set([mediaType.ociIndex, mediaType.dockerManifestList]);
const schema1Manifests: ReadonlySet<string> = new Set([
  mediaType.dockerManifestV1,
  mediaType.dockerManifestV1Signed,
]);
const nonDistributables: ReadonlySet<string> = new Set([
  mediaType.ociLayerNonDistributable,
  mediaType.ociLayerNonDistributableGzip,
  mediaType.ociLayerNonDistributableZstd,
  mediaType.dockerForeignLayer,
  mediaType.dockerForeignLayerUncompressed,
]);

/** Whether the type is an image manifest, OCI or Docker schema 2. */
export function isImageManifest(text: string): boolean {
  return imageManifests.has(text);
}

/** Whether the type is an image index or a Docker manifest list. */
export function isIndex(text: string): boolean {
  return indexes.has(text);
}

/** Whether the type is Docker's schema 1, which the registry refuses. */
export function isSchema1Manifest(text: string): boolean {
  return schema1Manifests.has(text);
}

/** Whether the type is any manifest known by name, schema 1 included. */
export function isManifestMediaType(text: string): boolean {
  return isImageManifest(text) || isIndex(text) || isSchema1Manifest(text);
}

/** Whether a layer of the type may stay outside the registry ("foreign" in Docker's words). */
export function isNonDistributable(text: string): boolean {
  return nonDistributables.has(text);
}

const MAX_MEDIA_TYPE_LENGTH = 255;
// RFC 6838 section 4.2: restricted names.
const registeredName =
  /^[a-zA-Z0-9][a-zA-Z0-9!#$&^_.+-]{0,126}\/[a-zA-Z0-9][a-zA-Z0-9!#$&^_.+-]{0,126}$/;
// RFC 9110 section 8.3.1: type and subtype are tokens.
const tokenPair = /^[a-zA-Z0-9!#$%&'*+.^_`|~-]+\/[a-zA-Z0-9!#$%&'*+.^_`|~-]+$/;

/** Whether the text is a media type in the grammar of RFC 6838 section 4.2, <= 255 characters. */
export function isMediaType(text: string): boolean {
  return registeredName.test(text);
}

/** The media type of a Content-Type header as it was spelled, without parameters; undefined if malformed. */
export function findMediaType(header: string): string | undefined {
  const semicolon = header.indexOf(';');
  const essence = (semicolon === -1 ? header : header.slice(0, semicolon)).trim();
  if (essence.length > MAX_MEDIA_TYPE_LENGTH || !tokenPair.test(essence)) return undefined;
  return essence;
}

/** The media type of a Content-Type header in lower case, without parameters; undefined if malformed. */
export function parseContentType(header: string): string | undefined {
  return findMediaType(header)?.toLowerCase();
}
