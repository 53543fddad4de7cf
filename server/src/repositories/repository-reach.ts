import {
  matchesGlob,
  type Principal,
  type ProjectAccess,
  type RobotPermission,
} from '../access/index.ts';
import { type ApiRoute, type Call, refusalFor } from '../api/index.ts';

/**
 * The same routes, held to the repositories that a robot's permissions name. What is about a
 * whole project is for those that name none.
 */
export function withinReach(
  access: Pick<ProjectAccess, 'can'>,
  routes: readonly ApiRoute[],
): ApiRoute[] {
  return routes.map((route) => {
    const { can } = route;
    if (can.kind !== 'project') return route;
    return {
      ...route,
      async handle(call) {
        const { principal, project } = call;
        const narrowed = narrow(principal, pathOf(call));
        if (narrowed !== principal && project !== undefined) {
          const may = await access.can(narrowed, project, can.resource, can.action);
          if (!may) throw refusalFor(principal);
        }
        return route.handle(call);
      },
    };
  });
}

/**
 * The same for routes that find their project themselves, and are about all repositories of it:
 * they see a robot without what it may do in some only.
 */
export function acrossRepositories(routes: readonly ApiRoute[]): ApiRoute[] {
  return routes.map((route) => ({
    ...route,
    handle: (call) => route.handle({ ...call, principal: narrowToAll(call.principal) }),
  }));
}

function pathOf({ params }: Call): string | undefined {
  if (typeof params !== 'object' || params === null || !('repository_name' in params)) {
    return undefined;
  }
  return String(params.repository_name);
}

/** The caller with what it may do to the repository of that name below its project. */
export function narrowTo(principal: Principal, path: string): Principal {
  return narrow(principal, path);
}

/** The caller with what it may do to every repository of a project. */
export function narrowToAll(principal: Principal): Principal {
  return narrow(principal, undefined);
}

function narrow(principal: Principal, path: string | undefined): Principal {
  if (principal.kind !== 'robot') return principal;
  const reaches = ({ repositories }: RobotPermission) =>
    repositories.length === 0 ||
    (path !== undefined && repositories.some((glob) => matchesGlob(glob, path)));
  const permissions = principal.permissions.filter(reaches);
  if (permissions.length === principal.permissions.length) return principal;
  // What is denied for some repositories is not allowed for all of them.
  const denied = path === undefined ? principal.permissions.filter((one) => !reaches(one)) : [];
  return { ...principal, permissions: [...permissions, ...denied.flatMap(denialsOf)] };
}

function denialsOf(permission: RobotPermission): RobotPermission[] {
  const access = permission.access.filter(({ effect }) => effect === 'deny');
  return access.length === 0 ? [] : [{ ...permission, access }];
}
