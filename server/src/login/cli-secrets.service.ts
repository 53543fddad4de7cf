import { checkPassword, type IdentityService } from '../identity/index.ts';
import { AppError } from '../lib/index.ts';
import { type CliSecretBox, generateCliSecret } from './cli-secret-box.ts';
import type { OidcLinkRepository } from './oidc-link.repository.ts';

/** How an account is linked, as its owner and administrators see it (Harbor's OIDCUserInfo). */
export interface OidcMeta {
  readonly id: number;
  readonly userId: number;
  readonly issuer: string;
  readonly subject: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

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
      const chosen = secret === '' ? generateCliSecret() : secret;
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
      const { id, issuer, subject, createdAt, updatedAt } = link;
      return { id, userId, issuer, subject, createdAt, updatedAt };
    },
  };
}
