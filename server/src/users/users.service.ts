import { canInSystem, type Principal } from '../access/index.ts';
import { refusalFor } from '../api/index.ts';
import {
  ADMIN_USERNAME,
  checkPassword,
  checkUsername,
  hashPassword,
  type IdentityService,
  type User,
  type UserRepository,
} from '../identity/index.ts';
import { AppError, followUp } from '../lib/index.ts';
import type { AccountFilter, AccountRepository } from './account.repository.ts';
import type { OidcMeta } from './oidc-meta.ts';
import { buryUser } from './tombstone.ts';
import { checkProfile, type UserProfile } from './user-profile.ts';
import { usernameFilter } from './user-query.ts';
import { authorizeAccount, protectAdministrator } from './user-rights.ts';

export interface NewAccount extends UserProfile {
  readonly username: string;
  readonly password: string;
}

export interface Page {
  readonly offset: number;
  readonly limit: number;
}

/** Administration of accounts; what proves who one is, is in `CredentialsService`. */
export interface UsersService {
  listUsers(filter: AccountFilter, page: Page): Promise<{ users: User[]; total: number }>;
  /** By part of the name, for anybody who is logged in. */
  searchUsers(part: string, page: Page): Promise<{ users: User[]; total: number }>;
  /** @throws AppError precondition for robots */
  getCurrentUser(principal: Principal): Promise<{ user: User; meta: OidcMeta | undefined }>;
  /** @throws AppError denied, not-found */
  getUser(principal: Principal, id: number): Promise<{ user: User; meta: OidcMeta | undefined }>;
  /**
   * @param isBrowser whether an anonymous caller uses a browser, which Harbor asks for
   * @throws AppError unauthenticated, denied, invalid, conflict
   */
  createUser(principal: Principal, account: NewAccount, isBrowser: boolean): Promise<User>;
  /** @throws AppError denied, invalid, not-found, conflict */
  updateProfile(principal: Principal, id: number, profile: UserProfile): Promise<User>;
  /** @throws AppError denied, not-found */
  updateAdmin(principal: Principal, id: number, isAdmin: boolean): Promise<User>;
  /** Gives the user that was. @throws AppError denied, not-found */
  deleteUser(principal: Principal, id: number): Promise<User>;
}

export interface UsersPorts {
  readonly accounts: AccountRepository;
  readonly users: Pick<UserRepository, 'create'>;
  readonly identity: Pick<IdentityService, 'forget'>;
  selfRegistration(): boolean;
  /** Whether nothing personal may be left of a deleted account. */
  gdprDelete(): boolean;
  /** Where an account of an OIDC provider comes from; undefined for all others. */
  findOidcMeta(userId: number): Promise<OidcMeta | undefined>;
  /** Told of every deletion: what the account was called, and is called from then on. */
  deleted(username: string, replacement: string): void;
  /** Makes every replica forget what it knows of the user. */
  changed(userId: number): Promise<void>;
  /** Makes every replica forget what it knows of the project. */
  announceProject(name: string): Promise<void>;
}

export function createUsersService(ports: UsersPorts): UsersService {
  return new Users(ports);
}

class Users implements UsersService {
  readonly #ports: UsersPorts;

  constructor(ports: UsersPorts) {
    this.#ports = ports;
  }

  listUsers(filter: AccountFilter, page: Page): Promise<{ users: User[]; total: number }> {
    return this.#ports.accounts.list(filter, page);
  }

  searchUsers(part: string, page: Page): Promise<{ users: User[]; total: number }> {
    return this.#ports.accounts.list(usernameFilter(part), page);
  }

  async getCurrentUser(principal: Principal): Promise<{ user: User; meta: OidcMeta | undefined }> {
    if (principal.kind !== 'user') {
      throw new AppError('precondition', 'the caller is a robot; only people have an account');
    }
    return this.#describe(await this.#get(principal.id));
  }

  async getUser(
    principal: Principal,
    id: number,
  ): Promise<{ user: User; meta: OidcMeta | undefined }> {
    authorizeAccount(principal, id, 'read');
    return this.#describe(await this.#get(id));
  }

