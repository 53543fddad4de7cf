import { type ActionSet, actions, repositoryActions } from '../../access/index.ts';
import type { KubeCaller, ProjectRole } from '../../kube/index.ts';
import { LIBRARY } from '../names.ts';
import { isAvailable } from '../resources/availability.ts';
import type { Namespace } from '../resources/types.ts';
import { leftBy, reaches } from './reach.ts';

/*
 * What may be done with the images of a namespace (reference §2.4, §5.4): p = pull, P = push,
 * D = delete. "Plain" is type Project without projects. Whoever is not named is a stranger;
 * rights of several roles add up.
 *
 *                     plain       Personal     Project       System      library
 *                     Pub  Priv   Pub   Priv   Pub   Priv    Pub  Priv
 * anonymous           p    -      p     -      p     -       p    -      p
 * of another tenant   p    -      p     -      p     -       p    -      p
 * tenant viewer       p    p      p     -      p     -       p    p      p
 * tenant member       pP   pP     p     -      p     -       p    p      p
 * its user (member)               pPD   pPD
 * project viewer                               p     p
 * project member                               pP    pP
 * project owner                                pPD   pPD
 * tenant admin        pPD  pPD    pPD   pPD    pPD   pPD     pPD  pPD    p
 * privileged          pPD  pPD    pPD   pPD    pPD   pPD     pPD  pPD    pPD
 *
 * Of a locked namespace, of one that is not Available (being made, failed, being deleted) and of one
 * that is not there: nothing, for all. A token or a robot leaves of these rights what its limits
 * say, and public pulls.
 */

const READ: ActionSet = actions.pull;
const WRITE: ActionSet = actions.pull | actions.push;

const byProjectRole: Readonly<Record<ProjectRole, ActionSet>> = {
  viewer: READ,
  member: WRITE,
  owner: actions.all,
};

/** What `caller` may do in a repository of the namespace; `path` is the name below it. */
export function imageRights(caller: KubeCaller, namespace: Namespace, path: string): ActionSet {
  const { name, tenantID: tenant, visibility } = namespace.spec;
  if (isLocked(namespace) || !isAvailable(namespace)) return actions.none;
  const visitor = visibility === 'Public' ? READ : actions.none;
  if (!reaches(caller, 'image', tenant, name)) return visitor;
  if (caller.principal.kind === 'robot') return visitor | robotRights(caller, path);
  return visitor | (ownImageRights(caller, namespace) & leftBy(caller));
}

/** Of the project that all tenants share. */
export function libraryRights(caller: KubeCaller): ActionSet {
  if (!caller.isPrivileged || !reaches(caller, 'image', '', LIBRARY)) return READ;
  return READ | leftBy(caller);
}

/** By membership alone: neither locks, nor visibility for strangers, nor limits of tokens. */
export function ownImageRights(caller: KubeCaller, namespace: Namespace): ActionSet {
  if (caller.isPrivileged) return actions.all;
  const { tenantID, type, visibility, projects = [] } = namespace.spec;
  if (caller.role === undefined || caller.tenantId !== tenantID) return actions.none;
  if (caller.role === 'admin') return actions.all;
  const canWrite = caller.role === 'member';
  const inside = visibility === 'Public' ? READ : actions.none;
  switch (type) {
    case 'Personal':
      if (namespace.spec.name !== caller.username) return inside;
      return canWrite ? actions.all : READ;
    case 'System':
      return READ;
    case 'Project':
      if (projects.length > 0) return inside | projectRights(caller, projects);
      return canWrite ? WRITE : READ;
  }
}

export function isLocked({ status }: { status: { readonly locked?: boolean } }): boolean {
  return status.locked === true;
}

/** The projects' roles add up, those of all projects. */
function projectRights(caller: KubeCaller, projects: readonly string[]): ActionSet {
  let set: ActionSet = actions.none;
  for (const project of projects) {
    const role = caller.projects.get(project);
    if (role !== undefined) set |= byProjectRole[role];
  }
  return set;
}

/** What a robot's permissions say in its own project, which is what `reaches` let it into. */
export function robotRights({ principal }: KubeCaller, path: string): ActionSet {
  if (principal.kind !== 'robot' || principal.projectId === undefined) return actions.none;
  return repositoryActions(principal, { id: principal.projectId, isPublic: false }, [], path);
}
