/** Where a group comes from, as Harbor numbers it. */
export const LDAP = 1;
const HTTP = 2;
const OIDC = 3;

/** All types of groups, those of the main login source first; others may be in use beside it. */
export function groupTypesOf(authMode: string | undefined): readonly number[] {
  if (authMode === 'oidc_auth') return [OIDC, LDAP, HTTP];
  return authMode === 'http_auth' ? [HTTP, LDAP, OIDC] : [LDAP, OIDC, HTTP];
}
