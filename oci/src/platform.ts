import {
  foldFieldNames,
  parseMember,
  parseObject,
  parseText,
  parseTexts,
  refuseMisspelledFields,
} from './json-field.ts';
import { type JsonValue, memberPath } from './json-value.ts';

/** What an image runs on (image-spec, "Image Index Property Descriptions"). */
export interface Platform {
  os: string;
  architecture: string;
  variant?: string;
  'os.version'?: string;
  'os.features'?: string[];
}

const fieldNames = foldFieldNames(['os', 'architecture', 'variant', 'os.version', 'os.features']);

/**
 * The platform of a descriptor; `where` is its JSON path. Empty strings pass,
 * because common builders write them. Throws MANIFEST_INVALID.
 */
export function parsePlatform(value: JsonValue, where: string): Platform {
  const object = parseObject(value, where);
  refuseMisspelledFields(object, fieldNames, where);
  const variant = parseMember(object, 'variant', where, parseText);
  const version = parseMember(object, 'os.version', where, parseText);
  const features = parseMember(object, 'os.features', where, parseTexts);
  return {
    os: parseText(object['os'], memberPath(where, 'os')),
    architecture: parseText(object['architecture'], memberPath(where, 'architecture')),
    ...(variant !== undefined && { variant }),
    ...(version !== undefined && { 'os.version': version }),
    ...(features !== undefined && { 'os.features': features }),
  };
}

/** `os/architecture[/variant]`, as people write it. */
export function formatPlatform({ os, architecture, variant }: Platform): string {
  return variant ? `${os}/${architecture}/${variant}` : `${os}/${architecture}`;
}
