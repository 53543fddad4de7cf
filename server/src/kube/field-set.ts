import { isJsonObject, type JsonObject } from './json.ts';

/** Leaves of a document, by their paths; keys are joined by NUL, which no key has. */
export type FieldSet = ReadonlySet<string>;

const SEPARATOR = '\0';

/** Leaves with their values. A list is one leaf, an empty object none. */
export function leavesOf(document: JsonObject): Map<string, unknown> {
  const leaves = new Map<string, unknown>();
  collect(document, '', leaves);
  return leaves;
}

function collect(document: JsonObject, prefix: string, leaves: Map<string, unknown>): void {
  for (const [key, value] of Object.entries(document)) {
    if (value === undefined || value === null) continue;
    if (isJsonObject(value)) collect(value, `${prefix}${key}${SEPARATOR}`, leaves);
    else leaves.set(prefix + key, value);
  }
}

/** As Kubernetes writes it: `{"f:spec":{"f:name":{}}}`. */
export function presentFields(fields: FieldSet): JsonObject {
  const root: Record<string, unknown> = {};
  for (const path of [...fields].toSorted()) {
    let at = root;
    for (const key of path.split(SEPARATOR)) {
      const inner = at[`f:${key}`];
      const next: Record<string, unknown> = isRecord(inner) ? inner : {};
      at[`f:${key}`] = next;
      at = next;
    }
  }
  return root;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return isJsonObject(value);
}

/** Members of lists (`k:`, `v:`) count as the list. */
export function parseFields(fields: unknown): Set<string> {
  const found = new Set<string>();
  parseInto(fields, [], found);
  return found;
}

function parseInto(fields: unknown, path: readonly string[], found: Set<string>): void {
  const inner = isJsonObject(fields) ? Object.entries(fields) : [];
  const named = inner.filter(([key]) => key.startsWith('f:'));
  if (named.length === 0 && path.length > 0) found.add(path.join(SEPARATOR));
  for (const [key, value] of named) parseInto(value, [...path, key.slice(2)], found);
}

/** `.spec.name`, as errors have it. */
export function presentPath(path: string): string {
  return `.${path.replaceAll(SEPARATOR, '.')}`;
}

/** Whether one of them is, contains or is part of the other. */
export function overlaps(a: string, b: string): boolean {
  return a === b || a.startsWith(b + SEPARATOR) || b.startsWith(a + SEPARATOR);
}

/** The document without the leaf at `path`, and without objects that become empty by it. */
export function removeLeaf(document: JsonObject, path: string): JsonObject {
  return removeAt(document, path.split(SEPARATOR)) ?? {};
}

function removeAt(document: JsonObject, path: readonly string[]): JsonObject | undefined {
  const [key, ...rest] = path;
  const entries = Object.entries(document).flatMap(([name, value]): [string, unknown][] => {
    if (name !== key) return [[name, value]];
    if (rest.length === 0) return [];
    const inner = isJsonObject(value) ? removeAt(value, rest) : value;
    return inner === undefined ? [] : [[name, inner]];
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
