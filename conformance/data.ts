import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import {
  type Descriptor,
  type Digest,
  type DigestAlgorithm,
  digestOf,
  mediaType,
  type Platform,
  type Referrer,
} from '@berth/oci';

export type Bytes = Uint8Array<ArrayBuffer>;

export interface ManifestItem {
  readonly descriptor: Descriptor;
  readonly bytes: Bytes;
  readonly tags: readonly string[];
  readonly subject: Digest | undefined;
}

/** What one kind of content consists of: blobs, then manifests in the order to push them. */
export interface DataSet {
  readonly blobs: Map<Digest, Bytes>;
  readonly manifests: ManifestItem[];
  /** Expected referrers by subject. */
  readonly referrers: Map<Digest, Referrer[]>;
}

export interface ManifestOptions {
  readonly algorithm?: DigestAlgorithm;
  readonly tags?: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
  readonly artifactType?: string;
  readonly subject?: Descriptor;
  /** Fields beyond the spec. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

export interface ImageOptions extends ManifestOptions {
  readonly config?: { readonly mediaType: string; readonly bytes: Bytes };
  readonly layerCount?: number;
  /** gzip'd tar unless told; another type gives random bytes. */
  readonly layerType?: string;
  readonly layerBytes?: Bytes;
  readonly platform?: Platform;
  /** Content in the descriptors' `data` fields too. */
  readonly isEmbedded?: boolean;
}

export const amd64: Platform = { os: 'linux', architecture: 'amd64' };
export const arm64: Platform = { os: 'linux', architecture: 'arm64' };

export function createDataSet(): DataSet {
  return { blobs: new Map(), manifests: [], referrers: new Map() };
}

export function createBytes(size: number): Bytes {
  return new Uint8Array(randomBytes(size));
}

export function randomHex(size: number): string {
  return randomBytes(size).toString('hex');
}

export function encodeJson(value: unknown): Bytes {
  return new Uint8Array(Buffer.from(JSON.stringify(value)));
}

export function describeBytes(
  bytes: Bytes,
  type: string,
  algorithm: DigestAlgorithm = 'sha256',
): Descriptor {
  return { mediaType: type, digest: digestOf(bytes, algorithm), size: bytes.byteLength };
}

export function addBlob(
  set: DataSet,
  bytes: Bytes,
  type: string,
  { algorithm, isEmbedded }: Pick<ImageOptions, 'algorithm' | 'isEmbedded'> = {},
): Descriptor {
  const descriptor = describeBytes(bytes, type, algorithm);
  set.blobs.set(descriptor.digest, bytes);
  return isEmbedded ? { ...descriptor, data: Buffer.from(bytes).toString('base64') } : descriptor;
}

/** An image manifest with its config and layers. */
export function addImage(set: DataSet, options: ImageOptions = {}): Descriptor {
  const { layerCount = 2, layerType = mediaType.ociLayerGzip } = options;
  const diffIds: Digest[] = [];
  const layers = Array.from({ length: layerCount }, (_, index) => {
    const { stored, plain } = createLayer(index, layerType);
    diffIds.push(digestOf(plain));
    return addBlob(set, options.layerBytes ?? stored, layerType, options);
  });
  const config = options.config ?? {
    mediaType: mediaType.ociConfig,
    bytes: encodeJson({
      ...(options.platform ?? amd64),
      rootfs: { type: 'layers', diff_ids: diffIds },
      ...options.extra,
    }),
  };
  const body = {
    schemaVersion: 2,
    mediaType: mediaType.ociManifest,
    ...commonFields(options),
    config: addBlob(set, config.bytes, config.mediaType, options),
    layers,
  };
  return addManifest(set, body, options, options.artifactType ?? config.mediaType);
}

/** An index over manifests. */
export function addIndex(
  set: DataSet,
  children: readonly Descriptor[],
  options: ManifestOptions = {},
): Descriptor {
  const body = {
    schemaVersion: 2,
    mediaType: mediaType.ociIndex,
    ...commonFields(options),
    manifests: children,
  };
  return addManifest(set, body, options, options.artifactType);
}

/** An index over one image for each platform. */
export function addPlatforms(
  set: DataSet,
  options: ImageOptions = {},
  platforms: readonly Platform[] = [amd64, arm64],
): Descriptor {
  const { tags: _tags, subject: _subject, ...childOptions } = options;
  const children = platforms.map((platform) => ({
    ...addImage(set, { ...childOptions, platform }),
    platform,
  }));
  return addIndex(set, children, options);
}

/** Any manifest, pushed as its `mediaType` says. */
export function addManifest(
  set: DataSet,
  body: { readonly mediaType: string },
  options: ManifestOptions,
  artifactType: string | undefined,
): Descriptor {
  const bytes = encodeJson({ ...body, ...options.extra });
  const descriptor = describeBytes(bytes, body.mediaType, options.algorithm);
  const subject = options.subject?.digest;
  set.manifests.push({ descriptor, bytes, tags: options.tags ?? [], subject });
  if (subject !== undefined) {
    const referrers = set.referrers.get(subject) ?? [];
    set.referrers.set(subject, referrers);
    referrers.push({
      ...descriptor,
      ...(artifactType !== undefined && { artifactType }),
      annotations: { ...options.annotations },
    });
  }
  return descriptor;
}

function commonFields({ artifactType, subject, annotations }: ManifestOptions) {
  return {
    ...(artifactType !== undefined && { artifactType }),
    ...(subject && { subject }),
    ...(annotations && { annotations }),
  };
}

function createLayer(index: number, type: string): { stored: Bytes; plain: Bytes } {
  if (!type.includes('.tar')) {
    const bytes = createBytes(2048);
    return { stored: bytes, plain: bytes };
  }
  const plain = createTar(`file-${index}.txt`, `content ${index} ${randomHex(8)}\n`);
  const isGzip = type.endsWith('gzip');
  return { stored: isGzip ? new Uint8Array(gzipSync(plain)) : plain, plain };
}

/** A tar archive (POSIX ustar) with one file. */
function createTar(name: string, text: string): Bytes {
  const content = Buffer.from(text);
  const archive = Buffer.alloc(512 * (1 + Math.ceil(content.length / 512) + 2));
  archive.write(name, 0);
  archive.write('0000644\0' + '0000000\0'.repeat(2), 100);
  archive.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
  archive.write('00000000000\0' + ' '.repeat(8) + '0', 136);
  archive.write('ustar\x0000', 257);
  const sum = archive.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  archive.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  content.copy(archive, 512);
  return new Uint8Array(archive);
}
