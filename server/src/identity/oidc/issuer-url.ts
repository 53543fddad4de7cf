const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

/** True for plain http to this machine: tests and sidecars, where there is no wire to listen on. */
export function isLoopbackHttp(url: URL): boolean {
  return url.protocol === 'http:' && LOOPBACK.test(url.hostname);
}

/**
 * Parses an issuer identifier or an endpoint of one: https (http to loopback only), without
 * userinfo, query and fragment (OpenID Connect Discovery 1.0, section 2).
 */
export function findIssuerUrl(text: string): URL | undefined {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'https:' && !isLoopbackHttp(url))) return undefined;
  if (url.username !== '' || url.password !== '') return undefined;
  if (url.search !== '' || url.hash !== '' || /[?#\s]/.test(text)) return undefined;
  return url;
}
