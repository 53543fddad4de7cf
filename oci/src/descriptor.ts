import { type Digest, digestAlgorithm, digestOf, isDigest } from './digest.ts';
import {
  foldFieldNames,
  invalidField,
  parseMember,
  parseObject,
  parseText,
  parseTextMap,
  parseTexts,
  refuseMisspelledFields,
} from './json-field.ts';
import { type JsonValue, memberPath } from './json-value.ts';
import { isMediaType } from './media-type.ts';
import { type Platform, parsePlatform } from './platform.ts';

/** A typed pointer to content (image-spec, "OCI Content Descriptors"); size in bytes. */
export interface Descriptor {
  mediaType: string;
  digest: Digest;
  size: number;
  urls?: string[];
  annotations?: Record<string, string>;
  /** The content itself in base64, checked against digest and size. */
  data?: string;
  artifactType?: string;
  platform?: Platform;
}

const MAX_ARTIFACT_TYPE_LENGTH = 255;
const fieldNames = foldFieldNames([
  'mediaType',
  'digest',
  'size',
  'urls',
  'annotations',
  'data',
  'artifactType',
  'platform',
]);

/**
 * The descriptor at the JSON path `where`. Unknown fields are dropped, null in
 * an optional field counts as absent. Throws MANIFEST_INVALID, also for a bad digest.
 */
export function parseDescriptor(value: JsonValue, where: string): Descriptor {
  const object = parseObject(value, where);
  refuseMisspelledFields(object, fieldNames, where);
  const digest = parseDescriptorDigest(object['digest'], memberPath(where, 'digest'));
  const size = parseSize(object['size'], memberPath(where, 'size'));
  const urls = parseMember(object, 'urls', where, parseTexts);
  const annotations = parseMember(object, 'annotations', where, parseTextMap);
  const artifactType = parseMember(object, 'artifactType', where, parseArtifactType);
  const platform = parseMember(object, 'platform', where, parsePlatform);
  const data = parseMember(object, 'data', where, parseText);
  if (data !== undefined) checkData(data, digest, size, memberPath(where, 'data'));
  return {
    mediaType: parseMediaType(object['mediaType'], memberPath(where, 'mediaType')),
    digest,
    size,
    ...(urls && { urls }),
    ...(annotations && { annotations }),
    ...(data !== undefined && { data }),
    ...(artifactType && { artifactType }),
    ...(platform && { platform }),
  };
}

/** A media type in the grammar of RFC 6838. Throws MANIFEST_INVALID. */
export function parseMediaType(value: JsonValue | undefined, where: string): string {
  const text = parseText(value, where);
  if (!isMediaType(text)) throw invalidField(where, 'must be a media type (RFC 6838)');
  return text;
}

/**
 * An artifact type, undefined when empty. The spec wants RFC 6838 of producers;
 * artifacts in the field break it, so only what could do harm is refused.
 * Throws MANIFEST_INVALID.
 */
export function parseArtifactType(value: JsonValue, where: string): string | undefined {
  const text = parseText(value, where);
  if (text.length > MAX_ARTIFACT_TYPE_LENGTH || /[^\x20-\x7e]/.test(text)) {
    throw invalidField(where, 'must be at most 255 printable ASCII characters');
  }
  return text === '' ? undefined : text;
}

function parseDescriptorDigest(value: JsonValue | undefined, where: string): Digest {
  if (typeof value !== 'string' || !isDigest(value)) {
    throw invalidField(where, 'must be a canonical sha256 or sha512 digest');
  }
  return value;
}

function parseSize(value: JsonValue | undefined, where: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw invalidField(where, 'must be an integer of at least 0');
  }
  return value;
}

// Image-spec, "Embedded Content": data must be what size and digest say.
function checkData(data: string, digest: Digest, size: number, where: string): void {
  const bytes = Buffer.from(data, 'base64');
  if (bytes.toString('base64') !== data) throw invalidField(where, 'must be base64 (RFC 4648)');
  if (bytes.byteLength !== size) throw invalidField(where, 'must be as long as size says');
  if (digestOf(bytes, digestAlgorithm(digest)) !== digest) {
    throw invalidField(where, 'must hash to digest');
  }
}
