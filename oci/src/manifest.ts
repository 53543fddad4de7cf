import {
  type Descriptor,
  parseArtifactType,
  parseDescriptor,
  parseMediaType,
} from './descriptor.ts';
import { OciError } from './error-code.ts';
import {
  foldFieldNames,
  invalidField,
  parseArray,
  parseMember,
  parseObject,
  parseTextMap,
  refuseMisspelledFields,
} from './json-field.ts';
import { elementPath, type JsonObject, memberPath } from './json-value.ts';
import {
  findMediaType,
  isImageManifest,
  isIndex,
  isManifestMediaType,
  isNonDistributable,
  isSchema1Manifest,
  mediaType,
} from './media-type.ts';
import { parseStrictJson } from './strict-json.ts';

export type ManifestKind = 'image' | 'index';

/** A checked manifest; a kind's absent lists are empty. */
export interface Manifest {
  kind: ManifestKind;
  /** As stored with the digest: known types in their one spelling, unknown ones byte for byte. */
  mediaType: string;
  /** The effective type for referrers: an image without its own has its config's media type. */
  artifactType?: string;
  config?: Descriptor;
  layers: Descriptor[];
  manifests: Descriptor[];
  subject?: Descriptor;
  annotations: Record<string, string>;
}

/** 4 MiB, the size a registry must accept at least (distribution spec, "Pushing Manifests"). */
export const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

/** How many layers, or manifests in an index, one manifest may list. */
export const MAX_MANIFEST_DESCRIPTORS = 10_000;

const fieldNames = foldFieldNames([
  'schemaVersion',
  'mediaType',
  'artifactType',
  'config',
  'layers',
  'manifests',
  'fsLayers',
  'subject',
  'annotations',
]);

/**
 * Parses a pushed manifest; `contentType` is the raw header, undefined or empty
 * if there was none. A document that could be read as another kind or type is
 * refused (GHSA-qq97-vm5h-rrhg). Throws MANIFEST_INVALID with the JSON path,
 * SIZE_INVALID (413) over 4 MiB, UNSUPPORTED (400) for Docker schema 1.
 */
export function parseManifest(bytes: Uint8Array, contentType: string | undefined): Manifest {
  if (bytes.byteLength > MAX_MANIFEST_BYTES) {
    throw new OciError('SIZE_INVALID', `the manifest is larger than ${MAX_MANIFEST_BYTES} bytes`, {
      status: 413,
    });
  }
  const body = parseObject(parseStrictJson(bytes), '$');
  refuseMisspelledFields(body, fieldNames, '$');
  const type = parseManifestType(body, contentType);
  if (body['schemaVersion'] !== 2) throw invalidField('$.schemaVersion', 'must be 2');
  const kind = parseKind(body, type);

  const config = kind === 'image' ? parseDescriptor(body['config'] ?? null, '$.config') : undefined;
  const artifactType =
    parseMember(body, 'artifactType', '$', parseArtifactType) ?? config?.mediaType;
  const subject = parseMember(body, 'subject', '$', parseDescriptor);
  return {
    kind,
    mediaType: type,
    ...(artifactType !== undefined && { artifactType }),
    ...(config && { config }),
    layers: kind === 'image' ? parseDescriptors(body, 'layers') : [],
    manifests: kind === 'index' ? parseDescriptors(body, 'manifests') : [],
    ...(subject && { subject }),
    annotations: parseMember(body, 'annotations', '$', parseTextMap) ?? {},
  };
}

/** The blobs that must be in the repository: config and layers, less those that may stay elsewhere. */
export function referencedBlobs(manifest: Manifest): Descriptor[] {
  const layers = manifest.layers.filter((layer) => !isNonDistributable(layer.mediaType));
  return manifest.config ? [manifest.config, ...layers] : layers;
}

/** The manifests an index lists; the subject is not among them, as it may come later. */
export function referencedManifests(manifest: Manifest): Descriptor[] {
  return manifest.manifests;
}

function parseManifestType(body: JsonObject, contentType: string | undefined): string {
  const inBody = Object.hasOwn(body, 'mediaType')
    ? parseMediaType(body['mediaType'], '$.mediaType')
    : undefined;
  const inHeader = contentType ? parseHeaderType(contentType) : undefined;
  const type = inHeader ?? inBody;
  if (type === undefined) {
    throw invalidField('$.mediaType', 'must be given when there is no Content-Type');
  }
  if (isSchema1Manifest(type) || (inBody !== undefined && isSchema1Manifest(inBody))) {
    throw new OciError(
      'UNSUPPORTED',
      'Docker image manifest schema 1 is not supported: push the image as schema 2 or OCI',
      { status: 400 },
    );
  }
  if (inBody === undefined && (type === mediaType.dockerManifest || isDockerList(type))) {
    throw invalidField('$.mediaType', 'must be given in a Docker manifest');
  }
  if (inBody !== undefined && inBody !== type) {
    throw invalidField('$.mediaType', 'must be equal to the Content-Type');
  }
  return refuseRespelledType(type);
}

/** Known types in lower case, which their header may not be in; others as they are spelled. */
function parseHeaderType(contentType: string): string {
  const type = findMediaType(contentType);
  if (type === undefined) {
    throw new OciError('MANIFEST_INVALID', 'the Content-Type is not a media type');
  }
  const lowerCase = type.toLowerCase();
  return isManifestMediaType(lowerCase) ? lowerCase : type;
}

// A known type in odd case is that type to some readers and unknown to others.
function refuseRespelledType(type: string): string {
  if (isManifestMediaType(type.toLowerCase()) && !isManifestMediaType(type)) {
    throw invalidField('$.mediaType', 'must be spelled in lower case');
  }
  return type;
}

function isDockerList(type: string): boolean {
  return type === mediaType.dockerManifestList;
}

function parseKind(body: JsonObject, type: string): ManifestKind {
  const hasManifests = Object.hasOwn(body, 'manifests');
  const imageFields = ['config', 'layers', 'fsLayers'].filter((key) => Object.hasOwn(body, key));
  if (hasManifests && imageFields.length > 0) {
    throw invalidField('$.manifests', `must not stand beside ${imageFields.join(', ')}`);
  }
  if (imageFields.includes('fsLayers')) {
    throw invalidField('$.fsLayers', 'must not stand in a manifest of schemaVersion 2');
  }
  if (isImageManifest(type)) return 'image';
  if (isIndex(type)) return 'index';
  if (hasManifests) return 'index';
  if (imageFields.length > 0) return 'image';
  throw invalidField('$', 'must have config and layers, or manifests');
}

function parseDescriptors(body: JsonObject, key: string): Descriptor[] {
  const where = memberPath('$', key);
  const values = parseArray(body[key], where);
  if (values.length > MAX_MANIFEST_DESCRIPTORS) {
    throw invalidField(where, `must have at most ${MAX_MANIFEST_DESCRIPTORS} entries`);
  }
  return values.map((value, index) => parseDescriptor(value, elementPath(where, index)));
}
