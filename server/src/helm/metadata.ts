import type { ChartMetadata } from './chart-store.ts';
import { chartLimits } from './limits.ts';
import { parseChartVersion } from './versions.ts';

/** What a value of Chart.yaml is read as; undefined when it is not that. */
type Reader = (value: unknown) => unknown;

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

const text: Reader = (value) => (typeof value === 'string' ? value : undefined);
const flag: Reader = (value) => (typeof value === 'boolean' ? value : undefined);
const texts: Reader = (value) =>
  Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined;
const any: Reader = (value) => value;

const maintainer = record({ name: text, email: text, url: text });
const dependency = record({
  name: text,
  version: text,
  repository: text,
  condition: text,
  tags: texts,
  enabled: flag,
  'import-values': any,
  alias: text,
});

/** The fields that Helm knows: with one of another type it would refuse the whole index. */
const fields: Readonly<Record<string, Reader>> = {
  name: text,
  home: text,
  sources: texts,
  version: text,
  description: text,
  keywords: texts,
  maintainers: listOf(maintainer),
  icon: text,
  apiVersion: text,
  condition: text,
  tags: text,
  appVersion: text,
  deprecated: flag,
  annotations: (value) =>
    isRecord(value) && Object.values(value).every((item) => typeof item === 'string')
      ? value
      : undefined,
  kubeVersion: text,
  dependencies: listOf(dependency),
  type: text,
  engine: text,
  tillerVersion: text,
};

/** A chart's metadata, and what is wrong with what it was read from. */
export interface ReadMetadata {
  /** Absent without a name or version that may be. */
  readonly metadata: ChartMetadata | undefined;
  /** Fields that were left out, in sentences. */
  readonly faults: readonly string[];
}

/** Reads what Chart.yaml says, or the config of a chart's manifest. Never throws. */
export function readMetadata(value: unknown): ReadMetadata {
  if (!isRecord(value)) return { metadata: undefined, faults: ['Chart.yaml is no mapping'] };
  const faults: string[] = [];
  const read: Record<string, unknown> = {};
  for (const [name, given] of Object.entries(value)) {
    if (given === null || given === undefined || name === '__proto__') continue;
    const reader = Object.hasOwn(fields, name) ? fields[name] : undefined;
    const taken = reader === undefined ? given : reader(given);
    if (taken === undefined) faults.push(`${name} is not what Helm expects there`);
    else read[name] = taken;
  }
  const { name, version } = read;
  if (!isChartName(name)) {
    faults.push('name must be letters, digits, dots, dashes and underscores');
  } else if (typeof version !== 'string' || parseChartVersion(version) === undefined) {
    faults.push('version must be a semantic version');
  } else {
    return { metadata: { ...read, name, version }, faults };
  }
  return { metadata: undefined, faults };
}

export function isChartName(name: unknown): name is string {
  return typeof name === 'string' && name.length <= chartLimits.nameLength && NAME.test(name);
}

/** What goes into an index: Helm's own fields only, which older ones insist on. */
export function presentMetadata(metadata: ChartMetadata): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(metadata).filter(([name, value]) => {
      const reader = Object.hasOwn(fields, name) ? fields[name] : undefined;
      return reader?.(value) !== undefined;
    }),
  );
}

function record(shape: Readonly<Record<string, Reader>>): Reader {
  return (value) => {
    if (!isRecord(value)) return undefined;
    const read: Record<string, unknown> = {};
    for (const [name, given] of Object.entries(value)) {
      if (given === null) continue;
      const reader = Object.hasOwn(shape, name) ? shape[name] : undefined;
      if (reader === undefined) continue;
      const taken = reader(given);
      if (taken === undefined) return undefined;
      read[name] = taken;
    }
    return read;
  };
}

function listOf(reader: Reader): Reader {
  return (value) => {
    if (!Array.isArray(value)) return undefined;
    const read = value.map(reader);
    return read.includes(undefined) ? undefined : read;
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
