import { randomUUID } from 'node:crypto';
import { equalJson, isJsonObject, type JsonObject, property, without } from './json.ts';
import { timestamp } from './kube-objects.ts';
import { type Manager, type Writer, withManagers } from './managed-fields.ts';
import { clientMeta, type GivenMeta } from './metadata.ts';
import type { KubeObject, ObjectKey, ObjectMeta } from './object.ts';
import { makeName } from './object-names.ts';
import type { ResourceDefinition } from './resource.ts';
import { badRequest } from './status-errors.ts';
import type { WriteCall } from './write-call.ts';

/** Metadata without what clients own. */
export function serverOwned(metadata: ObjectMeta): ObjectMeta {
  const {
    labels: _labels,
    annotations: _annotations,
    finalizers: _finalizers,
    ownerReferences: _ownerReferences,
    ...owned
  } = metadata;
  return owned;
}

export function writerOf({ manager, subresource }: WriteCall): Writer {
  return { name: manager, subresource, time: timestamp() };
}

export function newMeta(
  definition: ResourceDefinition,
  key: ObjectKey,
  given: GivenMeta,
): ObjectMeta {
  const { namePrefix, namespaced } = definition;
  const { generateName = '' } = given;
  const isGenerated = namePrefix !== undefined || (given.name === '' && generateName !== '');
  const prefix = namePrefix ?? generateName;
  const made = namePrefix === undefined ? makeName(prefix, 5) : makeName(prefix);
  return {
    name: isGenerated ? made : given.name,
    ...(isGenerated && { generateName: prefix }),
    ...(namespaced && { namespace: key.namespace }),
    uid: randomUUID(),
    resourceVersion: '',
    generation: 1,
    creationTimestamp: timestamp(),
    ...clientMeta(given),
  };
}

/** What a later step may not bring back from an older state. */
export function serverMeta({ resourceVersion, deletionTimestamp }: ObjectMeta) {
  return { resourceVersion, ...(deletionTimestamp !== undefined && { deletionTimestamp }) };
}

export function managed(
  old: KubeObject,
  next: KubeObject,
  managers: readonly Manager[],
): KubeObject {
  const same = withManagers(
    next,
    managers.map((each) => ({ ...each, time: '' })),
  );
  const before = (old.metadata.managedFields ?? []).map((entry) => ({
    ...asJson(entry),
    time: '',
  }));
  const after = same.metadata.managedFields ?? [];
  // An apply that changes nothing must not change the times either.
  const isUnchanged = equalJson(sorted(before), sorted(after));
  return isUnchanged
    ? { ...next, metadata: { ...next.metadata, managedFields: old.metadata.managedFields ?? [] } }
    : withManagers(next, managers);
}

function sorted(entries: readonly unknown[]): readonly unknown[] {
  return entries.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

function nameOf(entry: unknown): string {
  const { manager, operation, subresource } = asJson(entry);
  return [manager, operation, subresource].join(' ');
}

export function withGeneration(next: KubeObject, old: KubeObject): KubeObject {
  const isSame = equalJson(contentOf(next), contentOf(old));
  if (isSame) return next;
  const generation = (old.metadata.generation ?? 0) + 1;
  return { ...next, metadata: { ...next.metadata, generation } };
}

function contentOf(object: KubeObject): JsonObject {
  return without(asJson(object), 'metadata', 'status');
}

export function withFinalizers(
  { kind }: ResourceDefinition,
  old: KubeObject,
  content: object,
): KubeObject {
  const before = partOf(old, 'spec');
  const after = property(asJson(content), 'spec');
  if (!isJsonObject(before) || !isJsonObject(after)) throw badRequest(`${kind}: spec is required`);
  const finalizers = property(after, 'finalizers') ?? [];
  return withPart(old, 'spec', { ...before, finalizers });
}

export function partOf(object: KubeObject, part: string): unknown {
  return property(asJson(object), part);
}

export function withPart(object: KubeObject, part: string, value: unknown): KubeObject {
  const { apiVersion, kind, metadata, ...content } = object;
  const rest = without(content, part);
  return { ...rest, ...(value !== undefined && { [part]: value }), apiVersion, kind, metadata };
}

export function withoutStatus({ subresources }: ResourceDefinition, body: unknown): unknown {
  return isJsonObject(body) && subresources.includes('status') ? without(body, 'status') : body;
}

export function asJson(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}
