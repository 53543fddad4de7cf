import type { GivenMeta } from './metadata.ts';
import type { KubeObject, ObjectKey } from './object.ts';
import type { ResourceDefinition } from './resource.ts';
import { StatusError } from './status-error.ts';
import { badRequest, conflict } from './status-errors.ts';

export function checkName(key: ObjectKey, { name }: Pick<GivenMeta, 'name'>): void {
  if (name === '') throw badRequest('name must be provided');
  if (name === key.name) return;
  throw badRequest(
    `the name of the object (${name}) does not match the name on the URL (${key.name})`,
  );
}

export function checkNamespace(
  { namespaced }: ResourceDefinition,
  key: ObjectKey,
  { namespace }: GivenMeta,
): void {
  if (namespace === undefined || (namespaced && namespace === key.namespace)) return;
  // Clients that know no scopes say `default` for kinds of the cluster, too.
  if (!namespaced) return;
  throw badRequest(
    `the namespace of the provided object does not match the namespace sent on the request`,
  );
}

export function checkUid(
  definition: ResourceDefinition,
  old: KubeObject,
  uid: string | undefined,
): void {
  if (uid === undefined || uid === old.metadata.uid) return;
  throw conflict(
    definition,
    old.metadata.name,
    `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.metadata.uid}`,
  );
}

export function foreignTenant({ group, resource, kind }: ResourceDefinition): StatusError {
  return new StatusError(403, 'Forbidden', `${resource}.${group} is forbidden: not your tenant`, {
    details: { group, kind },
  });
}
