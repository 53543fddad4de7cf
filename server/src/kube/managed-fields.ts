import { leavesOf, overlaps, parseFields, presentFields } from './field-set.ts';
import { equalJson, isJsonObject, type JsonObject, objectAt, textAt, without } from './json.ts';
import type { KubeObject } from './object.ts';

/** What one manager owns, by one kind of writing (Kubernetes' ManagedFieldsEntry). */
export interface Manager {
  readonly name: string;
  readonly operation: 'Apply' | 'Update';
  readonly subresource: string;
  readonly apiVersion: string;
  readonly time: string;
  readonly fields: ReadonlySet<string>;
}

/** Who writes. */
export type Writer = Pick<Manager, 'name' | 'subresource' | 'time'>;

const MAX_UPDATERS = 10;

export function parseManagers({ metadata }: KubeObject): readonly Manager[] {
  return (metadata.managedFields ?? []).filter(isJsonObject).map((entry) => ({
    name: textAt(entry, 'manager') ?? '',
    operation: textAt(entry, 'operation') === 'Apply' ? 'Apply' : 'Update',
    subresource: textAt(entry, 'subresource') ?? '',
    apiVersion: textAt(entry, 'apiVersion') ?? '',
    time: textAt(entry, 'time') ?? '',
    fields: parseFields(entry['fieldsV1']),
  }));
}

/** The object with these managers; those that own nothing are left out. */
export function withManagers(object: KubeObject, managers: readonly Manager[]): KubeObject {
  const { managedFields: _old, ...metadata } = object.metadata;
  const entries = managers
    .filter(({ fields }) => fields.size > 0)
    .map(({ name, operation, subresource, apiVersion, time, fields }) => ({
      manager: name,
      operation,
      apiVersion,
      time,
      fieldsType: 'FieldsV1',
      fieldsV1: presentFields(fields),
      ...(subresource !== '' && { subresource }),
    }));
  const managed = entries.length === 0 ? {} : { managedFields: entries };
  return { ...object, metadata: { ...metadata, ...managed } };
}

const OWNED_METADATA = ['labels', 'annotations', 'finalizers', 'ownerReferences'];

/** The part of an object that managers can own by writing to this sub-resource. */
export function ownable(object: object, subresource: string): JsonObject {
  const document = Object.fromEntries(Object.entries(object));
  if (subresource !== '') {
    const key = subresource === 'status' ? 'status' : 'spec';
    return { [key]: document[key] };
  }
  const metadata = objectAt(document, 'metadata');
  return {
    ...without(document, 'apiVersion', 'kind', 'metadata', 'status'),
    metadata: Object.fromEntries(
      Object.entries(metadata).filter(([key]) => OWNED_METADATA.includes(key)),
    ),
  };
}

/**
 * `next` with the fields that differ from `old` (undefined: it is new) owned by who wrote them,
 * by anything but a server-side apply.
 */
export function trackUpdate(
  old: KubeObject | undefined,
  next: KubeObject,
  writer: Writer,
): KubeObject {
  const before = leavesOf(old === undefined ? {} : ownable(old, writer.subresource));
  const after = leavesOf(ownable(next, writer.subresource));
  const changed = [...after.keys()].filter((path) => !equalJson(before.get(path), after.get(path)));
  const removed = [...before.keys()].filter((path) => !after.has(path));
  const managers = parseManagers(next);
  if (changed.length === 0 && removed.length === 0) return next;
  const others = managers.map((each) => disown(each, [...changed, ...removed]));
  const isMine = (each: Manager) =>
    each.name === writer.name &&
    each.operation === 'Update' &&
    each.subresource === writer.subresource;
  const mine = new Set([...(others.find(isMine)?.fields ?? []), ...changed]);
  const { apiVersion } = next;
  return withManagers(
    next,
    merged([
      ...others.filter((each) => !isMine(each)),
      { ...writer, operation: 'Update', apiVersion, fields: mine },
    ]),
  );
}

/** The manager without these fields. */
export function disown(manager: Manager, paths: readonly string[]): Manager {
  const lost = new Set(paths);
  const isKept = (field: string) =>
    !lost.has(field) && !paths.some((path) => path !== field && overlaps(path, field));
  return { ...manager, fields: new Set([...manager.fields].filter(isKept)) };
}

/** Ever new names of updaters must not make the object grow; the oldest become one. */
function merged(managers: readonly Manager[]): readonly Manager[] {
  const updaters = managers.filter(({ operation }) => operation === 'Update');
  const [first, ...rest] = updaters.slice(0, Math.max(0, updaters.length - MAX_UPDATERS) + 1);
  if (first === undefined || rest.length === 0) return managers;
  const fields = new Set([first, ...rest].flatMap((each) => [...each.fields]));
  const ancient = { ...first, name: 'ancient-changes', subresource: '', fields };
  return [ancient, ...managers.filter((each) => each !== first && !rest.includes(each))];
}
