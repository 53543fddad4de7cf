import { matchesGlob } from './glob.ts';
import type { Principal, RobotPermission } from './principal.ts';

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
