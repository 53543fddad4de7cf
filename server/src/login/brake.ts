import { setTimeout as delay } from 'node:timers/promises';
import type { Brake, Credentials } from '../identity/index.ts';
import { AppError } from '../lib/index.ts';
import type { SecretBox } from '../secrets/index.ts';
import { addressGroup } from './address-group.ts';
import { allows, countMore, type Limit, settle, waitMs } from './limit.ts';
import type { Failures, LoginFailureRepository } from './login-failure.repository.ts';

export interface LoginBrakePorts {
  readonly rows: LoginFailureRepository;
  /** Names are stored as keyed digests: some type their password into the field above it. */
  readonly secrets: Pick<SecretBox, 'digest'>;
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** How long a login waits at most for its turn; 3 s unless told. */
  readonly patienceMs?: number;
}

export interface LoginBrake extends Brake {
  /** Counts one use of something that costs or tells, by address. @throws AppError too-many */
  spend(address: string): Promise<void>;
  /** Deletes what no longer matters, and the oldest of what is too much. */
  sweep(): Promise<number>;
}

/**
 * An account from one address: 10 guesses, then the next ones 1, 2, 4 … 240 s apart; one is
 * forgiven every 10 minutes. 32 guesses in the first hour, 15 in each later one.
 */
const PAIR: Limit = { free: 10, forgivenPerHour: 6, longestMs: 240_000 };
/**
 * The same from where it has logged in: many may share that address, and one job with an old
 * password must not soon stop those who know the new one.
 */
const FAMILIAR: Limit = { ...PAIR, free: 30 };
/**
 * An account from all addresses that it has not logged in from: 30 guesses and 20 more in each
 * hour, so that one address alone never uses it up for the others.
 */
const ACCOUNT: Limit = { free: 30, forgivenPerHour: 20, longestMs: 0 };
/** All accounts from one address, which a whole office may share. */
const ADDRESS: Limit = { free: 100, forgivenPerHour: 600, longestMs: 0 };

const REMEMBER_MS = 30 * 24 * 3_600_000;
/** A refusal that ends so soon is waited for: of ten logins at once, all get through. */
const PATIENCE_MS = 3_000;
const STEP_MS = 100;
const MAX_WAITING = 64;
/** Rows of each kind. */
const MAX_ROWS = 20_000;
/** After which no count can matter any more. */
const COUNT_MS = 24 * 3_600_000;

/**
 * Slows guessing down in the database, so that replicas share the count. A guess is counted
 * before it is tried, and forgiven when it was right: guesses at the same time all count.
 */
export function createLoginBrake(ports: LoginBrakePorts): LoginBrake {
  return new DatabaseBrake(ports);
}

interface Keys {
  readonly pair: string;
  readonly account: string;
  readonly address: string;
  /** There was a right login from there. */
  readonly familiar: string;
}

class DatabaseBrake implements LoginBrake {
  readonly #ports: LoginBrakePorts;
  #waiting = 0;

  constructor(ports: LoginBrakePorts) {
    this.#ports = ports;
  }

  async check(credentials: Credentials): Promise<void> {
    const keys = this.#keysOf(credentials);
    const since = new Date(this.#ports.now() - REMEMBER_MS);
    // An address at its end must not make rows for the names that it tries.
    await this.#reserve(new Map([[keys.address, ADDRESS]]));
    const isFamiliar = await this.#ports.rows.has(keys.familiar, since);
    const limits = new Map([[keys.pair, isFamiliar ? FAMILIAR : PAIR]]);
    if (!isFamiliar) limits.set(keys.account, ACCOUNT);
    await this.#reserve(limits);
  }

  async failed(): Promise<void> {
    // Counted by `check`.
  }

  async succeeded(credentials: Credentials): Promise<void> {
    const { pair, account, address, familiar } = this.#keysOf(credentials);
    const { rows } = this.#ports;
    const now = new Date(this.#ports.now());
    const isFamiliar = await rows.has(familiar, new Date(now.getTime() - REMEMBER_MS));
    await rows.update([pair, account, address], (known) => {
      const changes = new Map<string, Failures | undefined>([[pair, undefined]]);
      changes.set(address, settle(known.get(address), ADDRESS, now));
      const ofAccount = known.get(account);
      changes.set(account, isFamiliar ? ofAccount : settle(ofAccount, ACCOUNT, now));
      return changes;
    });
    await rows.put(familiar, { count: 0, updatedAt: now });
  }

  async spend(address: string): Promise<void> {
    await this.#reserve(new Map([[`address:${addressGroup(address)}`, ADDRESS]]));
  }

  async sweep(): Promise<number> {
    const { rows } = this.#ports;
    const now = this.#ports.now();
    let deleted = await rows.deleteBefore('ok:', new Date(now - REMEMBER_MS));
    for (const prefix of ['pair:', 'account:', 'address:']) {
      deleted += await rows.deleteBefore(prefix, new Date(now - COUNT_MS));
      deleted += await rows.deleteSurplus(prefix, MAX_ROWS);
    }
    return deleted + (await rows.deleteSurplus('ok:', MAX_ROWS));
  }

  /** Counts one more under each key if all of them allow it. @throws AppError too-many */
  async #reserve(limits: ReadonlyMap<string, Limit>): Promise<void> {
    const patienceMs = this.#ports.patienceMs ?? PATIENCE_MS;
    const startedAt = performance.now();
    for (;;) {
      const wait = await this.#tryReserve(limits);
      if (wait === 0) return;
      const waited = performance.now() - startedAt;
      if (waited + wait > patienceMs || this.#waiting >= MAX_WAITING) throw tooMany();
      this.#waiting += 1;
      try {
        await delay(Math.min(wait, STEP_MS));
      } finally {
        this.#waiting -= 1;
      }
    }
  }

  /** @returns milliseconds to wait for it; 0 when it is done */
  async #tryReserve(limits: ReadonlyMap<string, Limit>): Promise<number> {
    let wait = 0;
    await this.#ports.rows.update([...limits.keys()], (known) => {
      const now = new Date(this.#ports.now());
      const entries = [...limits].map(([key, limit]) => ({ key, limit, failures: known.get(key) }));
      wait = Math.max(...entries.map(({ failures, limit }) => waitMs(failures, limit, now)));
      const isAllowed = entries.every(({ failures, limit }) => allows(failures, limit, now));
      // What is refused does not count, so that trying on makes nothing longer.
      return new Map(
        entries.map(({ key, limit, failures }) => [
          key,
          isAllowed ? countMore(failures, limit, now) : failures,
        ]),
      );
    });
    return wait;
  }

  #keysOf({ username, address }: Credentials): Keys {
    const name = username.normalize('NFC').trim().toLowerCase().slice(0, 1024);
    const account = this.#ports.secrets.digest(name, 'login_failure:account');
    const group = addressGroup(address);
    return {
      pair: `pair:${account}:${group}`,
      account: `account:${account}`,
      address: `address:${group}`,
      familiar: `ok:${account}:${group}`,
    };
  }
}

/** The same words whether there is such an account or not. */
function tooMany(): AppError {
  return new AppError('too-many', 'too many failed logins; try again in a few minutes');
}
