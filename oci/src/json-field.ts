import { OciError } from './error-code.ts';
import { elementPath, type JsonObject, type JsonValue, memberPath } from './json-value.ts';

/** The error of a document whose value at the JSON path is not what it must be. */
export function invalidField(where: string, problem: string): OciError {
  return new OciError('MANIFEST_INVALID', `${where} ${problem}`);
}

/** The value as an object. Throws MANIFEST_INVALID. */
export function parseObject(value: JsonValue | undefined, where: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidField(where, 'must be an object');
  }
  return value;
}

/** The value as an array. Throws MANIFEST_INVALID. */
export function parseArray(value: JsonValue | undefined, where: string): JsonValue[] {
  if (!Array.isArray(value)) throw invalidField(where, 'must be an array');
  return value;
}

/** The value as text that databases and headers can hold: well-formed, no NUL. Throws MANIFEST_INVALID. */
export function parseText(value: JsonValue | undefined, where: string): string {
  if (typeof value !== 'string') throw invalidField(where, 'must be a string');
  if (value.includes('\0') || !value.isWellFormed()) {
    throw invalidField(where, 'must not contain NUL or half a surrogate pair');
  }
  return value;
}

/** The value as an array of texts. Throws MANIFEST_INVALID. */
export function parseTexts(value: JsonValue, where: string): string[] {
  return parseArray(value, where).map((item, index) => parseText(item, elementPath(where, index)));
}

/** The value as a map of texts, without prototype. Throws MANIFEST_INVALID. */
export function parseTextMap(value: JsonValue, where: string): Record<string, string> {
  const texts: Record<string, string> = Object.create(null);
  for (const [key, text] of Object.entries(parseObject(value, where))) {
    const path = memberPath(where, key);
    texts[parseText(key, path)] = parseText(text, path);
  }
  return texts;
}

/** The object's own member, or undefined if it is absent or null, which Go writes for an unset field. */
export function findMember(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? (object[key] ?? undefined) : undefined;
}

/** An optional member put through a parser: undefined if absent or null. Throws what the parser throws. */
export function parseMember<T>(
  object: JsonObject,
  key: string,
  where: string,
  parse: (value: JsonValue, where: string) => T,
): T | undefined {
  const value = findMember(object, key);
  return value === undefined ? undefined : parse(value, memberPath(where, key));
}

/** Known field names with their folded spellings, for {@link refuseMisspelledFields}. */
export type FieldNames = ReadonlyMap<string, string>;

export function foldFieldNames(names: readonly string[]): FieldNames {
  return new Map(names.map((name) => [foldCase(name), name]));
}

/**
 * Refuses a key that differs from a known field only in case: Go's decoder takes
 * `Manifests` for `manifests`, so clients would read another document than we do.
 * Throws MANIFEST_INVALID.
 */
export function refuseMisspelledFields(object: JsonObject, known: FieldNames, where: string): void {
  for (const key of Object.keys(object)) {
    const name = known.get(foldCase(key));
    if (name !== undefined && name !== key) {
      throw invalidField(memberPath(where, key), `must be spelled ${JSON.stringify(name)}`);
    }
  }
}

// Both directions, because Go also folds U+017F to s and U+212A to k.
function foldCase(text: string): string {
  return text.toUpperCase().toLowerCase();
}
