import { isAdmin, type Principal } from './access/index.ts';
import { type ApiRoute, refusalFor } from './api/index.ts';

/** What is nobody's content, or one's own: first parts of paths, without `/api` and its version. */
const COMMON: ReadonlySet<string> = new Set([
  'c',
  'devcenter-api-2.0',
  'health',
  'icons',
  'internalconfig',
  'openapi.json',
  'permissions',
  'ping',
  'systeminfo',
  'users',
  'version',
]);

/**
 * The REST API beside tenants. It speaks of projects by the back end's names and knows no tenants:
 * whoever made one there could take another tenant's name, and read what is none of theirs. So
 * people get at it as system administrators only (scenario 36); robots have rights of their own.
 */
export function forAdministrators(routes: readonly ApiRoute[]): ApiRoute[] {
  return routes.map((route) => {
    const [first = ''] = route.path.replace(/^\/(?:api\/(?:v2\.0\/)?)?/, '').split('/');
    if (COMMON.has(first)) return route;
    return {
      ...route,
      handle(call) {
        if (!mayCallBeside(call.principal)) throw refusalFor(call.principal);
        return route.handle(call);
      },
    };
  });
}

/** Whether the caller may use the REST API beside tenants. */
export function mayCallBeside(principal: Principal): boolean {
  return principal.kind === 'robot' || isAdmin(principal);
}
