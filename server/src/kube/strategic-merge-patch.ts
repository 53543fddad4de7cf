import { isJsonObject, type JsonObject, property } from './json.ts';
import { badRequest } from './status-errors.ts';

const DELETE_FROM = '$deleteFromPrimitiveList/';

/**
 * A document after Kubernetes' strategic merge patch. Objects are merged, lists are replaced, but
 * for metadata.finalizers (a set) and metadata.ownerReferences (merged by uid).
 * @throws StatusError 400
 */
export function applyStrategicMergePatch(document: JsonObject, patch: unknown): JsonObject {
  if (!isJsonObject(patch)) throw badRequest('a strategic merge patch must be an object');
  return mergeObject(document, patch, '') ?? {};
}

/** Undefined: the object goes away. */
function mergeObject(
  document: JsonObject,
  patch: JsonObject,
  path: string,
): JsonObject | undefined {
  const directive = property(patch, '$patch');
  if (directive === 'delete') return undefined;
  if (directive === 'replace') return plain(patch);
  if (directive !== undefined && directive !== 'merge') {
    throw badRequest(`Unknown patch type found: ${JSON.stringify(directive)}`);
  }
  const merged = new Map(Object.entries(retained(document, patch)));
  for (const [key, change] of Object.entries(patch)) {
    if (key.startsWith(DELETE_FROM)) removeItems(merged, key.slice(DELETE_FROM.length), change);
    // Among them $setElementOrder/…: no list here has an order of its own to keep.
    if (key.startsWith('$')) continue;
    const value = mergeValue(merged.get(key), change, path === '' ? key : `${path}.${key}`);
    if (value === undefined) merged.delete(key);
    else merged.set(key, value);
  }
  return Object.fromEntries(merged);
}

function mergeValue(current: unknown, change: unknown, path: string): unknown {
  if (change === null) return undefined;
  if (isJsonObject(change)) {
    return mergeObject(isJsonObject(current) ? current : {}, change, path);
  }
  if (!Array.isArray(change)) return change;
  if (path === 'metadata.finalizers') return mergeSet(current, change);
  return path === 'metadata.ownerReferences' ? mergeByUid(current, change) : change;
}

function retained(document: JsonObject, patch: JsonObject): JsonObject {
  const keys = property(patch, '$retainKeys');
  if (keys === undefined) return document;
  if (!Array.isArray(keys)) throw badRequest('$retainKeys: must be a list');
  return Object.fromEntries(Object.entries(document).filter(([key]) => keys.includes(key)));
}

function plain(patch: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(patch).filter(([key, value]) => !key.startsWith('$') && value !== null),
  );
}

function removeItems(merged: Map<string, unknown>, key: string, gone: unknown): void {
  const current = merged.get(key);
  if (!Array.isArray(current) || !Array.isArray(gone)) return;
  merged.set(
    key,
    current.filter((item) => !gone.includes(item)),
  );
}

function mergeSet(current: unknown, added: readonly unknown[]): unknown[] {
  return [...new Set([...(Array.isArray(current) ? current : []), ...added])];
}

function mergeByUid(current: unknown, changes: readonly unknown[]): unknown[] {
  const items = new Map<unknown, JsonObject>();
  for (const item of Array.isArray(current) ? current : []) {
    if (isJsonObject(item)) items.set(item['uid'], item);
  }
  for (const change of changes) {
    if (!isJsonObject(change)) throw badRequest('metadata.ownerReferences: must be objects');
    if (property(change, '$patch') === 'replace') {
      return changes.filter((each) => isJsonObject(each) && !Object.hasOwn(each, '$patch'));
    }
    const uid = property(change, 'uid');
    const merged = mergeObject(items.get(uid) ?? {}, change, 'metadata.ownerReferences[]');
    if (merged === undefined) items.delete(uid);
    else items.set(uid, merged);
  }
  return [...items.values()];
}
