import { EgressError } from './egress.errors.ts';
import type { EgressMethod, EgressResponse } from './exchange.ts';

export interface Hop {
  readonly method: EgressMethod;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** All that a foreign origin is told; any other header may be a credential. */
const HARMLESS = new Set(['accept', 'accept-encoding', 'accept-language', 'user-agent']);

export function isRedirect(response: EgressResponse): boolean {
  return REDIRECTS.has(response.status) && response.headers.has('location');
}

/**
 * The request that a redirect asks for (RFC 9110 §15.4); its URL is not checked yet. Another
 * origin gets neither credentials nor a body, and TLS is never left.
 *
 * @throws EgressError protocol
 */
export function followRedirect(hop: Hop, response: EgressResponse): Hop {
  const url = URL.parse(response.headers.get('location') ?? '', hop.url);
  if (url === null) throw new EgressError('protocol');
  if (hop.url.protocol === 'https:' && url.protocol !== 'https:') {
    throw new EgressError('protocol', { cause: new Error('a redirect leaves TLS') });
  }
  const isForeign = url.origin !== hop.url.origin;
  const becomesGet =
    (response.status === 303 && hop.method !== 'HEAD') ||
    (response.status < 303 && hop.method === 'POST');
  const body = becomesGet ? undefined : hop.body;
  if (isForeign && body !== undefined) {
    throw new EgressError('protocol', { cause: new Error('a redirect takes a body elsewhere') });
  }
  const headers = Object.entries(hop.headers).filter(
    ([name]) =>
      (!isForeign || HARMLESS.has(name)) && (body !== undefined || !name.startsWith('content-')),
  );
  return {
    method: becomesGet ? 'GET' : hop.method,
    url,
    headers: Object.fromEntries(headers),
    body,
  };
}
