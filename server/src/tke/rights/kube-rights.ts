import { type KubeCaller, type KubeRequest, type KubeVerb, StatusError } from '../../kube/index.ts';
import { GROUP } from '../resources/types.ts';
import { limitsOf } from './reach.ts';

/*
 * What a caller may ask for at all (reference §5.3, §5.4); objects have a say too, see
 * object-rights.ts.
 *
 *                 the four resources                  status  finalize  members  configmaps
 * anonymous       401                                 401     401       401      401
 * robot, stranger -                                   -       -         -        -
 * tenant viewer   get list watch                      get     get       -        -
 * tenant member   + create update patch delete        get     get       -        -
 * tenant admin    + deletecollection                  + write get       all      -
 * privileged      all                                 all     all       all      all
 *
 * A personal token needs api:read to read and api:write to write, and none for chosen projects.
 */

const READ: ReadonlySet<KubeVerb> = new Set(['get', 'list', 'watch']);
const RESOURCES: ReadonlySet<string> = new Set([
  'namespaces',
  'repositories',
  'chartgroups',
  'charts',
]);

/** @throws StatusError 401 for an anonymous caller, 403 for what the caller may not ask for */
export function authorizeKube(caller: KubeCaller, request: KubeRequest): void {
  if (caller.principal.kind === 'anonymous') throw unauthorized();
  if (!canAsk(caller, request)) throw forbidden(caller, request);
}

export function unauthorized(cause?: unknown): StatusError {
  return new StatusError(401, 'Unauthorized', 'Unauthorized', { cause });
}

/** Kubernetes' words for a request that the caller has no right to. */
export function forbidden(caller: KubeCaller, request: KubeRequest, group = GROUP): StatusError {
  const { verb, resource, subresource, namespace, name } = request;
  const path = subresource === '' ? resource : `${resource}/${subresource}`;
  const subject = name === '' ? `${resource}.${group}` : `${resource}.${group} "${name}"`;
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  return new StatusError(
    403,
    'Forbidden',
    `${subject} is forbidden: User "${caller.username}" cannot ${verb} resource "${path}" in API group "${group}" ${where}`,
    { details: { ...(name !== '' && { name }), group, kind: resource } },
  );
}

/** Whether a personal token, if it was one, may be used for this at all. */
export function withinToken(caller: KubeCaller, verb: KubeVerb): boolean {
  const limits = limitsOf(caller);
  if (limits === undefined) return true;
  // What is not of a project is out of reach of a token for some.
  if (limits.projectIds !== undefined) return false;
  return limits.api === 'write' || (limits.api === 'read' && READ.has(verb));
}

function canAsk(caller: KubeCaller, { verb, resource, subresource }: KubeRequest): boolean {
  if (!withinToken(caller, verb)) return false;
  if (caller.isPrivileged) return true;
  if (caller.role === undefined || caller.tenantId === undefined) return false;
  const isAdmin = caller.role === 'admin';
  if (resource === 'members') return isAdmin && subresource === '';
  if (!RESOURCES.has(resource)) return false;
  if (READ.has(verb)) return true;
  if (subresource === 'finalize') return false;
  if (subresource === 'status' || verb === 'deletecollection') return isAdmin;
  return isAdmin || caller.role === 'member';
}
