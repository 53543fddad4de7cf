import { LRUCache } from 'lru-cache';
import type { RobotPrincipal } from '../access/index.ts';
import { AppError, type Background } from '../lib/index.ts';
import type { RobotRepository } from './robot.repository.ts';
import {
  isLive,
  isName,
  type RobotSecret,
  type RobotSecretBox,
  type RobotTrust,
  secretContext,
} from './robot.ts';
import type { KnownRobot, RobotDirectory, RobotName } from './robot-directory.ts';

/** Verifies tokens of CI systems and clusters. Rejects when the issuer's keys cannot be had. */
export interface WorkloadVerifier {
  /** Something for a token that meets one of the trusts, undefined for any other. */
  verify(jwt: string, trusts: readonly RobotTrust[]): Promise<object | undefined>;
}

export interface RobotLogin {
  readonly username: string;
  /** A secret of the robot, or a JWT of a workload that it trusts. */
  readonly password: string;
  /** Of the client, for the robot's last use. */
  readonly address: string;
}

/** Logs robots in. */
export interface RobotAuthenticator {
  /** Whether the name can only be a robot's: it begins with the configured prefix. */
  isRobotName(username: string): boolean;
  /**
   * The robot, or undefined: unknown, wrong secret, disabled or expired, in about the same time.
   *
   * @throws AppError unavailable: the issuer of a trusted token does not answer
   */
  authenticate(login: RobotLogin): Promise<RobotPrincipal | undefined>;
}

export interface RobotAuthenticatorPorts {
  readonly directory: RobotDirectory;
  readonly robots: Pick<RobotRepository, 'putLastUse'>;
  readonly secrets: RobotSecretBox;
  readonly workloads: WorkloadVerifier;
  readonly background: Background;
  robotPrefix(): string;
  readonly now?: () => Date;
}

export function createRobotAuthenticator(ports: RobotAuthenticatorPorts): RobotAuthenticator {
  return new Authenticator(ports);
}

const USE_MS = 60_000;
const MAX_SECRETS = 2;
const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;
const MIN_JWT_LENGTH = 100;

class Authenticator implements RobotAuthenticator {
  readonly #ports: RobotAuthenticatorPorts;
  /** Robots whose use was noted within the last minute. */
  readonly #used = new LRUCache<number, true>({ max: 10_000, ttl: USE_MS });
  /** Stands in for missing digests, so that every login does the same work. */
  readonly #nothing: RobotSecret;

  constructor(ports: RobotAuthenticatorPorts) {
    this.#ports = ports;
    this.#nothing = { digest: ports.secrets.digest('', secretContext(0)), expiresAt: undefined };
  }

  isRobotName(username: string): boolean {
    const prefix = this.#ports.robotPrefix();
    // An empty prefix would take every user's name for a robot's.
    return prefix !== '' && username.startsWith(prefix);
  }

  async authenticate(login: RobotLogin): Promise<RobotPrincipal | undefined> {
    if (!this.isRobotName(login.username)) return undefined;
    const name = parseName(login.username.slice(this.#ports.robotPrefix().length));
    const known = isJwt(login.password)
      ? await this.#findByToken(name, login.password)
      : await this.#findBySecret(name, login.password);
    if (known === undefined) return undefined;
    this.#noteUse(known.account.id, login.address);
    return known.principal;
  }

  async #findBySecret(name: RobotName, secret: string): Promise<KnownRobot | undefined> {
    const { directory } = this.#ports;
    const cached = directory.peekByName(name);
    if (this.#matches(cached, secret)) return cached;
    // Another replica may have given it a new secret.
    const loaded = await directory.loadByName(name);
    return this.#matches(loaded, secret) ? loaded : undefined;
  }

  #matches(known: KnownRobot | undefined, secret: string): boolean {
    const { secrets } = this.#ports;
    const now = this.#now();
    let isRight = false;
    for (let at = 0; at < MAX_SECRETS; at += 1) {
      const own = known?.account.secrets[at];
      const { digest, expiresAt } = own ?? this.#nothing;
      const id = own === undefined ? 0 : (known?.account.id ?? 0);
      const isEqual = secrets.matches(secret, digest, secretContext(id));
      if (own !== undefined && isEqual && (expiresAt === undefined || expiresAt > now)) {
        isRight = true;
      }
    }
    return isRight && known !== undefined && isLive(known.account, now);
  }

  async #findByToken(name: RobotName, jwt: string): Promise<KnownRobot | undefined> {
    const known = await this.#ports.directory.loadByName(name);
    if (known === undefined || !isLive(known.account, this.#now())) return undefined;
    const { trusts } = known.account;
    if (trusts.length === 0) return undefined;
    try {
      const identity = await this.#ports.workloads.verify(jwt, trusts);
      return identity === undefined ? undefined : known;
    } catch (cause) {
      throw new AppError('unavailable', 'the issuer of the token cannot be reached; try again', {
        cause,
      });
    }
  }

  #noteUse(id: number, address: string): void {
    if (this.#used.has(id)) return;
    this.#used.set(id, true);
    const at = this.#now();
    this.#ports.background.run('noting the use of a robot', () =>
      this.#ports.robots.putLastUse(id, at, address),
    );
  }

  #now(): Date {
    return this.#ports.now?.() ?? new Date();
  }
}

/** What is no name is looked up all the same, as one that nobody can have. */
const NOBODY: RobotName = { projectName: undefined, name: '' };

function parseName(text: string): RobotName {
  const at = text.indexOf('+');
  const projectName = at < 0 ? undefined : text.slice(0, at);
  const name = text.slice(at + 1);
  const isSound = isName(name) && (projectName === undefined || isName(projectName));
  return isSound ? { projectName, name } : NOBODY;
}

function isJwt(password: string): boolean {
  return password.length > MIN_JWT_LENGTH && JWT.test(password);
}
