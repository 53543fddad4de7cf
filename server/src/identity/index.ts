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
export { createExternalAccountRepository } from './external-account.repository.ts';
export {
  ADMIN_USERNAME,
  createIdentityService,
  type IdentityService,
} from './identity.service.ts';
export {
  createPrincipals,
  type PersonalTokenDirectory,
  type Principals,
  type RobotDirectory,
  type Subject,
} from './principals.ts';
export { checkPassword, isPassword } from './rules.ts';
export { createSigningKeyRepository } from './signing-key.repository.ts';
export { createSigningKeys, type SigningKeys } from './signing-keys.ts';
export { registerTokenRoutes } from './token.routes.ts';
export {
  createTokenService,
  type Grant,
  type TokenService,
  type VerifiedToken,
} from './token.service.ts';
export { createUserRepository } from './user.repository.ts';
