import { isDeepStrictEqual } from 'node:util';
import type { Principal } from '../access/index.ts';
import { refusalFor } from '../api/index.ts';
import { isForeignKeyViolation } from '../db/index.ts';
import { AppError, followUp } from '../lib/index.ts';
import type { RobotChange, RobotFilter, RobotRepository } from './robot.repository.ts';
import {
  checkDuration,
  checkLevel,
  checkName,
  checkSecret,
  expiryOf,
  fullName,
  generateSecret,
  levelOf,
  type Robot,
  type RobotSecretBox,
  type RobotTrust,
  secretContext,
} from './robot.ts';
import { assertHolds, type PermissionRequest } from './robot-grants.ts';
import { type RobotAction, RobotRights, type RobotRightsPorts } from './robot-rights.ts';

/** What a robot is to be. */
export interface RobotDraft {
  readonly name: string;
  readonly description: string;
  readonly level: string;
  /** Days, or -1. */
  readonly duration: number;
  readonly isDisabled: boolean;
  readonly permissions: readonly PermissionRequest[];
  readonly trusts: readonly RobotTrust[];
}

/** What a robot is to become; undefined stays as it is. */
export interface RobotUpdate {
  /** These three cannot change; given, they must be what they are. The name is the full one. */
  readonly id?: number | undefined;
  readonly name?: string | undefined;
  readonly level?: string | undefined;
  readonly description?: string | undefined;
  readonly duration?: number | undefined;
  readonly isDisabled?: boolean | undefined;
  readonly permissions?: readonly PermissionRequest[] | undefined;
  readonly trusts?: readonly RobotTrust[] | undefined;
}

export interface SecretRequest {
  /** Undefined or empty: one is generated. */
  readonly secret?: string | undefined;
  /** Seconds that the former secret lives on, 7 days at most; 0 ends it, and all tokens, now. */
  readonly keepOldSeconds?: number | undefined;
}

export interface RefreshedSecret {
  readonly robot: Robot;
  /** Undefined when the caller brought its own. */
  readonly secret: string | undefined;
  readonly oldSecretExpiresAt: Date | undefined;
}

/**
 * Robots of the system need a right on the system's robots, robots of a project one in theirs.
 * All methods throw AppError unauthenticated or denied, not-found for unknown ids, and refused
 * where the caller would hand out what it does not hold. With a `projectId` only robots of that
 * project are found.
 */
export interface RobotsService {
  /** Of the system, or of the project with that id. */
  listRobots(
    principal: Principal,
    filter: RobotFilter,
    page: { offset: number; limit: number },
  ): Promise<{ robots: Robot[]; total: number }>;
  getRobot(principal: Principal, id: number): Promise<Robot>;
  /** The secret is told this once. @throws AppError invalid, conflict (name taken) */
  createRobot(principal: Principal, draft: RobotDraft): Promise<{ robot: Robot; secret: string }>;
  /** @throws AppError invalid */
  updateRobot(principal: Principal, id: number, update: RobotUpdate): Promise<Robot>;
  /** @throws AppError invalid */
  refreshSecret(principal: Principal, id: number, request: SecretRequest): Promise<RefreshedSecret>;
  deleteRobot(principal: Principal, id: number): Promise<Robot>;
}

export interface RobotsPorts extends RobotRightsPorts {
  readonly robots: RobotRepository;
  readonly secrets: RobotSecretBox;
  /** @throws AppError invalid: a trust that would let strangers in */
  checkTrust(trust: RobotTrust): void;
  /** As configured, such as `robot$`. */
  robotPrefix(): string;
  /** Drops what is cached of a robot, after it changed. */
  forget(id: number): void;
  readonly now?: () => Date;
}

export function createRobotsService(ports: RobotsPorts): RobotsService {
  return new Robots(ports);
}

const MAX_KEEP_SECONDS = 7 * 86_400;
const MAX_TRUSTS = 16;

class Robots implements RobotsService {
  readonly #ports: RobotsPorts;
  readonly #rights: RobotRights;

  constructor(ports: RobotsPorts) {
    this.#ports = ports;
    this.#rights = new RobotRights(ports);
  }

  async listRobots(
    principal: Principal,
    filter: RobotFilter,
    page: { offset: number; limit: number },
  ): Promise<{ robots: Robot[]; total: number }> {
    await this.#rights.authorize(principal, filter.projectId, 'list');
    return this.#ports.robots.list(filter, page);
  }

  getRobot(principal: Principal, id: number): Promise<Robot> {
    return this.#get(principal, id, 'read');
  }

