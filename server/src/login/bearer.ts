import type { UserPrincipal } from '../access/index.ts';
import type { IdentityService } from '../identity/index.ts';
import { type OidcClient, OidcError } from '../identity/oidc/index.ts';
import type { Log } from '../telemetry/index.ts';
import type { OidcConfiguration } from './oidc-configuration.ts';
import { type PersonalTokensService, TOKEN_PREFIX } from './personal-tokens.service.ts';

export interface BearerPorts {
  readonly personalTokens: Pick<PersonalTokensService, 'verify'>;
  readonly oidc: Pick<OidcClient, 'verifyIdToken'>;
  readonly configuration: OidcConfiguration;
  readonly identity: Pick<IdentityService, 'findExternal'>;
  readonly log: Log;
}

/**
 * Whom a bearer token stands for: a personal token, or an id token that the OIDC provider gave to
 * this registry for a person with an account here. Tokens for `/v2` stand for nobody.
 */
export function createBearerVerifier(ports: BearerPorts) {
  return async (token: string, address: string): Promise<UserPrincipal | undefined> => {
    if (token.startsWith(TOKEN_PREFIX)) return ports.personalTokens.verify(token, address);
    if (!ports.configuration.isEnabled()) return undefined;
    try {
      const identity = await ports.oidc.verifyIdToken(ports.configuration.get(), token);
      if (identity === undefined) return undefined;
      const { issuer, subject } = identity;
      return await ports.identity.findExternal({ source: 'oidc', issuer, subject });
    } catch (error) {
      if (!(error instanceof OidcError)) throw error;
      ports.log.warn({ err: error, kind: error.kind }, 'an id token could not be verified');
      return undefined;
    }
  };
}
