export {
  createLdapDirectory,
  type LdapDirectory,
  type LdapPerson,
  type LdapUser,
} from './directory.ts';
export { isWithin, type LdapScope, normalizeDn } from './dn.ts';
export { LdapError, type LdapErrorKind } from './ldap.errors.ts';
export { ldapLink } from './link.ts';
export type { LdapGroup } from './memberships.ts';
export { type LdapGroupSettings, type LdapSettings, parseSettings } from './settings.ts';
export type { Dial } from './socket.ts';
