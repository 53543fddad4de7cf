import { type JsonObject, type JsonValue, parseStrictJson } from '@berth/oci';
import { ContentRefusal, type Document, jsonDocument } from '../archives/index.ts';
import { limits } from './limits.ts';
import { reduceAttrs } from './reduced-attrs.ts';

/** How metadata is taken from a config (Harbor's §4.3). Crosses threads. */
export interface ConfigRules {
  /** An image's known fields, or everything. */
  readonly take: 'image' | 'all';
  /** Labels that name the author when the config does not, the first one first. */
  readonly authorLabels: readonly string[];
  /** Members that the manifest asks to leave out. */
  readonly skip: readonly string[];
}

/** The fields of an image's `config` (image-spec, "Image Configuration") by their JSON types. */
const imageConfigFields: Readonly<Record<string, 'text' | 'texts' | 'object' | 'flag'>> = {
  User: 'text',
  ExposedPorts: 'object',
  Env: 'texts',
  Entrypoint: 'texts',
  Cmd: 'texts',
  Volumes: 'object',
  WorkingDir: 'text',
  Labels: 'object',
  StopSignal: 'text',
  ArgsEscaped: 'flag',
};

/**
 * The metadata in a config, at most 256 KiB of JSON (see {@link reduceAttrs}).
 *
 * @throws ContentRefusal unprocessable when the config is no strict JSON object
 */
export function attrsOf(config: Uint8Array, { take, authorLabels, skip }: ConfigRules): JsonObject {
  const all = parseConfig(config);
  const attrs = take === 'all' ? all : imageAttrs(all, authorLabels);
  const skipped = new Set(skip);
  const kept = Object.entries(attrs).filter(([key]) => !skipped.has(key));
  return reduceAttrs(Object.fromEntries(kept));
}

/** The `history` of an image's config as JSON. Throws as {@link attrsOf}. */
export function historyOf(config: Uint8Array): Document {
  const { history } = parseConfig(config);
  return jsonDocument(Array.isArray(history) ? history : []);
}

/** Throws as {@link attrsOf}. */
export function parseConfig(bytes: Uint8Array): JsonObject {
  // Harbor, too, takes a config of no bytes for an empty one.
  if (bytes.length === 0) return {};
  const value = parseJson(bytes);
  if (!isObject(value)) throw unreadable();
  return value;
}

function parseJson(bytes: Uint8Array): JsonValue {
  try {
    return parseStrictJson(bytes, { maxDepth: limits.depth });
  } catch {
    throw unreadable();
  }
}

function imageAttrs(image: JsonObject, authorLabels: readonly string[]): JsonObject {
  const config = imageConfigOf(image['config']);
  return {
    created: timeOf(image['created']),
    architecture: textOf(image['architecture']),
    os: textOf(image['os']),
    config,
    author: textOf(image['author']) || authorOf(config['Labels'], authorLabels),
  };
}

/** Fields of another type than they should be are left out, as are those the spec does not know. */
function imageConfigOf(value: JsonValue | undefined): JsonObject {
  if (!isObject(value)) return {};
  const known = Object.entries(imageConfigFields).filter(([key, type]) => {
    return Object.hasOwn(value, key) && isOf(type, value[key]);
  });
  return Object.fromEntries(known.map(([key]) => [key, value[key] ?? null]));
}

/** Whether it has the type, and says anything: what is empty is left out. */
function isOf(type: 'text' | 'texts' | 'object' | 'flag', value: JsonValue | undefined): boolean {
  switch (type) {
    case 'text':
      return typeof value === 'string' && value !== '';
    case 'flag':
      return value === true;
    case 'texts':
      return (
        Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string')
      );
    case 'object':
      return isObject(value) && Object.keys(value).length > 0;
  }
}

function authorOf(labels: JsonValue | undefined, names: readonly string[]): string {
  if (!isObject(labels)) return '';
  const named = names.filter((name) => Object.hasOwn(labels, name));
  return named.map((name) => textOf(labels[name])).find((author) => author !== '') ?? '';
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** RFC 3339, as it was written. */
export function timeOf(value: JsonValue | undefined): string | null {
  if (typeof value !== 'string' || value.length > 64) return null;
  return /^\d{4}-\d{2}-\d{2}T/.test(value) && !Number.isNaN(Date.parse(value)) ? value : null;
}

/** Whether the value is an object of JSON. */
export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unreadable(): ContentRefusal {
  return new ContentRefusal('unprocessable', 'the config of the artifact cannot be read');
}
