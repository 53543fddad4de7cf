/** A JSON object as it was parsed; no key is `__proto__` (request bodies are refused with it). */
export type JsonObject = { readonly [key: string]: unknown };

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An own property; undefined for anything inherited. */
export function property(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** A property that is an object, or an empty one. */
export function objectAt(object: JsonObject, key: string): JsonObject {
  const value = property(object, key);
  return isJsonObject(value) ? value : {};
}

export function textAt(object: JsonObject, key: string): string | undefined {
  const value = property(object, key);
  return typeof value === 'string' ? value : undefined;
}

/** Whether two JSON values are the same, whatever the order of their keys; undefined is absent. */
export function equalJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) {
    return (
      Array.isArray(b) && a.length === b.length && a.every((item, at) => equalJson(item, b[at]))
    );
  }
  if (!isJsonObject(a) || !isJsonObject(b)) return false;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => equalJson(property(a, key), property(b, key)));
}

export function without(object: JsonObject, ...keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}

/** Why a value cannot be kept or is meant to do harm; undefined when it is fine. */
export function findJsonFault(value: unknown, maxDepth: number): string | undefined {
  if (typeof value === 'string') return findTextFault(value);
  if (typeof value !== 'object' || value === null) return undefined;
  if (maxDepth === 0) return 'the document is nested too deeply';
  if (Array.isArray(value)) return firstFault(value, maxDepth - 1);
  if (!isJsonObject(value)) return 'the document has a value that JSON does not have';
  for (const [key, inner] of Object.entries(value)) {
    if (key === '__proto__') return 'a field may not be named __proto__';
    const fault = findTextFault(key) ?? findJsonFault(inner, maxDepth - 1);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function firstFault(values: readonly unknown[], maxDepth: number): string | undefined {
  for (const value of values) {
    const fault = findJsonFault(value, maxDepth);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** PostgreSQL's jsonb holds neither. */
function findTextFault(text: string): string | undefined {
  return text.includes('\0') || !text.isWellFormed()
    ? 'the document has text that is no valid Unicode, or the character U+0000'
    : undefined;
}
