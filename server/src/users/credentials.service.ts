import type { Principal } from '../access/index.ts';
import {
  type Brake,
  checkPassword,
  hashPassword,
  type IdentityService,
  type User,
  verifyPassword,
} from '../identity/index.ts';
import { AppError, followUp } from '../lib/index.ts';
import type { AccountRepository } from './account.repository.ts';
import type { OidcMeta } from './oidc-meta.ts';
import { authorizeCredentials, protectAdministrator } from './user-rights.ts';
import { notOurs, userNotFound } from './users.service.ts';

export interface PasswordChange {
  /** Asked for when the own password is changed. */
  readonly oldPassword: string;
  readonly newPassword: string;
  /** Of the client. */
  readonly address: string;
}

/** How users prove who they are. */
export interface CredentialsService {
  /**
   * Ends all sessions and tokens of the user, who is asked for another password by the portal if
   * somebody else set this one.
   *
   * @throws AppError denied, invalid, not-found, too-many, conflict
   */
  updatePassword(principal: Principal, id: number, change: PasswordChange): Promise<User>;
  /**
   * What `docker login` takes from users of an OIDC provider. An empty secret: one is generated.
   *
   * @throws AppError denied, invalid, not-found; precondition for other users
   */
  updateCliSecret(principal: Principal, id: number, secret: string): Promise<User>;
}

export interface CredentialsPorts {
  readonly accounts: Pick<AccountRepository, 'find' | 'replacePassword'>;
  readonly identity: Pick<IdentityService, 'forget'>;
  /** The one that logins go by: a stolen session is no place to guess the password either. */
  readonly brake: Brake;
  readonly cliSecrets: {
    /** Undefined: one is generated. */
    set(userId: number, secret: string | undefined): Promise<void>;
  };
  findOidcMeta(userId: number): Promise<OidcMeta | undefined>;
  /** Makes every replica forget what it knows of the user. */
  changed(userId: number): Promise<void>;
  /** Told of every account whose password is another one now. */
  passwordReplaced(username: string): Promise<void>;
}

export function createCredentialsService(ports: CredentialsPorts): CredentialsService {
  const { accounts, identity } = ports;

  async function getUser(principal: Principal, id: number): Promise<User> {
    const user = await accounts.find(id);
    if (user === undefined) throw userNotFound(id);
    protectAdministrator(principal, user);
    return user;
  }

  function change<T>(id: number, work: () => Promise<T>): Promise<T> {
    return followUp(work, async () => {
      identity.forget(id);
      await ports.changed(id);
    });
  }

  return {
    async updatePassword(principal, id, { oldPassword, newPassword, address }) {
      const whose = authorizeCredentials(principal, id);
      const user = await getUser(principal, id);
      const { passwordHash: oldHash, username } = user;
      if (oldHash === null) throw notOurs(id);
      if (whose === 'own') {
        await verifyOld(ports.brake, { username, password: oldPassword, address }, oldHash);
      }
      checkPassword(newPassword);
      if (whose === 'own' && newPassword === oldPassword) {
        throw new AppError('invalid', 'the new password must not be the old one');
      }
      const newHash = await hashPassword(newPassword);
      const replacement = { oldHash, newHash, mustChange: whose === 'other' };
      const isReplaced = await change(id, () => accounts.replacePassword(id, replacement));
      if (!isReplaced) throw new AppError('conflict', 'the password was changed meanwhile');
      await ports.passwordReplaced(username);
      return user;
    },
    async updateCliSecret(principal, id, secret) {
      authorizeCredentials(principal, id);
      const user = await getUser(principal, id);
      if (secret !== '') checkPassword(secret);
      const meta = user.passwordHash === null ? await ports.findOidcMeta(id) : undefined;
      if (meta === undefined) {
        throw new AppError('precondition', 'only users of an OIDC provider have a CLI secret');
      }
      await change(id, () => ports.cliSecrets.set(id, secret === '' ? undefined : secret));
      return user;
    },
  };
}

async function verifyOld(
  brake: Brake,
  credentials: Parameters<Brake['check']>[0],
  hash: string,
): Promise<void> {
  await brake.check(credentials);
  if (!(await verifyPassword(credentials.password, hash))) {
    await brake.failed(credentials);
    throw new AppError('denied', 'Current password is incorrect');
  }
  await brake.succeeded(credentials);
}
