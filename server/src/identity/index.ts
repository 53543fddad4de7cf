export { type BasicCredentials, parseBasic } from './basic.ts';
export {
  ADMIN_USERNAME,
  createIdentityService,
  type IdentityService,
} from './identity.service.ts';
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
