const ABSOLUTE = /^\/(?:(?:c|api|service)\/|devcenter)/;

export const API_BASE = '/api/v2.0';

/** The whole path of a route, parameters in braces. */
export function fullPath(path: string): string {
  return ABSOLUTE.test(path) ? path : `${API_BASE}${path}`;
}

/** The same for the router: `{name}` becomes `:name`. */
export function routerPath(path: string): string {
  return fullPath(path).replaceAll(/\{(\w+)\}/g, ':$1');
}
