import { LRUCache } from 'lru-cache';
import type { RobotPrincipal } from '../access/index.ts';
import { AppError } from '../lib/index.ts';
import type { RobotRepository } from './robot.repository.ts';
import { isLive, principalOf, type RobotAccount } from './robot.ts';

/** Bounds how long another replica may go on with a robot that changed. */
const ROBOT_MS = 30_000;
const MAX_ROBOTS = 10_000;

/** A robot as logins and tokens need it. */
export interface KnownRobot {
  readonly account: RobotAccount;
  readonly principal: RobotPrincipal;
}

/** Robots by id and by name, from memory when it can. */
export interface RobotDirectory {
  /** The robot if cached, live and still in `epoch`; undefined tells nothing. */
  peek(id: number, epoch: number): RobotPrincipal | undefined;
  /** The robot if it exists, is neither disabled nor expired, and is still in `epoch`. */
  find(id: number, epoch: number): Promise<RobotPrincipal | undefined>;
  /** The epoch to write into tokens of this robot. @throws AppError not-found */
  getEpoch(id: number): Promise<number>;
  /** As cached, live or not. */
  peekByName(name: RobotName): KnownRobot | undefined;
  /** From the database, live or not. */
  loadByName(name: RobotName): Promise<KnownRobot | undefined>;
  /** Forgets what is cached of a robot, or of all. */
  forget(id?: number): void;
}

export interface RobotName {
  readonly projectName: string | undefined;
  readonly name: string;
}

export interface RobotDirectoryPorts {
  readonly robots: Pick<RobotRepository, 'findAccount' | 'findAccountByName'>;
  robotPrefix(): string;
  readonly now?: () => Date;
}

export function createRobotDirectory(ports: RobotDirectoryPorts): RobotDirectory {
  return new CachedRobots(ports);
}

class CachedRobots implements RobotDirectory {
  readonly #ports: RobotDirectoryPorts;
  readonly #known = new LRUCache<number, KnownRobot>({ max: MAX_ROBOTS, ttl: ROBOT_MS });
  readonly #ids = new LRUCache<string, number>({ max: MAX_ROBOTS });
  /** Raised by every change; a read that began before one must not be cached after it. */
  #generation = 0;

  constructor(ports: RobotDirectoryPorts) {
    this.#ports = ports;
  }

  peek(id: number, epoch: number): RobotPrincipal | undefined {
    return this.#admit(this.#known.get(id), epoch);
  }

  async find(id: number, epoch: number): Promise<RobotPrincipal | undefined> {
    const known = this.#known.get(id);
    // A later epoch than the cached one: another replica has changed the robot.
    const isStale = known === undefined || known.account.tokenEpoch < epoch;
    return this.#admit(isStale ? await this.#load(id) : known, epoch);
  }

  async getEpoch(id: number): Promise<number> {
    const known = this.#known.get(id) ?? (await this.#load(id));
    if (known === undefined || !this.#isLive(known)) {
      throw new AppError('not-found', 'the robot does not exist, is disabled or has expired');
    }
    return known.account.tokenEpoch;
  }

  peekByName(name: RobotName): KnownRobot | undefined {
    const id = this.#ids.get(keyOf(name));
    return id === undefined ? undefined : this.#known.get(id);
  }

  async loadByName(name: RobotName): Promise<KnownRobot | undefined> {
    const before = this.#generation;
    const account = await this.#ports.robots.findAccountByName(name.projectName, name.name);
    if (account === undefined) return undefined;
    const known = this.#keep(account, before);
    this.#ids.set(keyOf(name), account.id);
    return known;
  }

  forget(id?: number): void {
    this.#generation += 1;
    if (id === undefined) this.#known.clear();
    else this.#known.delete(id);
  }

  async #load(id: number): Promise<KnownRobot | undefined> {
    const before = this.#generation;
    const account = await this.#ports.robots.findAccount(id);
    return account && this.#keep(account, before);
  }

  #keep(account: RobotAccount, generation: number): KnownRobot {
    const known = { account, principal: principalOf(account, this.#ports.robotPrefix()) };
    if (generation === this.#generation) this.#known.set(account.id, known);
    return known;
  }

  #admit(known: KnownRobot | undefined, epoch: number): RobotPrincipal | undefined {
    if (known === undefined || known.account.tokenEpoch !== epoch) return undefined;
    return this.#isLive(known) ? known.principal : undefined;
  }

  #isLive({ account }: KnownRobot): boolean {
    return isLive(account, this.#ports.now?.() ?? new Date());
  }
}

function keyOf({ projectName, name }: RobotName): string {
  return projectName === undefined ? name : `${projectName}+${name}`;
}
