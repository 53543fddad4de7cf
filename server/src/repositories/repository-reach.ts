import { narrowTo, narrowToAll, type ProjectAccess } from '../access/index.ts';
import { type ApiRoute, type Call, refusalFor } from '../api/index.ts';

/**
 * The same routes, held to the repositories that a robot's permissions name. What is about a
 * whole project is for those that name none.
 *
 * @param pathOf the repository below its project that the call is about; undefined for all
 */
export function withinReach(
  access: Pick<ProjectAccess, 'can'>,
  routes: readonly ApiRoute[],
  pathOf: (call: Call) => string | undefined = repositoryOf,
): ApiRoute[] {
  return routes.map((route) => {
    const { can } = route;
    if (can.kind !== 'project') return route;
    return {
      ...route,
      async handle(call) {
        const { principal, project } = call;
        const path = pathOf(call);
        const narrowed = path === undefined ? narrowToAll(principal) : narrowTo(principal, path);
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

function repositoryOf({ params }: Call): string | undefined {
  if (typeof params !== 'object' || params === null || !('repository_name' in params)) {
    return undefined;
  }
  return String(params.repository_name);
}
