import { isJsonObject, type JsonObject, property } from './json.ts';
import { badRequest } from './status-errors.ts';

/** A document after a JSON Merge Patch (RFC 7386). @throws StatusError 400 */
export function applyMergePatch(document: JsonObject, patch: unknown): JsonObject {
  if (!isJsonObject(patch)) throw badRequest('a merge patch must be an object');
  const merged = new Map(Object.entries(document));
  for (const [key, change] of Object.entries(patch)) {
    if (change === null) merged.delete(key);
    else if (isJsonObject(change)) {
      const inner = property(document, key);
      merged.set(key, applyMergePatch(isJsonObject(inner) ? inner : {}, change));
    } else merged.set(key, change);
  }
  return Object.fromEntries(merged);
}
