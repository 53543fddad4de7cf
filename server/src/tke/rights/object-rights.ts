import { actions } from '../../access/index.ts';
import type { Informer, KubeCaller, KubeObject, KubeRequest, KubeVerb } from '../../kube/index.ts';
import { isAvailable } from '../resources/availability.ts';
import {
  type Chart,
  type ChartGroup,
  keys,
  type Member,
  type Namespace,
  type Repository,
} from '../resources/types.ts';
import { chartRight } from './chart-rights.ts';
import { imageRights, ownImageRights } from './image-rights.ts';
import { forbidden, withinToken } from './kube-rights.ts';

/** What a caller may do to one object, which `authorizeKube` cannot tell. */
export interface ObjectRights {
  /**
   * To be asked after `authorizeKube`, with the object as it would be stored (create), as it is
   * (get, delete, calls such as `version`), and of an update with both.
   */
  canManage(caller: KubeCaller, object: KubeObject, verb: KubeVerb, subresource?: string): boolean;
  /** The same as a refusal. @throws StatusError 403 */
  authorizeObject(caller: KubeCaller, request: KubeRequest, object: KubeObject): void;
}

export interface ObjectRightsPorts {
  readonly namespaces: Informer<Namespace>;
  readonly chartGroups: Informer<ChartGroup>;
}

type Known = Namespace | Repository | ChartGroup | Chart | Member;
type Change = 'create' | 'update' | 'delete';

const changes: Readonly<Partial<Record<KubeVerb, Change>>> = {
  create: 'create',
  update: 'update',
  patch: 'update',
  delete: 'delete',
  deletecollection: 'delete',
};

export function createObjectRights(ports: ObjectRightsPorts): ObjectRights {
  return {
    canManage: (caller, object, verb, subresource = '') =>
      canManage(ports, caller, object, { verb, subresource }),
    authorizeObject(caller, request, object) {
      if (!canManage(ports, caller, object, request)) throw forbidden(caller, request);
    },
  };
}

function canManage(
  ports: ObjectRightsPorts,
  caller: KubeCaller,
  object: KubeObject,
  { verb, subresource }: Pick<KubeRequest, 'verb' | 'subresource'>,
): boolean {
  if (!withinToken(caller, verb)) return false;
  if (!isKnown(object)) return caller.isPrivileged;
  if (!isOfTenant(caller, object.spec.tenantID)) return false;
  const change = changes[verb];
  // What a chart has in it is for those who may pull it; that it is there, for the tenant.
  if (change === undefined) return subresource !== 'version' || canRead(ports, caller, object);
  if (subresource === 'status') {
    // Whoever could say that its project is made would come into another's.
    return caller.isPrivileged || (caller.role === 'admin' && !isUnmade(object));
  }
  if (subresource === 'finalize') return caller.isPrivileged;
  return canChange(ports, caller, object, subresource === 'repoupdating' ? 'update' : change);
}

function canChange(
  ports: ObjectRightsPorts,
  caller: KubeCaller,
  object: Known,
  change: Change,
): boolean {
  switch (object.kind) {
    case 'Namespace':
      return canChangeNamespace(caller, object, change);
    case 'Repository':
      return canChangeRepository(ports, caller, object, change);
    case 'ChartGroup':
      return canChangeChartGroup(caller, object, change);
    case 'Chart': {
      const group = groupOf(ports, object);
      const action = change === 'delete' ? 'delete' : 'upload';
      if (group === undefined) return caller.isPrivileged || caller.role === 'admin';
      // Charts of an imported group are its own affair: they come and go with what it mirrors.
      return chartRight(caller, group, group.spec.type === 'Imported' ? 'manage' : action);
    }
    case 'Member':
      return caller.isPrivileged || caller.role === 'admin';
  }
}

function canChangeNamespace(caller: KubeCaller, namespace: Namespace, change: Change): boolean {
  const own = ownImageRights(caller, namespace);
  if (change === 'delete') return (own & actions.delete) !== 0;
  const { type, projects = [] } = namespace.spec;
  const isOfProjects = type === 'Project' && projects.length > 0;
  if (isOfProjects && change === 'create') return isInAll(caller, projects);
  // Members of a project push to its namespaces; changing one is its owners' right.
  return (own & (isOfProjects ? actions.delete : actions.push)) !== 0;
}

function canChangeRepository(
  { namespaces }: ObjectRightsPorts,
  caller: KubeCaller,
  { spec }: Repository,
  change: Change,
): boolean {
  const parent = namespaces.peek(keys.namespace(spec.tenantID, spec.namespaceName));
  if (parent === undefined) return caller.isPrivileged || caller.role === 'admin';
  const needed = change === 'delete' ? actions.delete : actions.push;
  // With the namespace its repositories go, whoever may delete that one.
  const rights = isAvailable(parent)
    ? imageRights(caller, parent, spec.name)
    : ownImageRights(caller, parent);
  return (rights & needed) !== 0;
}

function canChangeChartGroup(caller: KubeCaller, group: ChartGroup, change: Change): boolean {
  const { type, visibility, projects, creator = '' } = group.spec;
  const isAdmin = caller.isPrivileged || caller.role === 'admin';
  if (change === 'delete') {
    if (type === 'System' && !caller.isPrivileged) return false;
    return chartRight(caller, group, 'manage');
  }
  if (change === 'update') return chartRight(caller, group, 'manage');
  if (isAdmin) return true;
  if (caller.role !== 'member' || type === 'System') return false;
  // Whoever is named as creator has all rights.
  if (creator !== '' && creator !== caller.username) return false;
  return visibility !== 'Project' || isInAll(caller, projects);
}

/** Whether the caller works in every one of the projects: nothing is put into others'. */
function isInAll(caller: KubeCaller, projects: readonly string[]): boolean {
  if (caller.isPrivileged || caller.role === 'admin') return true;
  return projects.every((project) => {
    const role = caller.projects.get(project);
    return role === 'owner' || role === 'member';
  });
}

function canRead(ports: ObjectRightsPorts, caller: KubeCaller, object: Known): boolean {
  if (object.kind !== 'Chart') return true;
  const group = groupOf(ports, object);
  return group !== undefined && chartRight(caller, group, 'download');
}

function groupOf({ chartGroups }: ObjectRightsPorts, { spec }: Chart): ChartGroup | undefined {
  return chartGroups.peek(keys.chartGroup(spec.tenantID, spec.chartGroupName));
}

function isUnmade(object: Known): boolean {
  if (object.kind !== 'Namespace' && object.kind !== 'ChartGroup') return false;
  return !isAvailable(object);
}

function isOfTenant(caller: KubeCaller, tenant: string): boolean {
  return caller.isPrivileged || (caller.role !== undefined && caller.tenantId === tenant);
}

const kinds: ReadonlySet<string> = new Set([
  'Namespace',
  'Repository',
  'ChartGroup',
  'Chart',
  'Member',
] satisfies Known['kind'][]);

function isKnown(object: KubeObject): object is Known {
  return kinds.has(object.kind);
}
