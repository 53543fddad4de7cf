import {
  type Descriptor,
  type Digest,
  type Manifest,
  mediaType,
  OciError,
  parseManifest,
  parseStrictJson,
  referencedBlobs,
} from '@berth/oci';
import type { BlobFiles } from './blob-files.ts';
import { SkippedError } from './skipped-error.ts';

export interface ReadManifest {
  readonly content: Buffer;
  readonly manifest: Manifest;
}

export interface NeededBlob {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

/**
 * Reads a manifest and checks it as a push would be.
 *
 * @throws SkippedError
 */
export async function readManifest(files: BlobFiles, digest: Digest): Promise<ReadManifest> {
  const content = await files.readManifest(digest);
  try {
    return { content, manifest: parseManifest(content, impliedType(content)) };
  } catch (error) {
    if (!(error instanceof OciError)) throw error;
    const reason = error.code === 'UNSUPPORTED' ? 'schema1' : 'invalid-manifest';
    throw new SkippedError(reason, error.message);
  }
}

/**
 * The blobs that the manifest needs, all of them there and as large as it says (ADR 0007).
 *
 * @throws SkippedError missing-blob, wrong-size, unreadable
 */
export async function findNeededBlobs(files: BlobFiles, manifest: Manifest): Promise<NeededBlob[]> {
  const needed = new Map(referencedBlobs(manifest).map((blob) => [blob.digest, blob]));
  const blobs: NeededBlob[] = [];
  for (const descriptor of needed.values()) {
    blobs.push({ digest: descriptor.digest, size: await getSize(files, descriptor) });
  }
  return blobs;
}

async function getSize(files: BlobFiles, { digest, size }: Descriptor): Promise<number> {
  const found = await files.findSize(digest);
  if (found === undefined)
    throw new SkippedError('missing-blob', `its blob ${digest} is not there`);
  if (found === size) return size;
  throw new SkippedError('wrong-size', `its blob ${digest} has ${found} bytes instead of ${size}`);
}

/**
 * The type of a manifest that does not tell it, as distribution serves it: the Content-Type of the
 * push is not kept.
 *
 * @throws OciError MANIFEST_INVALID; UNSUPPORTED for Docker's schema 1
 */
function impliedType(content: Buffer): string | undefined {
  const document = parseStrictJson(content);
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    return undefined;
  }
  if (Object.hasOwn(document, 'mediaType') && document['mediaType'] !== '') return undefined;
  if (document['schemaVersion'] === 1) {
    throw new OciError('UNSUPPORTED', 'Docker image manifest schema 1 is not supported');
  }
  return Object.hasOwn(document, 'manifests') ? mediaType.ociIndex : mediaType.ociManifest;
}
