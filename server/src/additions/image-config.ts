import type { JsonObject, JsonValue } from '@berth/oci';
import type { BuildStep, ImageConfig } from '../artifacts/index.ts';
import { isObject, parseConfig, timeOf } from './config.ts';

/** Of each list, and of characters: what is beyond is left out. */
const MAX_ITEMS = 1000;
const MAX_STEPS = 10_000;
const MAX_WORD = 255;
const MAX_TEXT = 4096;

/**
 * What an image's config says.
 *
 * @throws ContentRefusal unprocessable when the config is no strict JSON object
 */
export function imageConfigOf(bytes: Uint8Array): ImageConfig {
  const image = parseConfig(bytes);
  const config = isObject(image['config']) ? image['config'] : {};
  return {
    os: wordOf(image['os']),
    architecture: wordOf(image['architecture']),
    variant: wordOf(image['variant']),
    created: instantOf(image['created']),
    author: wordOf(image['author']),
    user: wordOf(config['User']),
    workingDir: textOf(config['WorkingDir']),
    stopSignal: wordOf(config['StopSignal']),
    env: textsOf(config['Env']),
    entrypoint: textsOf(config['Entrypoint']),
    cmd: textsOf(config['Cmd']),
    exposedPorts: keysOf(config['ExposedPorts']),
    volumes: keysOf(config['Volumes']),
    labels: labelsOf(config['Labels']),
    history: stepsOf(image['history']),
  };
}

function stepsOf(value: JsonValue | undefined): BuildStep[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, MAX_STEPS).flatMap((step) => (isObject(step) ? [stepOf(step)] : []));
}

function stepOf(step: JsonObject): BuildStep {
  return {
    created: instantOf(step['created']),
    createdBy: textOf(step['created_by']) ?? '',
    comment: textOf(step['comment']),
    isEmpty: step['empty_layer'] === true,
  };
}

function wordOf(value: JsonValue | undefined): string | undefined {
  return cut(value, MAX_WORD);
}

function textOf(value: JsonValue | undefined): string | undefined {
  return cut(value, MAX_TEXT);
}

function cut(value: JsonValue | undefined, maximum: number): string | undefined {
  if (typeof value !== 'string' || value === '') return undefined;
  return value.slice(0, maximum).toWellFormed();
}

/** In UTC; undefined also for what no other reader may take for a time. */
function instantOf(value: JsonValue | undefined): string | undefined {
  const text = timeOf(value);
  const instant = text === null ? undefined : new Date(text).toISOString();
  return instant !== undefined && /^\d{4}-/.test(instant) ? instant : undefined;
}

function textsOf(value: JsonValue | undefined): string[] {
  return Array.isArray(value)
    ? value.slice(0, MAX_ITEMS).flatMap((item) => textOf(item) ?? [])
    : [];
}

function keysOf(value: JsonValue | undefined): string[] {
  return isObject(value) ? textsOf(Object.keys(value)) : [];
}

function labelsOf(value: JsonValue | undefined): Record<string, string> {
  if (!isObject(value)) return {};
  const labels = Object.entries(value).slice(0, MAX_ITEMS);
  return Object.fromEntries(
    labels.flatMap(([key, text]) =>
      typeof text === 'string' ? [[wordOf(key) ?? '', textOf(text) ?? '']] : [],
    ),
  );
}
