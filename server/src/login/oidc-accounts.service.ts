import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { UserPrincipal } from '../access/index.ts';
import type { IdentityService } from '../identity/index.ts';
import type { OidcIdentity } from '../identity/oidc/index.ts';
import { AppError, generatePassword } from '../lib/index.ts';
import type { SecretBox } from '../secrets/index.ts';
import { CLI_SECRET_LENGTH, type CliSecretBox } from './cli-secret-box.ts';
import type { OidcConfiguration } from './oidc-configuration.ts';
import type { OidcLink, OidcLinkRepository } from './oidc-link.repository.ts';
import type { OnboardingRepository } from './onboarding.repository.ts';

export interface OidcAccountsPorts {
  readonly identity: Pick<IdentityService, 'ensureExternal' | 'findExternal'>;
  readonly links: OidcLinkRepository;
  readonly onboardings: OnboardingRepository;
  readonly configuration: OidcConfiguration;
  readonly secrets: Pick<SecretBox, 'seal' | 'open'>;
  readonly box: CliSecretBox;
  /** Milliseconds since the Unix epoch. */
  now(): number;
}

/** Accounts of people whom the OIDC provider vouches for, linked by (issuer, sub). */
export interface OidcAccounts {
  /** Takes over groups, rights and tokens of a known person; undefined for a new one. */
  sync(identity: OidcIdentity): Promise<UserPrincipal | undefined>;
  /** Makes the account of a new person. @throws AppError invalid, conflict: the name */
  create(identity: OidcIdentity, username: string): Promise<UserPrincipal>;
  /** Keeps a new person's identity for 10 minutes; resolves with the secret that finds it. */
  putPending(identity: OidcIdentity): Promise<string>;
  /** @throws AppError invalid when there is none, or no longer */
  getPending(secret: string): Promise<OidcIdentity>;
  deletePending(secret: string): Promise<void>;
}

const PENDING_MS = 10 * 60_000;
const PENDING_CONTEXT = 'oidc_onboarding';

const pendingIdentity = z.object({
  issuer: z.string(),
  subject: z.string(),
  username: z.string().optional(),
  email: z.string().optional(),
  emailVerified: z.boolean(),
  groups: z.array(z.string()),
  groupsKnown: z.boolean(),
  isAdmin: z.boolean(),
  idToken: z.string(),
  expiresAt: z.coerce.date(),
  refreshToken: z.string().optional(),
});

export function createOidcAccounts(ports: OidcAccountsPorts): OidcAccounts {
  const { onboardings, secrets } = ports;
  return {
    async sync(identity) {
      const link = await ports.links.find(identity.issuer, identity.subject);
      return link && sync(ports, link, identity);
    },
    async create(identity, username) {
      const user = await ports.identity.ensureExternal(externalOf(identity, username));
      const link = await ports.links.find(identity.issuer, identity.subject);
      if (link !== undefined) await keepTokens(ports, link, identity);
      return user;
    },
    async putPending(identity) {
      const secret = randomBytes(32).toString('base64url');
      const sealed = secrets.seal(JSON.stringify(identity), PENDING_CONTEXT);
      await onboardings.create(hashOf(secret), sealed, new Date(ports.now() + PENDING_MS));
      return secret;
    },
    async getPending(secret) {
      const sealed = await onboardings.find(hashOf(secret), new Date(ports.now()));
      if (sealed === undefined) throw new AppError('invalid', 'log in at the provider first');
      const json: unknown = JSON.parse(secrets.open(sealed, PENDING_CONTEXT));
      const { username, email, refreshToken, ...rest } = pendingIdentity.parse(json);
      return { ...rest, username, email, ...(refreshToken !== undefined && { refreshToken }) };
    },
    deletePending: (secret) => onboardings.delete(hashOf(secret)),
  };
}

async function sync(
  ports: OidcAccountsPorts,
  link: OidcLink,
  identity: OidcIdentity,
): Promise<UserPrincipal | undefined> {
  // A claim that is set up but absent tells nothing: the memberships stay as they are.
  const tellsGroups = identity.groupsKnown || ports.configuration.get().groupsClaim === '';
  const external = externalOf(identity, link.username);
  const user = tellsGroups
    ? await ports.identity.ensureExternal(external)
    : await ports.identity.findExternal(external);
  await keepTokens(ports, link, identity);
  return user;
}

async function keepTokens(
  { links, box, now }: OidcAccountsPorts,
  { id, cliSecret }: OidcLink,
  { refreshToken }: OidcIdentity,
): Promise<void> {
  const sealed = refreshToken === undefined ? undefined : box.sealRefreshToken(id, refreshToken);
  await links.putCheck(id, new Date(now()), sealed);
  if (cliSecret === null)
    await links.ensureCliSecret(id, box.sealSecret(id, generatePassword(CLI_SECRET_LENGTH)));
}

function externalOf(identity: OidcIdentity, username: string) {
  return {
    source: 'oidc',
    issuer: identity.issuer,
    subject: identity.subject,
    username,
    // An address that nobody verified would pass for one that somebody did.
    email: identity.emailVerified ? identity.email : undefined,
    realname: '',
    groups: identity.groups.map((name) => ({ name })),
    isAdmin: identity.isAdmin,
  } as const;
}

function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
