import {
  type ExternalIdentity,
  type IdentityService,
  type LdapDirectory,
  LdapError,
  type LdapGroup,
  type LdapPerson,
  type LdapSettings,
} from '../identity/index.ts';
import { AppError } from '../lib/index.ts';
import type { LdapConf } from './ldap.schema.ts';
import { parsePing } from './ldap-ping.ts';
import { ensureOnboarded } from './onboarding.ts';

export interface ImportFailure {
  readonly uid: string;
  /** In Harbor's words. */
  readonly error: string;
}

/**
 * Administration of the LDAP directory. All but `ping` and `importUsers` throw AppError: invalid
 * without a directory, or when its settings are wrong; unavailable when it does not answer.
 */
export interface LdapService {
  /** Why the settings do not work; undefined if they do. */
  ping(conf: LdapConf): Promise<string | undefined>;
  /** An empty pattern is everybody, `*` stands for anything; 100 at most. */
  searchUsers(pattern: string): Promise<readonly LdapPerson[]>;
  /** Makes accounts. @throws AppError invalid without a directory */
  importUsers(uids: readonly string[]): Promise<readonly ImportFailure[]>;
  /** @throws AppError not-found when there is none */
  searchGroups(query: { name: string; dn: string }): Promise<readonly LdapGroup[]>;
  /** Somebody with exactly this name; undefined also without a directory. */
  findIdentity(username: string): Promise<ExternalIdentityOfLdap | undefined>;
  findGroup(dn: string): Promise<LdapGroup | undefined>;
}

/** As a search tells: groups come with the login. */
export type ExternalIdentityOfLdap = Omit<ExternalIdentity, 'groups' | 'isAdmin'>;

export interface LdapPorts {
  readonly directory: LdapDirectory;
  readonly identity: Pick<IdentityService, 'findExternal' | 'ensureExternal'>;
  /** Undefined unless a directory is configured. */
  ldapSettings(): LdapSettings | undefined;
  /** What links a person to an account; the login must do it alike. */
  linkOf(person: LdapPerson, settings: LdapSettings): Pick<ExternalIdentity, 'issuer' | 'subject'>;
}

export function createLdapService(ports: LdapPorts): LdapService {
  return new LdapAdministration(ports);
}

class LdapAdministration implements LdapService {
  readonly #ports: LdapPorts;

  constructor(ports: LdapPorts) {
    this.#ports = ports;
  }

  async ping(conf: LdapConf): Promise<string | undefined> {
    try {
      await this.#ports.directory.ping(parsePing(this.#ports.ldapSettings(), conf));
      return undefined;
    } catch (error) {
      if (error instanceof LdapError || error instanceof AppError) return error.message;
      throw error;
    }
  }

  searchUsers(pattern: string): Promise<readonly LdapPerson[]> {
    return this.#ask((directory, settings) => directory.searchUsers(settings, pattern));
  }

  async importUsers(uids: readonly string[]): Promise<readonly ImportFailure[]> {
    const settings = this.#getSettings();
    const failures: ImportFailure[] = [];
    let isBroken = false;
    for (const uid of new Set(uids)) {
      // One that does not answer would let the caller wait for every name.
      const error: string | undefined = isBroken
        ? SEARCH_FAILED
        : await this.#importUser(settings, uid.trim());
      if (error !== undefined) failures.push({ uid, error });
      isBroken = error === SEARCH_FAILED;
    }
    return failures;
  }

  async searchGroups(query: { name: string; dn: string }): Promise<readonly LdapGroup[]> {
    const groups = await this.#ask((directory, settings) =>
      directory.searchGroups(settings, query),
    );
    if (groups.length === 0) throw new AppError('not-found', 'No ldap group found');
    return groups;
  }

  async findIdentity(username: string): Promise<ExternalIdentityOfLdap | undefined> {
    const settings = this.#ports.ldapSettings();
    if (settings === undefined) return undefined;
    const person = await this.#ask((directory) => directory.findUser(settings, username));
    return person && this.#identify(person, settings);
  }

  findGroup(dn: string): Promise<LdapGroup | undefined> {
    return this.#ask((directory, settings) => directory.findGroup(settings, dn));
  }

  /** What went wrong, in Harbor's words. */
  async #importUser(settings: LdapSettings, uid: string): Promise<string | undefined> {
    if (uid === '') return 'empty_uid';
    const { directory, identity } = this.#ports;
    try {
      const person = await directory.findUser(settings, uid);
      if (person === undefined) return 'unknown_user';
      await ensureOnboarded(identity, this.#identify(person, settings));
      return undefined;
    } catch (error) {
      if (error instanceof LdapError) return SEARCH_FAILED;
      if (error instanceof AppError) return `failed to import user: ${uid}`;
      throw error;
    }
  }

  #identify(person: LdapPerson, settings: LdapSettings): ExternalIdentityOfLdap {
    const { username, realname, email } = person;
    const link = this.#ports.linkOf(person, settings);
    return { source: 'ldap', ...link, username, realname, email };
  }

  #getSettings(): LdapSettings {
    const settings = this.#ports.ldapSettings();
    if (settings === undefined) throw new AppError('invalid', 'LDAP is not configured');
    return settings;
  }

  async #ask<T>(
    work: (directory: LdapDirectory, settings: LdapSettings) => Promise<T>,
  ): Promise<T> {
    const settings = this.#getSettings();
    try {
      return await work(this.#ports.directory, settings);
    } catch (error) {
      throw error instanceof LdapError ? toAppError(error) : error;
    }
  }
}

const SEARCH_FAILED = 'failed_search_user';

/** Its message is for administrators, who alone reach this, and for those who name a group. */
function toAppError(error: LdapError): AppError {
  const isOutage = error.kind === 'unreachable' || error.kind === 'timeout';
  return new AppError(isOutage ? 'unavailable' : 'invalid', error.message, { cause: error });
}
