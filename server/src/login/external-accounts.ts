import type { UserPrincipal } from '../access/index.ts';
import type { IdentityService } from '../identity/index.ts';
import { AppError } from '../lib/index.ts';
import type { Log } from '../telemetry/index.ts';

export type ExternalIdentity = Parameters<IdentityService['ensureExternal']>[0];

/** The accounts of people whom a directory or a provider vouches for. */
export interface ExternalAccounts {
  /**
   * The account that is linked to the identity, made at its first login. Undefined, and logged,
   * when there can be none: its name cannot be used, or belongs to another account already.
   */
  ensure(identity: ExternalIdentity): Promise<UserPrincipal | undefined>;
}

export function createExternalAccounts(ports: {
  readonly identity: Pick<IdentityService, 'ensureExternal'>;
  readonly log: Log;
}): ExternalAccounts {
  return {
    async ensure(identity) {
      try {
        return await ports.identity.ensureExternal(identity);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        const { source, issuer, subject, username } = identity;
        const fields = { source, issuer, subject, username, reason: error.message };
        ports.log.warn(fields, 'a login was refused: the person can have no account');
        return undefined;
      }
    },
  };
}

function isRefusal(error: unknown): error is AppError {
  return error instanceof AppError && (error.kind === 'conflict' || error.kind === 'invalid');
}
