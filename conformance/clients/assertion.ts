/** @throws Error with both values when they differ */
export function assertEqual<T>(actual: T, expected: T, what: string): void {
  const [got, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (got !== wanted) throw new Error(`${what}: expected ${wanted}, got ${got}`);
}

/** @throws Error when `text` does not contain `part` */
export function assertIncludes(text: string, part: string, what: string): void {
  if (!text.includes(part)) throw new Error(`${what}: no ${part} in\n${text}`);
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
