import type { IncomingHttpHeaders } from 'node:http';

/**
 * Where a client reaches the registry, without a slash at the end: what is configured, or else the
 * address that this client used, which is the one that works for it.
 */
export function externalUrlOf(
  configured: string | undefined,
  { host = '' }: Pick<IncomingHttpHeaders, 'host'>,
): string {
  if (configured !== undefined) return configured.replace(/\/$/, '');
  return `http://${/^[\w.:[\]-]{1,255}$/.test(host) ? host : 'localhost'}`;
}
