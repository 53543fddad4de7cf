import { normalizeDn } from './dn.ts';

/**
 * What ties a person of a directory to an account: the DN, in one spelling, and the directory as
 * the DN's own domain. Not the URL: a directory keeps its people when it moves to another host or
 * to TLS.
 */
export function ldapLink({ dn }: { readonly dn: string }): { issuer: string; subject: string } {
  const subject = normalizeDn(dn) ?? dn;
  const domain = /(?:^|,)((?:dc=[^,]+,)*dc=[^,]+)$/.exec(subject)?.[1];
  return { issuer: `ldap:${domain ?? ''}`, subject };
}
