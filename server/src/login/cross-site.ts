import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a page of another site made the browser send this. Browsers tell by `Sec-Fetch-Site`,
 * which no page can forge; older ones, and pages over plain http, only by `Origin`. Programs send
 * neither. A sibling domain counts as foreign.
 *
 * @param externalUrl where the registry is for its users, when configured
 */
export function isCrossSite(
  headers: IncomingHttpHeaders,
  externalUrl: string | undefined,
): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const { origin, host } = headers;
  if (origin === undefined) return false;
  const url = URL.parse(origin);
  if (url === null) return true;
  const own = externalUrl === undefined ? undefined : URL.parse(externalUrl)?.origin;
  return url.origin !== own && url.host !== host?.toLowerCase();
}
