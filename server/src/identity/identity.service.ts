import { createHmac, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { UserPrincipal } from '../access/index.ts';
import { AppError, equalSecrets } from '../lib/index.ts';
import { hashPassword, verifyNothing, verifyPassword } from './password.ts';
import type { User, UserRepository } from './user.repository.ts';

export const ADMIN_USERNAME = 'admin';

/** A right password is remembered this long, so that a docker login does not cost a hash each. */
const REMEMBER_MS = 60_000;
/** How long a user's epoch may be stale here; bounds how long an ended token still works. */
const EPOCH_MS = 30_000;

export interface IdentityService {
  /** The user, or undefined for a wrong name or password: both take the same time. */
  authenticate(username: string, password: string): Promise<UserPrincipal | undefined>;
  /** The user if cached and still in `epoch`; undefined tells nothing. */
  peekUser(id: number, epoch: number): UserPrincipal | undefined;
  /** The user if it exists and is still in `epoch`. */
  findUser(id: number, epoch: number): Promise<UserPrincipal | undefined>;
  /** The epoch to write into tokens of this user. @throws AppError not-found */
  getEpoch(id: number): Promise<number>;
  /** Creates a user. @throws AppError invalid, conflict */
  createUser(user: {
    username: string;
    password: string;
    isAdmin: boolean;
  }): Promise<UserPrincipal>;
  /** @throws AppError invalid, not-found */
  resetPassword(username: string, password: string): Promise<void>;
  findByName(username: string): Promise<UserPrincipal | undefined>;
  /** Creates the administrator unless there is one already; tells whether this call did. */
  ensureAdmin(password: string): Promise<{ user: UserPrincipal; created: boolean }>;
  /** Forgets what is cached of all users. */
  forget(): void;
}

export function createIdentityService(users: UserRepository): IdentityService {
  return new Identity(users);
}

class Identity implements IdentityService {
  readonly #users: UserRepository;
  readonly #fingerprintKey = randomBytes(32);
  /** Right passwords, by fingerprint, with the hash they were right for. */
  readonly #remembered = new LRUCache<string, { userId: number; hash: string }>({
    max: 10_000,
    ttl: REMEMBER_MS,
  });
  readonly #cached = new LRUCache<number, User>({ max: 10_000, ttl: EPOCH_MS });

  constructor(users: UserRepository) {
    this.#users = users;
  }

  async authenticate(username: string, password: string): Promise<UserPrincipal | undefined> {
    const fingerprint = this.#fingerprint(username, password);
    const memory = this.#remembered.get(fingerprint);
    if (memory !== undefined) {
      const user = await this.#load(memory.userId);
      // A changed password changes the hash; then the memory is of the old one.
      if (user !== undefined && equalSecrets(user.passwordHash, memory.hash)) return present(user);
    }
    const user = isUsername(username) ? await this.#users.findByName(username) : undefined;
    const right =
      user === undefined
        ? await verifyNothing(password)
        : await verifyPassword(password, user.passwordHash);
    if (user === undefined || !right) return undefined;
    this.#remembered.set(fingerprint, { userId: user.id, hash: user.passwordHash });
    this.#cached.set(user.id, user);
    return present(user);
  }

  peekUser(id: number, epoch: number): UserPrincipal | undefined {
    const user = this.#cached.get(id);
    return user?.tokenEpoch === epoch ? present(user) : undefined;
  }

  async findUser(id: number, epoch: number): Promise<UserPrincipal | undefined> {
    const user = await this.#load(id);
    return user?.tokenEpoch === epoch ? present(user) : undefined;
  }

  async getEpoch(id: number): Promise<number> {
    const user = await this.#load(id);
    if (user === undefined) throw new AppError('not-found', 'the user does not exist');
    return user.tokenEpoch;
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
    return present(user);
  }

  async resetPassword(username: string, password: string): Promise<void> {
    checkPassword(password);
    const user = await this.#users.findByName(username);
    const passwordHash = await hashPassword(password);
    if (user === undefined || !(await this.#users.updatePassword(user.id, passwordHash))) {
      throw new AppError('not-found', `there is no user ${username}`);
    }
    this.#cached.delete(user.id);
  }

  async findByName(username: string): Promise<UserPrincipal | undefined> {
    const user = await this.#users.findByName(username);
    return user && present(user);
  }

  async ensureAdmin(password: string): Promise<{ user: UserPrincipal; created: boolean }> {
    checkPassword(password);
    const passwordHash = await hashPassword(password);
    const account = { username: ADMIN_USERNAME, passwordHash, isAdmin: true };
    const created = await this.#users.create(account);
    const user = created ?? (await this.#users.findByName(ADMIN_USERNAME));
    if (user === undefined) throw new AppError('unavailable', 'the admin account vanished');
    return { user: present(user), created: created !== undefined };
  }

  forget(): void {
    this.#cached.clear();
    this.#remembered.clear();
  }

  async #load(id: number): Promise<User | undefined> {
    const known = this.#cached.get(id);
    if (known !== undefined) return known;
    const user = await this.#users.find(id);
    if (user !== undefined) this.#cached.set(id, user);
    return user;
  }

  /** Stands for the pair in memory, where no password may lie. */
  #fingerprint(username: string, password: string): string {
    return createHmac('sha256', this.#fingerprintKey)
      .update(`${username}\0${password}`)
      .digest('hex');
  }
}

function present({ id, username, isAdmin }: User): UserPrincipal {
  return { kind: 'user', id, username, isAdmin };
}

function checkUsername(username: string): void {
  if (!isUsername(username)) {
    throw new AppError(
      'invalid',
      'a user name has 1 to 255 characters, without spaces, control characters or any of , " ~ # % $ :',
    );
  }
}

/** What is not a name is nobody's; a NUL, for one, would not even get through to the database. */
function isUsername(text: string): boolean {
  return /^[^,"~#%$\p{C}\s:]{1,255}$/u.test(text);
}

function checkPassword(password: string): void {
  const bytes = Buffer.byteLength(password);
  if (bytes < 8 || bytes > 128) {
    throw new AppError('invalid', 'a password must have 8 to 128 bytes');
  }
}
