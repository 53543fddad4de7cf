import { LRUCache } from 'lru-cache';
import type { UserPrincipal } from '../access/index.ts';
import { AppError } from '../lib/index.ts';
import type { ExternalAccountRepository } from './external-account.repository.ts';
import { hashPassword, verifyNothing, verifyPassword } from './password.ts';
import { checkPassword, checkUsername, isUsername } from './rules.ts';
import type { UserRepository } from './user.repository.ts';
import { type ExternalIdentity, presentPrincipal, type User } from './user.ts';

export const ADMIN_USERNAME = 'admin';

/** How long a user may be stale here; bounds how long an ended token still works. */
const USER_MS = 30_000;

/** Accounts, as all ways of logging in need them. */
export interface IdentityService {
  /** The user if cached and still in `epoch`; undefined tells nothing. */
  peekUser(id: number, epoch: number): UserPrincipal | undefined;
  /** The user if it exists and is still in `epoch`. */
  findUser(id: number, epoch: number): Promise<UserPrincipal | undefined>;
  /** The user as it is, not older than 30 s. */
  find(id: number): Promise<User | undefined>;
  /** The epoch to write into tokens of this user. @throws AppError not-found */
  getEpoch(id: number): Promise<number>;
  /**
   * Checks the password of an account of our own, by name or email. `unknown` when there is no
   * such account or it has no password: then another source may know it. All outcomes take the
   * work of one hash.
   */
  verifyPassword(login: string, password: string): Promise<UserPrincipal | 'wrong' | 'unknown'>;
  /** The account linked to an external identity, made at its first login. @throws AppError conflict */
  ensureExternal(identity: ExternalIdentity): Promise<UserPrincipal>;
  /** The account linked to it, if it has one. */
  findExternal(
    identity: Pick<ExternalIdentity, 'source' | 'issuer' | 'subject'>,
  ): Promise<UserPrincipal | undefined>;
  /** Creates a user with a password. @throws AppError invalid, conflict */
  createUser(user: {
    username: string;
    password: string;
    isAdmin: boolean;
  }): Promise<UserPrincipal>;
  /**
   * @param isGenerated whether the portal is to ask for another one
   * @throws AppError invalid, not-found
   */
  resetPassword(username: string, password: string, isGenerated?: boolean): Promise<void>;
  findByName(username: string): Promise<UserPrincipal | undefined>;
  /**
   * Creates the administrator unless there is one already; tells whether this call did.
   *
   * @param isGenerated whether the portal is to ask for another password
   */
  ensureAdmin(
    password: string,
    isGenerated?: boolean,
  ): Promise<{ user: UserPrincipal; created: boolean }>;
  /** Forgets what is cached of one user, or of all. */
  forget(id?: number): void;
}

export function createIdentityService(
  users: UserRepository,
  external: ExternalAccountRepository,
): IdentityService {
  return new Identity(users, external);
}

class Identity implements IdentityService {
  readonly #users: UserRepository;
  readonly #external: ExternalAccountRepository;
  readonly #cached = new LRUCache<number, { user: User; principal: UserPrincipal }>({
    max: 10_000,
    ttl: USER_MS,
  });

  constructor(users: UserRepository, external: ExternalAccountRepository) {
    this.#users = users;
    this.#external = external;
  }

  peekUser(id: number, epoch: number): UserPrincipal | undefined {
    const known = this.#cached.get(id);
    return known?.user.tokenEpoch === epoch ? known.principal : undefined;
  }

  async findUser(id: number, epoch: number): Promise<UserPrincipal | undefined> {
    const user = await this.find(id);
    return user?.tokenEpoch === epoch ? presentPrincipal(user) : undefined;
  }

  async find(id: number): Promise<User | undefined> {
    const known = this.#cached.get(id);
    if (known !== undefined) return known.user;
    const user = await this.#users.find(id);
    if (user !== undefined) this.#remember(user);
    return user;
  }

  async getEpoch(id: number): Promise<number> {
    const user = await this.find(id);
    if (user === undefined) throw new AppError('not-found', 'the user does not exist');
    return user.tokenEpoch;
  }

  async verifyPassword(
    login: string,
    password: string,
  ): Promise<UserPrincipal | 'wrong' | 'unknown'> {
    const user = isUsername(login) ? await this.#users.findByLogin(login) : undefined;
    if (user === undefined || user.passwordHash === null) {
      await verifyNothing(password);
      return 'unknown';
    }
    if (!(await verifyPassword(password, user.passwordHash))) return 'wrong';
    return this.#remember(user);
  }

  async ensureExternal(identity: ExternalIdentity): Promise<UserPrincipal> {
    const username = identity.username.replaceAll(/\s/g, '_');
    checkUsername(username);
    const id = await this.#external.ensure({ ...identity, username });
    const user = id === undefined ? undefined : await this.#users.find(id);
    if (user === undefined) {
      throw new AppError(
        'conflict',
        `the name ${identity.username} belongs to another account; an administrator must rename one of them`,
      );
    }
    return this.#remember(user);
  }

  async findExternal(
    identity: Pick<ExternalIdentity, 'source' | 'issuer' | 'subject'>,
  ): Promise<UserPrincipal | undefined> {
    const id = await this.#external.find(identity);
    const user = id === undefined ? undefined : await this.#users.find(id);
    return user && this.#remember(user);
  }

  async createUser({
    username,
    password,
    isAdmin,
  }: {
    username: string;
    password: string;
    isAdmin: boolean;
  }): Promise<UserPrincipal> {
    checkUsername(username);
    checkPassword(password);
    const passwordHash = await hashPassword(password);
    const user = await this.#users.create({ username, passwordHash, isAdmin });
    if (user === undefined) throw new AppError('conflict', `user ${username} already exists`);
    return this.#remember(user);
  }

  async resetPassword(username: string, password: string, isGenerated = false): Promise<void> {
    checkPassword(password);
    const user = await this.#users.findByName(username);
    const hash = await hashPassword(password);
    const isReplaced = user && (await this.#users.updatePassword(user.id, hash, isGenerated));
    if (user === undefined || isReplaced !== true) {
      throw new AppError('not-found', `there is no user ${username}`);
    }
    this.forget(user.id);
  }

  async findByName(username: string): Promise<UserPrincipal | undefined> {
    const user = await this.#users.findByName(username);
    return user && presentPrincipal(user);
  }

  async ensureAdmin(
    password: string,
    isGenerated = false,
  ): Promise<{ user: UserPrincipal; created: boolean }> {
    const created = await this.#users.create({
      username: ADMIN_USERNAME,
      passwordHash: await hashPassword(password),
      isAdmin: true,
      mustChangePassword: isGenerated,
    });
    const user = created ?? (await this.#users.findByName(ADMIN_USERNAME));
    if (user === undefined) throw new AppError('unavailable', 'the admin account vanished');
    return { user: presentPrincipal(user), created: created !== undefined };
  }

  forget(id?: number): void {
    if (id === undefined) this.#cached.clear();
    else this.#cached.delete(id);
  }

  #remember(user: User): UserPrincipal {
    const principal = presentPrincipal(user);
    this.#cached.set(user.id, { user, principal });
    return principal;
  }
}
