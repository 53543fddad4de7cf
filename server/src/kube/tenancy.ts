import type { KubeCaller } from './caller.ts';
import type { KubeObject } from './object.ts';
import type { ResourceDefinition } from './resource.ts';

/** Whether an object is of the caller's tenant. Every read and write of the API asks this. */
export function canSee(
  definition: ResourceDefinition,
  object: KubeObject,
  { isPrivileged, tenantId }: KubeCaller,
): boolean {
  if (isPrivileged) return true;
  const tenant = definition.tenantOf(object);
  return tenant !== undefined && tenant !== '' && tenant === tenantId;
}
