import type { JsonObject, JsonValue } from '@berth/oci';
import { limits } from './limits.ts';

/**
 * Metadata as it can be stored: at most 256 KiB of JSON, no NUL and no half of a surrogate pair,
 * which PostgreSQL's jsonb refuses. Too much of it loses its largest members, those of `config`
 * (where an image has its labels and environment) before `config` itself.
 */
export function reduceAttrs(attrs: JsonObject): JsonObject {
  const clean = cleanObject(attrs);
  let excess = sizeOf(clean) - limits.extraAttrs;
  if (excess <= 0) return clean;
  const { config } = clean;
  if (isObject(config)) excess = dropLargest(config, excess);
  dropLargest(clean, excess);
  return clean;
}

/** Drops members, the largest first, until so many bytes are gone; returns what is still too much. */
function dropLargest(object: JsonObject, excess: number): number {
  let left = excess;
  const members = Object.entries(object)
    .map(([key, value]) => ({ key, size: sizeOf({ [key]: value }) }))
    .toSorted((a, b) => b.size - a.size);
  for (const { key, size } of members) {
    if (left <= 0) break;
    Reflect.deleteProperty(object, key);
    // Without the braces; what a comma takes is for the good.
    left -= size - 2;
  }
  return left;
}

function sizeOf(value: JsonValue): number {
  return Buffer.byteLength(JSON.stringify(value));
}

// Depth is bounded by whoever parsed it.
function clean(value: JsonValue): JsonValue {
  if (typeof value === 'string') return cleanText(value);
  if (Array.isArray(value)) return value.map(clean);
  return isObject(value) ? cleanObject(value) : value;
}

function cleanObject(object: JsonObject): JsonObject {
  const entries = Object.entries(object);
  return Object.fromEntries(entries.map(([key, value]) => [cleanText(key), clean(value)]));
}

function cleanText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\u{fffd}');
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
