/** @throws Error with both values when they differ */
export function assertEqual<T>(actual: T, expected: T, what: string): void {
  const [got, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (got !== wanted) throw new Error(`${what}: expected ${wanted}, got ${got}`);
}

/** @throws Error when `text` does not contain `part` */
export function assertIncludes(text: string, part: string, what: string): void {
  if (!text.includes(part)) throw new Error(`${what}: no ${part} in\n${text}`);
}

/** What lies under a path of keys and indexes; undefined when there is nothing. */
export function valueAt(value: unknown, ...path: readonly (string | number)[]): unknown {
  let found = value;
  for (const key of path) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = new Map<string, unknown>(Object.entries(found)).get(String(key));
  }
  return found;
}

/** @throws Error unless it is a list */
export function listAt(value: unknown, ...path: readonly (string | number)[]): unknown[] {
  const found = valueAt(value, ...path);
  if (!Array.isArray(found))
    throw new Error(`no list at ${path.join('.')}: ${JSON.stringify(found)}`);
  return found;
}

/** @throws Error unless it is a text */
export function textAt(value: unknown, ...path: readonly (string | number)[]): string {
  const found = valueAt(value, ...path);
  if (typeof found !== 'string') {
    throw new Error(`no text at ${path.join('.')}: ${JSON.stringify(found)}`);
  }
  return found;
}

/** @throws Error unless it is a number */
export function numberAt(value: unknown, ...path: readonly (string | number)[]): number {
  const found = valueAt(value, ...path);
  if (typeof found !== 'number') {
    throw new Error(`no number at ${path.join('.')}: ${JSON.stringify(found)}`);
  }
  return found;
}

/**
 * The string under a path of keys and indexes in some JSON text.
 *
 * @throws Error when there is none
 */
export function getJsonText(json: string, path: readonly (string | number)[]): string {
  let value: unknown = JSON.parse(json);
  for (const key of path) {
    if (typeof value !== 'object' || value === null) break;
    value = new Map<string, unknown>(Object.entries(value)).get(String(key));
  }
  if (typeof value !== 'string') throw new Error(`no string at ${path.join('.')} of ${json}`);
  return value;
}
