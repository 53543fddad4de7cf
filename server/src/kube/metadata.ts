import { isJsonObject, type JsonObject, property } from './json.ts';
import type { ObjectMeta } from './object.ts';
import { isLabelKey, isLabelValue } from './selectors.ts';
import type { Cause } from './status-error.ts';
import { badRequest } from './status-errors.ts';

const MAX_METADATA_BYTES = 256 * 1024;
const NAME = /^[a-z\d](?:[-a-z\d]*[a-z\d])?(?:\.[a-z\d](?:[-a-z\d]*[a-z\d])?)*$/;
const MAX_NAME = 253;

/** What a client may say of an object's metadata. Everything else is the server's. */
export interface GivenMeta {
  readonly name: string;
  readonly generateName: string | undefined;
  readonly namespace: string | undefined;
  readonly uid: string | undefined;
  readonly resourceVersion: string | undefined;
  readonly labels: Readonly<Record<string, string>> | undefined;
  readonly annotations: Readonly<Record<string, string>> | undefined;
  readonly finalizers: readonly string[] | undefined;
  readonly ownerReferences: readonly unknown[] | undefined;
  /** Given as an empty list: forget who owns which field. */
  readonly clearsManagers: boolean;
}

/** @throws StatusError 400 for values of another type than Kubernetes has */
export function parseMetadata(body: JsonObject): GivenMeta {
  const given = property(body, 'metadata') ?? {};
  if (!isJsonObject(given)) throw badRequest('metadata: must be an object');
  const managers = property(given, 'managedFields');
  return {
    name: text(given, 'name') ?? '',
    generateName: text(given, 'generateName'),
    namespace: text(given, 'namespace'),
    uid: text(given, 'uid'),
    resourceVersion: text(given, 'resourceVersion'),
    labels: texts(given, 'labels'),
    annotations: texts(given, 'annotations'),
    finalizers: list(given, 'finalizers', (item): item is string => typeof item === 'string'),
    ownerReferences: list(given, 'ownerReferences', isJsonObject),
    clearsManagers: Array.isArray(managers) && managers.length <= 1 && isNothing(managers[0]),
  };
}

/** Kubernetes also takes a list of one empty entry. */
function isNothing(entry: unknown): boolean {
  return entry === undefined || (isJsonObject(entry) && Object.keys(entry).length === 0);
}

function text(given: JsonObject, key: string): string | undefined {
  const value = property(given, key);
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string') throw badRequest(`metadata.${key}: must be a string`);
  return value;
}

function texts(given: JsonObject, key: string): Record<string, string> | undefined {
  const value = property(given, key);
  if (value === undefined || value === null) return undefined;
  if (!isJsonObject(value)) throw badRequest(`metadata.${key}: must be an object`);
  const entries = Object.keys(value).map((name): [string, string] => {
    const inner = property(value, name);
    if (typeof inner !== 'string') throw badRequest(`metadata.${key}.${name}: must be a string`);
    return [name, inner];
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function list<T>(
  given: JsonObject,
  key: string,
  is: (item: unknown) => item is T,
): readonly T[] | undefined {
  const value = property(given, key);
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value) || !value.every(is)) {
    throw badRequest(`metadata.${key}: must be a list of the right items`);
  }
  return value.length === 0 ? undefined : value;
}

/** The part of metadata that clients own; absent rather than empty. */
export function clientMeta({ labels, annotations, finalizers, ownerReferences }: GivenMeta) {
  return {
    ...(labels !== undefined && { labels }),
    ...(annotations !== undefined && { annotations }),
    ...(finalizers !== undefined && { finalizers }),
    ...(ownerReferences !== undefined && { ownerReferences }),
  };
}

/** Standard rules of names, labels and annotations. */
export function findMetadataCauses(metadata: ObjectMeta, isNamedByClient: boolean): Cause[] {
  return [
    ...(isNamedByClient ? nameCauses(metadata.name) : []),
    ...labelCauses(metadata.labels ?? {}),
    ...annotationCauses(metadata.annotations ?? {}),
    ...finalizerCauses(metadata.finalizers ?? []),
  ];
}

function nameCauses(name: string): Cause[] {
  if (name === '') {
    const message = 'Required value: name or generateName is required';
    return [{ reason: 'FieldValueRequired', field: 'metadata.name', message }];
  }
  if (name.length <= MAX_NAME && NAME.test(name)) return [];
  const rule =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or " +
    "'.', and must start and end with an alphanumeric character";
  return [wrong('metadata.name', name, rule)];
}

function labelCauses(labels: Readonly<Record<string, string>>): Cause[] {
  return Object.entries(labels).flatMap(([key, value]) => [
    ...(isLabelKey(key) ? [] : [wrong('metadata.labels', key, KEY_RULE)]),
    ...(isLabelValue(value) ? [] : [wrong('metadata.labels', value, VALUE_RULE)]),
  ]);
}

function annotationCauses(annotations: Readonly<Record<string, string>>): Cause[] {
  const causes = Object.keys(annotations)
    .filter((key) => !isLabelKey(key))
    .map((key) => wrong('metadata.annotations', key, KEY_RULE));
  const bytes = Object.entries(annotations).reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value),
    0,
  );
  if (bytes <= MAX_METADATA_BYTES) return causes;
  const message = `Too long: must have at most ${MAX_METADATA_BYTES} bytes`;
  return [...causes, { reason: 'FieldValueInvalid', field: 'metadata.annotations', message }];
}

function finalizerCauses(finalizers: readonly string[]): Cause[] {
  return finalizers
    .filter((name) => !isLabelKey(name))
    .map((name) => wrong('metadata.finalizers', name, KEY_RULE));
}

const KEY_RULE =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end " +
  'with an alphanumeric character';
const VALUE_RULE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', " +
  'and must start and end with an alphanumeric character';

function wrong(field: string, value: string, rule: string): Cause {
  const message = `Invalid value: ${JSON.stringify(value)}: ${rule}`;
  return { reason: 'FieldValueInvalid', field, message };
}
