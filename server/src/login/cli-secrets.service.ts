import { checkPassword, type IdentityService } from '../identity/index.ts';
import { AppError, generatePassword } from '../lib/index.ts';
import type { OidcMeta } from '../users/index.ts';
import { CLI_SECRET_LENGTH, type CliSecretBox } from './cli-secret-box.ts';
import type { OidcLinkRepository } from './oidc-link.repository.ts';

/** What users of the OIDC provider use with `docker login` in place of a password. */
export interface CliSecrets {
  /**
   * Sets the secret, a new random one unless given, and ends the tokens that the old one got.
   *
   * @throws AppError invalid for a weak one, precondition for accounts of another kind
   */
  set(userId: number, secret?: string): Promise<void>;
  /** In clear; undefined for accounts of another kind. */
  find(userId: number): Promise<string | undefined>;
  findOidcMeta(userId: number): Promise<OidcMeta | undefined>;
}

export function createCliSecrets(ports: {
  readonly links: OidcLinkRepository;
  readonly box: CliSecretBox;
  readonly identity: Pick<IdentityService, 'forget'>;
}): CliSecrets {
  const { links, box, identity } = ports;
  return {
    async set(userId, secret = '') {
      if (secret !== '') checkPassword(secret);
      const link = await links.findByUser(userId);
      if (link === undefined) {
        throw new AppError('precondition', 'only users of the OIDC provider have a CLI secret');
      }
      const chosen = secret === '' ? generatePassword(CLI_SECRET_LENGTH) : secret;
      await links.putCliSecret(link.id, box.sealSecret(link.id, chosen));
      identity.forget(userId);
    },
    async find(userId) {
      const link = await links.findByUser(userId);
      if (link === undefined || link.cliSecret === null) return undefined;
      return box.openSecret(link.id, link.cliSecret);
    },
    async findOidcMeta(userId) {
      const link = await links.findByUser(userId);
      if (link === undefined) return undefined;
      const { id, issuer, subject, cliSecret, createdAt, updatedAt } = link;
      const secret = cliSecret === null ? undefined : box.openSecret(id, cliSecret);
      return { id, subiss: `${subject}${issuer}`, secret, createdAt, updatedAt };
    },
  };
}
