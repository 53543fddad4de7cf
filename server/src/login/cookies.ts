import { parseCookie, stringifySetCookie } from 'cookie';

/** A cookie of ours: for this host alone, unreadable to scripts, absent from foreign POSTs. */
export interface HostCookie {
  /** Its value in a request's `Cookie` header. */
  read(header: string | undefined): string | undefined;
  /** The `Set-Cookie` header. Without `maxAgeSeconds` it ends with the browser. */
  set(value: string, maxAgeSeconds?: number): string;
  /** The `Set-Cookie` header that removes it. */
  clear(): string;
}

export interface LoginCookies {
  /** Harbor's `sid`. */
  readonly session: HostCookie;
  /** A login at the OIDC provider under way. */
  readonly oidcFlow: HostCookie;
  /** A login that waits for the choice of a name. */
  readonly onboarding: HostCookie;
}

/**
 * Over https the names begin with `__Host-`: no sibling domain and no plain http page can set
 * them (RFC 6265bis §4.1.3.2). Over http browsers would refuse that, so the names are bare.
 */
export function createLoginCookies(isSecure: boolean): LoginCookies {
  return {
    session: createHostCookie('sid', isSecure),
    oidcFlow: createHostCookie('oidc_flow', isSecure),
    onboarding: createHostCookie('oidc_onboarding', isSecure),
  };
}

function createHostCookie(bareName: string, isSecure: boolean): HostCookie {
  const name = isSecure ? `__Host-${bareName}` : bareName;
  const attributes = { path: '/', httpOnly: true, secure: isSecure, sameSite: 'lax' } as const;
  return {
    read: (header) => (header === undefined ? undefined : parseCookie(header)[name]),
    set: (value, maxAge) =>
      stringifySetCookie({ name, value, ...attributes, ...(maxAge !== undefined && { maxAge }) }),
    clear: () => stringifySetCookie({ name, value: '', ...attributes, maxAge: 0 }),
  };
}
