import {
  canInSystem,
  isAdmin,
  type Principal,
  type ProjectAccess,
  type ProjectDirectory,
  type ProjectPolicy,
} from '../access/index.ts';
import { projectNotFound, refusalFor } from '../api/index.ts';
import { AppError } from '../lib/index.ts';
import type { Robot, RobotGrant } from './robot.ts';
import { assertHolds, checkPermissions, grantOf, type PermissionRequest } from './robot-grants.ts';

export interface RobotRightsPorts {
  readonly projects: Pick<ProjectDirectory, 'findPolicy' | 'findPolicyById'>;
  readonly access: ProjectAccess;
}

export type RobotAction = 'create' | 'read' | 'update' | 'delete' | 'list';

/** Who may do what to robots, and give them which permissions. */
export class RobotRights {
  readonly #ports: RobotRightsPorts;

  constructor(ports: RobotRightsPorts) {
    this.#ports = ports;
  }

  /** @throws AppError unauthenticated, denied; not-found: the project, for administrators */
  async authorize(
    principal: Principal,
    projectId: number | undefined,
    action: RobotAction,
  ): Promise<void> {
    if (principal.kind === 'anonymous') throw refusalFor(principal);
    if (projectId === undefined) {
      if (!canInSystem(principal, 'robot', action)) throw refusalFor(principal);
      return;
    }
    const project = await this.#ports.projects.findPolicyById(projectId);
    if (project === undefined) throw missingProject(principal, projectId);
    if (!(await this.#can(principal, project, action))) throw refusalFor(principal);
  }

  /** The same as a question; without a project nobody can. */
  async can(
    principal: Principal,
    projectId: number | undefined,
    action: RobotAction,
  ): Promise<boolean> {
    if (projectId === undefined) return canInSystem(principal, 'robot', action);
    const project = await this.#ports.projects.findPolicyById(projectId);
    return project !== undefined && this.#can(principal, project, action);
  }

  #can(principal: Principal, project: ProjectPolicy, action: RobotAction): Promise<boolean> {
    return this.#ports.access.can(principal, project, 'robot', action);
  }

  /**
   * The project that a robot of level `project` is for: the one that its permission names.
   *
   * @throws AppError invalid, denied, not-found
   */
  async findTarget(
    principal: Principal,
    permissions: readonly PermissionRequest[],
  ): Promise<ProjectPolicy> {
    const [permission, ...more] = permissions;
    if (permission === undefined) throw new AppError('invalid', 'bad request empty permission');
    if (more.length > 0) {
      throw new AppError('invalid', 'bad request permission: a project robot has exactly one');
    }
    const { kind, namespace } = permission;
    if (kind !== 'project' || namespace === '*') {
      // CVE-2019-16919: more than one project was within reach of its administrator.
      if (!isAdmin(principal)) throw refusalFor(principal);
      throw new AppError('invalid', 'bad request: a project robot has rights in its project only');
    }
    const project = await this.#ports.projects.findPolicy(namespace);
    if (project === undefined) throw missingProject(principal, namespace);
    return project;
  }

  /**
   * The permissions for a robot that stays in its project.
   *
   * @throws AppError invalid, denied, not-found
   */
  async parseUpdate(
    principal: Principal,
    robot: Robot,
    permissions: readonly PermissionRequest[],
  ): Promise<RobotGrant[]> {
    if (robot.projectId !== undefined) {
      const target = await this.findTarget(principal, permissions);
      if (target.id !== robot.projectId) {
        if (!(await this.#can(principal, target, 'update'))) throw refusalFor(principal);
        throw new AppError('invalid', 'cannot update the project id of robot');
      }
    }
    return this.parseGrants(principal, permissions);
  }

  /**
   * The permissions as they are kept, when they exist and `principal` may grant them.
   *
   * @throws AppError invalid, denied, not-found
   */
  async parseGrants(
    principal: Principal,
    permissions: readonly PermissionRequest[],
  ): Promise<RobotGrant[]> {
    checkPermissions(permissions);
    const grants: RobotGrant[] = [];
    for (const permission of permissions) {
      grants.push(grantOf(permission, await this.#parseScope(principal, permission)));
    }
    assertHolds(principal, grants);
    return grants;
  }

  async #parseScope(
    principal: Principal,
    { kind, namespace }: PermissionRequest,
  ): Promise<RobotGrant['scope']> {
    if (kind === 'system') return 'system';
    if (namespace === '*') return 'all-projects';
    const project = await this.#ports.projects.findPolicy(namespace);
    if (project === undefined) throw missingProject(principal, namespace);
    return project.id;
  }
}

/** Only who may see every project learns that there is none. */
function missingProject(principal: Principal, reference: string | number): AppError {
  return isAdmin(principal) ? projectNotFound(reference) : refusalFor(principal);
}
