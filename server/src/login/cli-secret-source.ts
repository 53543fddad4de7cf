import type { UserPrincipal } from '../access/index.ts';
import type { CredentialSource, IdentityService, Verdict } from '../identity/index.ts';
import { type OidcClient, OidcError, type OidcIdentity } from '../identity/oidc/index.ts';
import { createKeyedMutex, equalSecrets } from '../lib/index.ts';
import type { Log } from '../telemetry/index.ts';
import type { CliSecretBox } from './cli-secret-box.ts';
import type { OidcAccounts } from './oidc-accounts.service.ts';
import type { OidcConfiguration } from './oidc-configuration.ts';
import type { OidcLink, OidcLinkRepository } from './oidc-link.repository.ts';

export interface CliSecretSourcePorts {
  readonly oidc: Pick<OidcClient, 'refresh'>;
  readonly configuration: OidcConfiguration;
  readonly accounts: Pick<OidcAccounts, 'sync'>;
  readonly links: OidcLinkRepository;
  readonly identity: Pick<IdentityService, 'findExternal'>;
  readonly box: CliSecretBox;
  readonly log: Log;
  /** Milliseconds since the Unix epoch. */
  now(): number;
}

/** How long the provider's last word is taken as its present one. */
const FRESH_MS = 5 * 60_000;
/** How long it is taken when the provider cannot be asked, or gave no refresh token. */
const GRACE_MS = 60 * 60_000;
/** After which a replica that asks the provider is taken for dead. */
const CLAIM_MS = 30_000;

/**
 * The CLI secret of users of the OIDC provider, in place of a password. Every 5 minutes at most
 * the provider is asked again for the person: its no is ours, and groups that it took away are
 * gone. While it cannot be reached, its last yes holds for an hour.
 */
export function createCliSecretSource(ports: CliSecretSourcePorts): CredentialSource {
  return new CliSecretSource(ports);
}

class CliSecretSource implements CredentialSource {
  readonly name = 'CLI secret';
  readonly #ports: CliSecretSourcePorts;
  readonly #mutex = createKeyedMutex();

  constructor(ports: CliSecretSourcePorts) {
    this.#ports = ports;
  }

  async authenticate({
    username,
    password,
  }: {
    readonly username: string;
    readonly password: string;
  }): Promise<Verdict> {
    const { configuration, links, box } = this.#ports;
    if (!configuration.isEnabled() || username.includes('\0')) return 'unknown';
    const link = await links.findByUsername(username);
    if (link === undefined || link.cliSecret === null) return 'unknown';
    // The name is of this account alone: no other source gets to see what was typed for it.
    if (!equalSecrets(box.openSecret(link.id, link.cliSecret), password)) return 'wrong';
    return (await this.#vouch(link)) ?? 'wrong';
  }

  async #vouch(link: OidcLink): Promise<UserPrincipal | undefined> {
    if (this.#age(link) < FRESH_MS) return this.#findUser(link);
    // Providers take a second use of a refresh token for theft: one at a time.
    return this.#mutex.run(String(link.id), async () => {
      const now = new Date(this.#ports.now());
      const { links } = this.#ports;
      const current = await links.find(link.issuer, link.subject);
      if (current === undefined) return undefined;
      if (this.#age(current) < FRESH_MS) return this.#findUser(current);
      const staleBefore = new Date(now.getTime() - CLAIM_MS);
      if (!(await links.claimCheck(link.id, now, staleBefore))) return this.#grace(current);
      try {
        return await this.#ask(current);
      } finally {
        await links.releaseCheck(link.id);
      }
    });
  }

  async #ask(link: OidcLink): Promise<UserPrincipal | undefined> {
    const { oidc, configuration, accounts, box, log } = this.#ports;
    if (link.refreshToken === null) return this.#grace(link);
    let identity: OidcIdentity;
    try {
      identity = await oidc.refresh(configuration.get(), {
        refreshToken: box.openRefreshToken(link.id, link.refreshToken),
        subject: link.subject,
        idToken: '',
      });
    } catch (error) {
      if (!(error instanceof OidcError)) throw error;
      const { kind } = error;
      log.warn({ err: error, kind, username: link.username }, 'the OIDC provider did not vouch');
      return kind === 'unreachable' ? this.#grace(link) : undefined;
    }
    // Of another provider, whose subjects are other people.
    if (identity.issuer !== link.issuer) return undefined;
    return accounts.sync(identity);
  }

  #grace(link: OidcLink): Promise<UserPrincipal | undefined> {
    return this.#age(link) < GRACE_MS ? this.#findUser(link) : Promise.resolve(undefined);
  }

  #findUser({ issuer, subject }: OidcLink): Promise<UserPrincipal | undefined> {
    return this.#ports.identity.findExternal({ source: 'oidc', issuer, subject });
  }

  #age({ checkedAt }: OidcLink): number {
    return checkedAt === null ? Number.POSITIVE_INFINITY : this.#ports.now() - checkedAt.getTime();
  }
}
