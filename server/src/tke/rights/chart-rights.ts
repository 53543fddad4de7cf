import { type ActionSet, actions } from '../../access/index.ts';
import type { KubeCaller, ProjectRole } from '../../kube/index.ts';
import { isAvailable, isGoing } from '../resources/availability.ts';
import type { ChartGroup } from '../resources/types.ts';
import type { ChartAction } from './gatekeeper.ts';
import { robotRights } from './image-rights.ts';
import { leftBy, limitsOf, reaches } from './reach.ts';

/*
 * What may be done with the charts of a group (reference §5.3, §5.4): r = index and download,
 * U = upload, D = delete, M = change or delete the group itself.
 *
 *                     Public   User    Project   System
 * anonymous           r        -       -         r
 * of another tenant   r        -       -         r
 * tenant viewer       r        -       -         r
 * tenant member       r        -       -         r
 * its creator         rUDM     rUDM    -         r
 * a listed user       r        rUDM    -         r
 * project viewer      r        -       r         r
 * project member      r        -       rU        r
 * project owner       r        -       rUDM      r
 * tenant admin        rUDM     rUDM    rUDM      rUDM
 * privileged          rUDM     rUDM    rUDM      rUDM
 *
 * Creators and listed users who are viewers of the tenant only read. Imported groups mirror others:
 * nothing is uploaded to them or deleted from them, by nobody. Lists are those of the moment: who
 * is taken out has lost its rights at once. Locks are another matter (`isChartGroupLocked`): they
 * are answered with 423, and only the route knows that.
 */

const READ: ReadonlySet<ChartAction> = new Set(['index', 'download']);
const ALL: ReadonlySet<ChartAction> = new Set(['index', 'download', 'upload', 'delete', 'manage']);
const NONE: ReadonlySet<ChartAction> = new Set();

const byProjectRole: Readonly<Record<ProjectRole, ReadonlySet<ChartAction>>> = {
  viewer: READ,
  member: new Set(['index', 'download', 'upload']),
  owner: ALL,
};

const neededBits: Readonly<Record<ChartAction, ActionSet>> = {
  index: actions.pull,
  download: actions.pull,
  upload: actions.push,
  delete: actions.delete,
  manage: actions.none,
};

export function chartRight(caller: KubeCaller, group: ChartGroup, action: ChartAction): boolean {
  if (!suits(group, action)) return false;
  if (READ.has(action) && isOpen(group)) return true;
  const { tenantID, name } = group.spec;
  if (!reaches(caller, 'chart', tenantID, name)) return false;
  const needed = neededBits[action];
  if (caller.principal.kind === 'robot') {
    return action !== 'manage' && (robotRights(caller, '') & needed) === needed;
  }
  const limits = limitsOf(caller);
  if ((leftBy(caller) & needed) !== needed) return false;
  if (action === 'manage' && limits !== undefined && limits.api !== 'write') return false;
  return ownChartRights(caller, group).has(action);
}

/** Whether nothing may change in the group for now; answered with 423. */
export function isChartGroupLocked({ status }: ChartGroup): boolean {
  return status.locked === true;
}

/** Whether everybody reads it. */
function isOpen({ spec }: ChartGroup): boolean {
  return spec.visibility === 'Public' || spec.type === 'System';
}

/** What the kind of group, or its end, rules out for everybody. */
function suits(group: ChartGroup, action: ChartAction): boolean {
  // A group that was never made, or not yet, has no charts; the project of its name may be another's.
  if (action !== 'manage' && !isGoing(group) && !isAvailable(group)) return false;
  if (action === 'upload' && isGoing(group)) return false;
  return group.spec.type !== 'Imported' || (action !== 'upload' && action !== 'delete');
}

/** By membership alone, without the limits of tokens. */
function ownChartRights(caller: KubeCaller, { spec }: ChartGroup): ReadonlySet<ChartAction> {
  if (caller.isPrivileged) return ALL;
  if (caller.role === undefined || caller.tenantId !== spec.tenantID) return NONE;
  if (caller.role === 'admin') return ALL;
  if (spec.type === 'System') return READ;
  const own = caller.role === 'member' ? ALL : READ;
  const isCreator = spec.creator === caller.username;
  switch (spec.visibility) {
    case 'Public':
      return isCreator ? own : READ;
    case 'User':
      return isCreator || spec.users.includes(caller.username) ? own : NONE;
    case 'Project':
      return bestOf(spec.projects.map((project) => caller.projects.get(project)));
  }
}

/** Every role has all that the lesser ones have. */
function bestOf(roles: readonly (ProjectRole | undefined)[]): ReadonlySet<ChartAction> {
  const best = (['owner', 'member', 'viewer'] as const).find((role) => roles.includes(role));
  return best === undefined ? NONE : byProjectRole[best];
}