  async createUser(principal: Principal, account: NewAccount, isBrowser: boolean): Promise<User> {
    this.#authorizeCreation(principal, isBrowser);
    const { username, email, realname, comment, password } = account;
    checkUsername(username);
    checkProfile(account);
    checkPassword(password);
    const { accounts, users } = this.#ports;
    const isTaken = await accounts.isLoginTaken([username, email]);
    const user = isTaken
      ? undefined
      : await users.create({
          username,
          email,
          realname,
          comment,
          passwordHash: await hashPassword(password),
          isAdmin: false,
        });
    if (user === undefined) throw new AppError('conflict', 'username or email is taken');
    return user;
  }

  async updateProfile(principal: Principal, id: number, profile: UserProfile): Promise<User> {
    authorizeAccount(principal, id, 'update');
    const user = await this.#get(id);
    protectAdministrator(principal, user);
    if (user.passwordHash === null) throw notOurs(id);
    checkProfile(profile);
    const { accounts } = this.#ports;
    const isTaken = await accounts.isLoginTaken([profile.email], id);
    const outcome = isTaken
      ? 'taken'
      : await this.#change(id, () => accounts.updateProfile(id, profile));
    if (outcome === 'taken') throw new AppError('conflict', 'email is taken');
    if (outcome === 'absent') throw userNotFound(id);
    return user;
  }

  async updateAdmin(principal: Principal, id: number, isAdmin: boolean): Promise<User> {
    if (principal.kind === 'robot') {
      throw new AppError('denied', 'only an administrator makes and dismisses administrators');
    }
    if (!canInSystem(principal, 'user', 'update')) throw refusalFor(principal);
    const user = await this.#get(id);
    if (user.username === ADMIN_USERNAME && !isAdmin) {
      throw new AppError('denied', `${ADMIN_USERNAME} stays an administrator`);
    }
    const { accounts } = this.#ports;
    const isUpdated = await this.#change(id, () => accounts.updateAdmin(id, isAdmin));
    if (!isUpdated) throw userNotFound(id);
    return user;
  }

  async deleteUser(principal: Principal, id: number): Promise<User> {
    if (!canInSystem(principal, 'user', 'delete')) throw refusalFor(principal);
    if (principal.kind === 'user' && principal.id === id) {
      throw new AppError('denied', 'nobody deletes the own account');
    }
    const user = await this.#get(id);
    if (user.username === ADMIN_USERNAME) {
      throw new AppError('denied', `${ADMIN_USERNAME} cannot be deleted`);
    }
    protectAdministrator(principal, user);
    const { accounts, announceProject, gdprDelete, deleted } = this.#ports;
    const tombstone = buryUser(user, gdprDelete());
    const projects = await this.#change(id, () => accounts.delete(id, tombstone));
    if (projects === undefined) throw userNotFound(id);
    for (const name of projects) await announceProject(name);
    deleted(user.username, tombstone.username);
    return user;
  }

  #authorizeCreation(principal: Principal, isBrowser: boolean): void {
    if (canInSystem(principal, 'user', 'create')) return;
    if (!this.#ports.selfRegistration() || principal.kind !== 'anonymous') {
      throw refusalFor(principal);
    }
    if (!isBrowser) {
      throw new AppError('denied', 'self-registration cannot be triggered via API');
    }
  }

  async #get(id: number): Promise<User> {
    const user = await this.#ports.accounts.find(id);
    if (user === undefined) throw userNotFound(id);
    return user;
  }

  async #describe(user: User): Promise<{ user: User; meta: OidcMeta | undefined }> {
    const isOurs = user.passwordHash !== null;
    return { user, meta: isOurs ? undefined : await this.#ports.findOidcMeta(user.id) };
  }

  /** Changes an account and makes all replicas forget it before it resolves. */
  #change<T>(id: number, work: () => Promise<T>): Promise<T> {
    const { identity, changed } = this.#ports;
    return followUp(work, async () => {
      identity.forget(id);
      await changed(id);
    });
  }
}

export function userNotFound(id: number): AppError {
  return new AppError('not-found', `user ${id} not found`);
}

/** As Harbor refuses it unless users are in its own database. */
export function notOurs(id: number): AppError {
  return new AppError('denied', `user ${id} belongs to a directory or a provider: change it there`);
}
