import { type ActionSet, actions } from './actions.ts';
import { matchesGlob } from './glob.ts';
import type { Principal, RobotPermission, RobotPrincipal, TokenLimits } from './principal.ts';
import { roleAllows, visitorAllows } from './roles.ts';

/** What a decision needs to know of a project. */
export interface ProjectPolicy {
  readonly id: number;
  readonly name: string;
  readonly isPublic: boolean;
  /** Raised by whatever may take a right in the project away. */
  readonly accessEpoch: number;
}

/**
 * Whether `principal` may do `action` to `resource` in a project. Pure: the roles are looked up
 * by the caller.
 */
export function canInProject(
  principal: Principal,
  project: Pick<ProjectPolicy, 'id' | 'isPublic'>,
  roles: readonly number[],
  resource: string,
  action: string,
): boolean {
  if (principal.kind === 'robot' && isDenied(principal, project.id, resource, action)) return false;
  if (project.isPublic && visitorAllows(resource, action)) return true;
  if (principal.kind === 'anonymous') return false;
  if (principal.kind === 'robot') {
    return permissionsIn(principal, project.id).some((permission) =>
      grants(permission, resource, action),
    );
  }
  if (!isWithin(principal.limits, project.id, action)) return false;
  return principal.isAdmin || roles.some((role) => roleAllows(role, resource, action));
}

/** Whether `principal` may do `action` to a resource of the system. */
export function canInSystem(principal: Principal, resource: string, action: string): boolean {
  if (principal.kind === 'anonymous') return false;
  if (principal.kind === 'user') {
    return principal.isAdmin && isWithin(principal.limits, undefined, action);
  }
  const own = principal.permissions.filter(({ scope }) => scope === 'system');
  return (
    own.some((permission) => grants(permission, resource, action)) &&
    !own.some((permission) => denies(permission, resource, action))
  );
}

/**
 * What `principal` may do to one repository through `/v2`.
 *
 * @param path the repository's name below its project
 */
export function repositoryActions(
  principal: Principal,
  project: Pick<ProjectPolicy, 'id' | 'isPublic'>,
  roles: readonly number[],
  path: string,
): ActionSet {
  const visitor = project.isPublic ? actions.pull : actions.none;
  switch (principal.kind) {
    case 'anonymous':
      return visitor;
    case 'robot':
      return robotActions(principal, project.id, path, visitor);
    case 'user': {
      const limit = principal.limits === undefined ? actions.all : principal.limits.repository;
      const isInside = principal.limits?.projectIds?.includes(project.id) ?? true;
      const own = principal.isAdmin ? actions.all : actionsOf(roles);
      return visitor | (isInside ? own & limit : actions.none);
    }
  }
}

const words = [
  ['pull', actions.pull],
  ['push', actions.push],
  ['delete', actions.delete],
] as const;

function actionsOf(roles: readonly number[]): ActionSet {
  let set: ActionSet = actions.none;
  for (const [word, bit] of words) {
    if (roles.some((role) => roleAllows(role, 'repository', word))) set |= bit;
  }
  return set;
}

function robotActions(
  robot: RobotPrincipal,
  projectId: number,
  path: string,
  visitor: ActionSet,
): ActionSet {
  let granted: ActionSet = visitor;
  let denied: ActionSet = actions.none;
  for (const permission of permissionsIn(robot, projectId)) {
    if (!reaches(permission, path)) continue;
    for (const [word, bit] of words) {
      if (grants(permission, 'repository', word)) granted |= bit;
      if (denies(permission, 'repository', word)) denied |= bit;
    }
  }
  // Whoever pushes must see what is there already.
  if ((granted & actions.push) !== 0) granted |= actions.pull;
  return granted & ~denied;
}

function permissionsIn(robot: RobotPrincipal, projectId: number): RobotPermission[] {
  // A robot of a project never reaches beyond it, whatever its rows say.
  if (robot.projectId !== undefined && robot.projectId !== projectId) return [];
  return robot.permissions.filter(
    ({ scope }) =>
      scope === projectId || (scope === 'all-projects' && robot.projectId === undefined),
  );
}

function reaches(permission: RobotPermission, path: string): boolean {
  const { repositories } = permission;
  return repositories.length === 0 || repositories.some((glob) => matchesGlob(glob, path));
}

function grants(permission: RobotPermission, resource: string, action: string): boolean {
  return permission.access.some(
    (entry) => entry.effect !== 'deny' && entry.resource === resource && entry.action === action,
  );
}

function denies(permission: RobotPermission, resource: string, action: string): boolean {
  return permission.access.some(
    (entry) => entry.effect === 'deny' && entry.resource === resource && entry.action === action,
  );
}

function isDenied(
  robot: RobotPrincipal,
  projectId: number,
  resource: string,
  action: string,
): boolean {
  return permissionsIn(robot, projectId).some((entry) => denies(entry, resource, action));
}

const READING = new Set(['read', 'list', 'pull']);

function isWithin(
  limits: TokenLimits | undefined,
  projectId: number | undefined,
  action: string,
): boolean {
  if (limits === undefined) return true;
  if (limits.projectIds !== undefined) {
    if (projectId === undefined || !limits.projectIds.includes(projectId)) return false;
  }
  return limits.api === 'write' || (limits.api === 'read' && READING.has(action));
}
