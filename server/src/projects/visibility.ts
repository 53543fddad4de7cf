import {
  actions,
  canInSystem,
  type Principal,
  type RobotPermission,
  type RobotPrincipal,
  type UserPrincipal,
} from '../access/index.ts';

/** Which projects a caller may know of: all, or whatever one of the three tells. */
export type Visibility =
  | 'all'
  | {
      readonly includesPublic: boolean;
      /** These, whoever is a member. */
      readonly projectIds: readonly number[];
      /** Those that the user, or one of the groups, is a member of. */
      readonly member:
        | {
            readonly userId: number;
            readonly groupIds: readonly number[];
            /** Leaves only these of them. */
            readonly within: readonly number[] | undefined;
          }
        | undefined;
    };

/** Where the list is asked for: the REST API, or the registry's own protocol. */
export type Through = 'api' | 'registry';

const publicOnly = { includesPublic: true, projectIds: [], member: undefined };
const nothing = { ...publicOnly, includesPublic: false };

/**
 * Which projects a principal may know of. A personal token sees of its user's projects those that
 * it was made for; public ones are seen by all.
 *
 * @param listsAnonymously false hides public projects from callers without credentials
 */
export function visibilityOf(
  principal: Principal,
  through: Through,
  listsAnonymously: boolean,
): Visibility {
  switch (principal.kind) {
    case 'anonymous':
      return listsAnonymously ? publicOnly : nothing;
    case 'user':
      return visibilityOfUser(principal, through);
    case 'robot':
      return visibilityOfRobot(principal, through);
  }
}

function visibilityOfUser(user: UserPrincipal, through: Through): Visibility {
  const { id, groupIds, isAdmin, limits } = user;
  const within = limits?.projectIds;
  if (limits !== undefined) {
    const isBarred =
      through === 'api' ? limits.api === 'none' : (limits.repository & actions.pull) === 0;
    if (isBarred) return publicOnly;
  }
  if (!isAdmin) return { ...publicOnly, member: { userId: id, groupIds, within } };
  return within === undefined ? 'all' : { ...publicOnly, projectIds: within };
}

function visibilityOfRobot(robot: RobotPrincipal, through: Through): Visibility {
  if (through === 'api' && canInSystem(robot, 'project', 'list')) return 'all';
  const permissions =
    through === 'api' ? robot.permissions : robot.permissions.filter(reachesAllRepositories);
  const scopes = permissions.map(({ scope }) => scope);
  // A robot of a project never reaches beyond it, whatever its rows say.
  if (robot.projectId === undefined && scopes.includes('all-projects')) return 'all';
  const projectIds = scopes
    .filter((scope) => typeof scope === 'number')
    .filter((id) => robot.projectId === undefined || id === robot.projectId);
  return { ...publicOnly, projectIds };
}

/** A catalog would name repositories that a narrower permission does not reach. */
function reachesAllRepositories({ repositories, access }: RobotPermission): boolean {
  return (
    repositories.length === 0 &&
    access.some(({ resource, effect }) => resource === 'repository' && effect !== 'deny')
  );
}
