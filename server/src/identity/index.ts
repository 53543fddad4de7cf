export {
  type Authenticator,
  type Brake,
  type CredentialSource,
  type Credentials,
  createAuthenticator,
  createDatabaseSource,
  type Verdict,
} from './authenticator.ts';
export { type BasicCredentials, parseBasic } from './basic.ts';
export { Challenge, type ChallengeError, presentChallenge } from './challenge.ts';
export { createExternalAccountRepository, ensureGroup } from './external-account.repository.ts';
export {
  ADMIN_USERNAME,
  createIdentityService,
  type IdentityService,
} from './identity.service.ts';
export {
  type LdapDirectory,
  LdapError,
  type LdapGroup,
  type LdapPerson,
  type LdapSettings,
} from './ldap/index.ts';
export { hashPassword, verifyPassword } from './password.ts';
export {
  createPrincipals,
  type PersonalTokenDirectory,
  type Principals,
  type RobotDirectory,
  type Subject,
} from './principals.ts';
export { checkPassword, checkUsername, isPassword } from './rules.ts';
export {
  type ClaimsSigner,
  createClaimsSigner,
  LEEWAY_SECONDS,
} from './signed-claims.ts';
export { createSigningKeyRepository } from './signing-key.repository.ts';
export { createSigningKeys, type SigningKeys } from './signing-keys.ts';
export { registerTokenCertificates, registerTokenRoutes } from './token.routes.ts';
export {
  createTokenService,
  type Grant,
  type TokenService,
  type VerifiedToken,
} from './token.service.ts';
export { createUserRepository, selectUsers, type UserRepository } from './user.repository.ts';
export { type ExternalIdentity, GROUP_TYPE, groupTypeOf, type User } from './user.ts';
