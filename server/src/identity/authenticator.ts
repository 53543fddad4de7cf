import { createHmac, randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { Principal, UserPrincipal } from '../access/index.ts';
import { createGuessLimit } from './guess-limit.ts';
import type { IdentityService } from './identity.service.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
  /** Of the client. */
  readonly address: string;
}

/**
 * What a source makes of credentials: who they belong to; that they are wrong; or that they are
 * none of its own, so that the next source is asked.
 */
export type Verdict = Principal | 'wrong' | 'unknown';

/** One place where people or machines are known. */
export interface CredentialSource {
  readonly name: string;
  authenticate(credentials: Credentials): Promise<Verdict>;
}

/** Slows guessing down, by account and by address. */
export interface Brake {
  /** @throws AppError too-many */
  check(credentials: Credentials): Promise<void>;
  failed(credentials: Credentials): Promise<void>;
  succeeded(credentials: Credentials): Promise<void>;
}

export interface Authenticator {
  /**
   * Who the credentials belong to; undefined when they are wrong, and why is told to nobody.
   *
   * @throws AppError too-many, unavailable
   */
  authenticate(credentials: Credentials): Promise<Principal | undefined>;
  /** Forgets which passwords were right. */
  forget(): void;
}

export interface AuthenticatorPorts {
  readonly identity: Pick<IdentityService, 'findUser' | 'getEpoch'>;
  /** Take secrets that nobody can guess: robots, personal tokens. Asked first. */
  readonly machines: readonly CredentialSource[];
  /** Take passwords, in the order they are asked. */
  readonly people: readonly CredentialSource[];
  readonly brake: Brake;
}

/** A right password is remembered this long, so that a docker login does not cost a hash each. */
const REMEMBER_MS = 60_000;
/** Every failure takes as long, so that time does not tell which source knows a name. */
const FAILURE_MS = 300;

export function createAuthenticator(ports: AuthenticatorPorts): Authenticator {
  return new SourceChain(ports);
}

class SourceChain implements Authenticator {
  readonly #ports: AuthenticatorPorts;
  readonly #guesses = createGuessLimit();
  readonly #fingerprintKey = randomBytes(32);
  /** Right passwords, by fingerprint, with the epoch they were right in. */
  readonly #remembered = new LRUCache<string, { id: number; epoch: number }>({
    max: 10_000,
    ttl: REMEMBER_MS,
  });

  constructor(ports: AuthenticatorPorts) {
    this.#ports = ports;
  }

  async authenticate(credentials: Credentials): Promise<Principal | undefined> {
    const machine = await this.#askMachines(credentials);
    if (machine === 'wrong') return undefined;
    if (machine !== 'unknown') return machine;
    const fingerprint = this.#fingerprint(credentials);
    return (await this.#recall(fingerprint)) ?? (await this.#askPeople(credentials, fingerprint));
  }

  forget(): void {
    this.#remembered.clear();
  }

  async #askMachines(credentials: Credentials): Promise<Verdict> {
    const key = `${credentials.username} ${credentials.address}`;
    for (const source of this.#ports.machines) {
      this.#guesses.check(key);
      const verdict = await source.authenticate(credentials);
      if (verdict === 'wrong') this.#guesses.failed(key);
      else if (verdict !== 'unknown') this.#guesses.succeeded(key);
      if (verdict !== 'unknown') return verdict;
    }
    return 'unknown';
  }

  async #recall(fingerprint: string): Promise<UserPrincipal | undefined> {
    const memory = this.#remembered.get(fingerprint);
    return memory && this.#ports.identity.findUser(memory.id, memory.epoch);
  }

  async #askPeople(credentials: Credentials, fingerprint: string): Promise<Principal | undefined> {
    const { brake, identity } = this.#ports;
    await brake.check(credentials);
    const floor = delay(FAILURE_MS, undefined, { ref: false });
    const principal = await this.#ask(credentials);
    if (principal === undefined) {
      await Promise.all([brake.failed(credentials), floor]);
      return undefined;
    }
    await brake.succeeded(credentials);
    if (principal.kind === 'user') {
      const epoch = await identity.getEpoch(principal.id);
      this.#remembered.set(fingerprint, { id: principal.id, epoch });
    }
    return principal;
  }

  async #ask(credentials: Credentials): Promise<Principal | undefined> {
    if (credentials.password === '') return undefined;
    for (const source of this.#ports.people) {
      const verdict = await source.authenticate(credentials);
      if (verdict === 'wrong') return undefined;
      if (verdict !== 'unknown') return verdict;
    }
    return undefined;
  }

  /** Stands for the pair in memory, where no password may lie. */
  #fingerprint({ username, password }: Credentials): string {
    return createHmac('sha256', this.#fingerprintKey)
      .update(`${username}\0${password}`)
      .digest('hex');
  }
}

/** Accounts of our own. */
export function createDatabaseSource(
  identity: Pick<IdentityService, 'verifyPassword'>,
): CredentialSource {
  return {
    name: 'database',
    authenticate: ({ username, password }) => identity.verifyPassword(username, password),
  };
}
