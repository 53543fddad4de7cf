import type { Cause, Column, KubeCaller, KubeObject, KubeVerb } from '../../kube/index.ts';
import { AppError } from '../../lib/index.ts';
import type { ContainerKind, Names } from '../names.ts';
import { LIBRARY } from '../names.ts';
import { causes } from './causes.ts';
import { GROUP, VERSION } from './types.ts';

export const versioned = { group: GROUP, version: VERSION };

export const allVerbs: readonly KubeVerb[] = [
  'create',
  'get',
  'list',
  'watch',
  'update',
  'patch',
  'delete',
  'deletecollection',
];

/** The tenant of what a caller creates; only who is of none may choose (reference §1.4). */
export function tenantFor(sent: string, caller: KubeCaller, defaultTenant: string): string {
  const own = caller.tenantId ?? defaultTenant;
  return caller.isPrivileged && sent !== '' ? sent : own;
}

/** The tenant that an update means: others' words about it do not count. */
export function tenantOfUpdate(sent: string, old: string, caller: KubeCaller): string {
  return caller.isPrivileged && sent !== '' ? sent : old;
}

export const isTenantAdmin = (caller: KubeCaller) => caller.isPrivileged || caller.role === 'admin';

/** What speaks against the name of a container, before any back end is asked. */
export function nameCauses(
  names: Names,
  kind: ContainerKind,
  { tenantID, name }: { readonly tenantID: string; readonly name: string },
): readonly Cause[] {
  if (name === '') return [causes.required('spec.name', 'must specify name')];
  if (kind === 'image' && name === LIBRARY) {
    const detail = 'this is the shared namespace of every tenant';
    return [causes.invalid('spec.name', name, detail)];
  }
  const isTenantFine = refusalOf(names, kind, tenantID, 'a') === undefined;
  if (!isTenantFine) {
    return [causes.invalid('spec.tenantID', tenantID, 'this cannot be a tenant')];
  }
  const refusal = refusalOf(names, kind, tenantID, name);
  return refusal === undefined ? [] : [causes.invalid('spec.name', name, refusal)];
}

function refusalOf(
  names: Names,
  kind: ContainerKind,
  tenant: string,
  name: string,
): string | undefined {
  try {
    names.toProject(kind, { tenant, name });
    return undefined;
  } catch (error) {
    if (error instanceof AppError) return error.message;
    throw error;
  }
}

/** A cause when the value is none of the supported ones. */
export function oneOf(
  field: string,
  value: string,
  supported: readonly string[],
): readonly Cause[] {
  return supported.includes(value) ? [] : [causes.notSupported(field, value, supported)];
}

/** A cause when an update changes what stays. */
export function unchanged(
  field: string,
  value: string,
  old: string,
  what: string,
): readonly Cause[] {
  return value === old ? [] : [causes.invalid(field, value, `disallowed change the ${what}`)];
}

export function column<T extends KubeObject>(
  name: string,
  description: string,
  valueOf: (object: T) => string | number | boolean,
  options: { readonly isWide?: boolean; readonly type?: Column<T>['type'] } = {},
): Column<T> {
  return {
    name,
    description,
    valueOf,
    type: options.type ?? 'string',
    priority: options.isWide === true ? 1 : 0,
  };
}
