import { leavesOf, overlaps, presentPath, removeLeaf } from './field-set.ts';
import { equalJson, isJsonObject, type JsonObject, property } from './json.ts';
import { disown, type Manager, ownable, parseManagers, type Writer } from './managed-fields.ts';
import type { KubeObject } from './object.ts';
import { type Cause, StatusError } from './status-error.ts';

export interface Applied {
  readonly document: JsonObject;
  readonly managers: readonly Manager[];
}

/**
 * Kubernetes' server-side apply: the live object with what the configuration says, without what
 * this manager applied before and says no more. `live` undefined: there is none yet.
 * @throws StatusError 409 with a cause for each field that another manager owns
 */
export function applyConfiguration(
  live: KubeObject | undefined,
  configuration: JsonObject,
  { name, subresource, time }: Writer,
  { apiVersion, force }: { readonly apiVersion: string; readonly force: boolean },
): Applied {
  const said = withoutNulls(ownable(configuration, subresource));
  const applied = leavesOf(said);
  const managers = live === undefined ? [] : parseManagers(live);
  const isMine = (each: Manager) =>
    each.name === name && each.operation === 'Apply' && each.subresource === subresource;
  const others = managers.filter((each) => !isMine(each));
  const present = live === undefined ? {} : Object.fromEntries(Object.entries(live));
  const changed = findChanged(leavesOf(present), applied);
  const conflicts = others.flatMap((manager) => findConflicts(manager, changed));
  if (conflicts.length > 0 && !force) throw conflicting(conflicts);
  const dropped = [...(managers.find(isMine)?.fields ?? [])].filter(
    (path) => !applied.has(path) && !others.some((other) => other.fields.has(path)),
  );
  const bare = dropped.reduce(removeLeaf, present);
  const mine = { name, subresource, time, apiVersion, operation: 'Apply' } as const;
  return {
    document: overlay(bare, said),
    managers: [
      ...others.map((each) => disown(each, changed)),
      { ...mine, fields: new Set(applied.keys()) },
    ],
  };
}

/** Applied leaves whose value is not there yet. */
function findChanged(
  present: ReadonlyMap<string, unknown>,
  applied: ReadonlyMap<string, unknown>,
): string[] {
  return [...applied.keys()].filter((path) => !equalJson(present.get(path), applied.get(path)));
}

interface FieldConflict {
  readonly path: string;
  readonly manager: Manager;
}

function findConflicts(manager: Manager, changed: readonly string[]): FieldConflict[] {
  return changed
    .filter((path) => [...manager.fields].some((owned) => overlaps(owned, path)))
    .map((path) => ({ path, manager }));
}

function conflicting(conflicts: readonly FieldConflict[]): StatusError {
  const causes = conflicts.map(({ path, manager }): Cause => {
    const { name, subresource, apiVersion } = manager;
    const where = subresource === '' ? '' : ` with subresource "${subresource}"`;
    const message = `conflict with "${name}"${where} using ${apiVersion}`;
    return { reason: 'FieldManagerConflict', message, field: presentPath(path) };
  });
  const count = `${causes.length} conflict${causes.length === 1 ? '' : 's'}`;
  const list = causes.map(({ message, field }) => `${message}: ${field}`).join('\n');
  return new StatusError(409, 'Conflict', `Apply failed with ${count}: ${list}`, {
    details: { causes },
  });
}

function overlay(document: JsonObject, over: JsonObject): JsonObject {
  const merged = new Map(Object.entries(document));
  for (const [key, value] of Object.entries(over)) {
    const inner = property(document, key);
    merged.set(key, isJsonObject(value) && isJsonObject(inner) ? overlay(inner, value) : value);
  }
  return Object.fromEntries(merged);
}

function withoutNulls(document: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(document)
      .filter(([, value]) => value !== null && value !== undefined)
      .map(([key, value]) => [key, isJsonObject(value) ? withoutNulls(value) : value]),
  );
}