  async createRobot(
    principal: Principal,
    draft: RobotDraft,
  ): Promise<{ robot: Robot; secret: string }> {
    if (principal.kind === 'anonymous') throw refusalFor(principal);
    const { robots, secrets } = this.#ports;
    const { description, duration, isDisabled, trusts } = draft;
    const name = checkName(draft.name);
    checkLevel(draft.level);
    const project =
      draft.level === 'project'
        ? await this.#rights.findTarget(principal, draft.permissions)
        : undefined;
    await this.#rights.authorize(principal, project?.id, 'create');
    checkDuration(duration);
    const permissions = await this.#rights.parseGrants(principal, draft.permissions);
    this.#checkTrusts(trusts);
    const secret = generateSecret();
    const createdAt = this.#now();
    const id = await refuseVanished(() =>
      robots.create({
        projectId: project?.id,
        name,
        description,
        duration,
        expiresAt: expiryOf(createdAt, duration),
        isDisabled,
        creator: { kind: principal.kind, id: principal.id },
        createdAt,
        permissions,
        trusts,
        digestOf: (id) => secrets.digest(secret, secretContext(id)),
      }),
    );
    if (id === undefined) {
      throw new AppError('conflict', `conflict robot account: ${name} exists already`);
    }
    return { robot: await this.#reload(id), secret };
  }

  async updateRobot(principal: Principal, id: number, update: RobotUpdate): Promise<Robot> {
    const robot = await this.#get(principal, id, 'update');
    this.#assertSame(robot, update);
    const { description, isDisabled, duration, trusts } = update;
    if (duration !== undefined) checkDuration(duration);
    const permissions =
      update.permissions && (await this.#rights.parseUpdate(principal, robot, update.permissions));
    assertHolds(principal, permissions ?? robot.permissions);
    if (trusts !== undefined) this.#checkTrusts(trusts);
    await this.#change(id, () =>
      this.#ports.robots.update(id, (current) => ({
        description,
        isDisabled,
        permissions,
        trusts,
        ...(duration !== undefined &&
          duration !== current.duration && {
            validity: { duration, expiresAt: expiryOf(current.createdAt, duration) },
          }),
        raisesEpoch: endsTokens(current, { isDisabled, permissions, trusts }),
      })),
    );
    return this.#reload(id);
  }

  async refreshSecret(
    principal: Principal,
    id: number,
    { secret: given = '', keepOldSeconds = 0 }: SecretRequest,
  ): Promise<RefreshedSecret> {
    const robot = await this.#get(principal, id, 'update');
    // Who knows the secret has the robot's rights.
    assertHolds(principal, robot.permissions);
    if (given !== '') checkSecret(given);
    if (keepOldSeconds < 0 || keepOldSeconds > MAX_KEEP_SECONDS) {
      throw new AppError('invalid', `keep_old_seconds must be 0 to ${MAX_KEEP_SECONDS}`);
    }
    const { robots, secrets } = this.#ports;
    const secret = given === '' ? generateSecret() : given;
    const oldSecretExpiresAt =
      keepOldSeconds === 0 ? undefined : new Date(this.#now().getTime() + keepOldSeconds * 1000);
    await this.#change(id, () =>
      robots.replaceSecret(id, secrets.digest(secret, secretContext(id)), oldSecretExpiresAt),
    );
    return { robot, secret: given === '' ? secret : undefined, oldSecretExpiresAt };
  }

  async deleteRobot(principal: Principal, id: number): Promise<Robot> {
    const robot = await this.#get(principal, id, 'delete');
    await this.#change(id, () => this.#ports.robots.delete(id));
    return robot;
  }

  async #get(principal: Principal, id: number, action: RobotAction): Promise<Robot> {
    if (principal.kind === 'anonymous') throw refusalFor(principal);
    const robot = await this.#ports.robots.find(id);
    if (robot === undefined) throw robotNotFound(id);
    if (await this.#rights.can(principal, robot.projectId, action)) return robot;
    // To whoever may not even read it, it is like one that is missing.
    const isShown = await this.#rights.can(principal, robot.projectId, 'read');
    throw isShown ? refusalFor(principal) : robotNotFound(id);
  }

  async #reload(id: number): Promise<Robot> {
    const robot = await this.#ports.robots.find(id);
    if (robot === undefined) throw robotNotFound(id);
    return robot;
  }

  /** Runs a change of one robot, after which nobody goes by what was cached of it. */
  async #change(id: number, work: () => Promise<boolean>): Promise<void> {
    const isFound = await followUp(
      () => refuseVanished(work),
      () => Promise.resolve(this.#ports.forget(id)),
    );
    if (!isFound) throw robotNotFound(id);
  }

  #assertSame(robot: Robot, { id, name, level }: RobotUpdate): void {
    // CVE-2022-31667: the path named one robot and the body another.
    const isSame =
      (id ?? robot.id) === robot.id &&
      (name === undefined || name === fullName(this.#ports.robotPrefix(), robot)) &&
      (level === undefined || level === levelOf(robot));
    if (!isSame) {
      throw new AppError('invalid', 'cannot update the id, level or name of robot');
    }
  }

  #checkTrusts(trusts: readonly RobotTrust[]): void {
    if (trusts.length > MAX_TRUSTS) {
      throw new AppError('invalid', `a robot has ${MAX_TRUSTS} trusts at most`);
    }
    for (const trust of trusts) this.#ports.checkTrust(trust);
  }

  #now(): Date {
    return this.#ports.now?.() ?? new Date();
  }
}

/** Whether tokens issued before may carry what the robot is no longer meant to do. */
function endsTokens(
  current: Robot,
  { isDisabled, permissions, trusts }: Pick<RobotChange, 'isDisabled' | 'permissions' | 'trusts'>,
): boolean {
  return (
    (isDisabled === true && !current.isDisabled) ||
    (permissions !== undefined && !isDeepStrictEqual(permissions, current.permissions)) ||
    (trusts !== undefined && !isDeepStrictEqual(trusts, current.trusts))
  );
}

function robotNotFound(id: number): AppError {
  return new AppError('not-found', `robot ${id} not found`);
}

/** A project that was deleted meanwhile is one that is not there. */
async function refuseVanished<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isForeignKeyViolation(error)) throw error;
    throw new AppError('not-found', 'one of the projects was deleted meanwhile', { cause: error });
  }
}
