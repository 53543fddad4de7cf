import { GROUP_TYPE } from './groups.ts';
import type { MembersWords } from './messages.ts';

/** What a type of groups is called. */
export function groupTypeName(type: number, m: MembersWords): string {
  switch (type) {
    case GROUP_TYPE.ldap:
      return m.ldapGroup;
    case GROUP_TYPE.http:
      return m.httpGroup;
    case GROUP_TYPE.oidc:
      return m.oidcGroup;
    default:
      return m.group;
  }
}
