export { type AccountRepository, createAccountRepository } from './account.repository.ts';
export {
  type CredentialsPorts,
  type CredentialsService,
  createCredentialsService,
} from './credentials.service.ts';
export { type CurrentUserRoutesPorts, currentUserRoutes } from './current-user.routes.ts';
export { ldapRoutes } from './ldap.routes.ts';
export { createLdapService, type LdapPorts, type LdapService } from './ldap.service.ts';
export { createMemberResolver, type MemberResolverPorts } from './member-resolver.ts';
export type { OidcMeta } from './oidc-meta.ts';
export { usersRoutes } from './users.routes.ts';
export { createUsersService, type UsersPorts, type UsersService } from './users.service.ts';
