import { LRUCache } from 'lru-cache';
import {
  type Principal,
  type ProjectDirectory,
  type ProjectPolicy,
  ROLE,
  type UserPrincipal,
} from '../access/index.ts';
import { isForeignKeyViolation } from '../db/index.ts';
import { AppError, followUp } from '../lib/index.ts';
import type {
  Project,
  ProjectFilter,
  ProjectRepository,
  Visibility,
} from './project.repository.ts';

export const LIBRARY = 'library';

/** Bounds how long another replica may go on with a policy that changed. */
const POLICY_MS = 30_000;

export interface ProjectsService extends ProjectDirectory {
  /** @throws AppError invalid (name), conflict (taken) */
  createProject(
    owner: UserPrincipal,
    project: { name: string; isPublic: boolean },
  ): Promise<{ id: number; name: string }>;
  /** @throws AppError not-found, also when the caller may not see it */
  getProject(principal: Principal, nameOrId: string | number): Promise<Project>;
  listProjects(
    principal: Principal,
    filter: Omit<ProjectFilter, 'visibility'>,
    page: { offset: number; limit: number },
  ): Promise<{ projects: Project[]; total: number }>;
  /** @throws AppError not-found, denied, precondition (repositories are left) */
  deleteProject(principal: Principal, nameOrId: string | number): Promise<void>;
  /** Makes sure that the public project `library` exists. */
  ensureLibrary(ownerId: number): Promise<void>;
  /** Forgets what is cached of a project, or of all. */
  forget(name?: string): void;
}

/**
 * @param announce tells every cache, of every replica, that a project is not what it was; awaited
 * before the caller is answered
 */
export function createProjectsService(
  projects: ProjectRepository,
  announce: (name: string) => Promise<void>,
): ProjectsService {
  return new Projects(projects, announce);
}

class Projects implements ProjectsService {
  readonly #projects: ProjectRepository;
  readonly #announce: (name: string) => Promise<void>;
  readonly #policies = new LRUCache<string, ProjectPolicy>({ max: 10_000, ttl: POLICY_MS });
  /** Raised by every change; a read that began before one must not be cached after it. */
  #generation = 0;

  constructor(projects: ProjectRepository, announce: (name: string) => Promise<void>) {
    this.#projects = projects;
    this.#announce = announce;
  }

  peekPolicy(name: string): ProjectPolicy | undefined {
    return this.#policies.get(name);
  }

  async findPolicy(name: string): Promise<ProjectPolicy | undefined> {
    const cached = this.#policies.get(name);
    if (cached !== undefined) return cached;
    if (!isProjectName(name)) return undefined;
    const before = this.#generation;
    const project = await this.#projects.findByName(name);
    if (project === undefined) return undefined;
    const policy = { id: project.id, name: project.name, isPublic: project.isPublic };
    if (before === this.#generation) this.#policies.set(name, policy);
    return policy;
  }

  findRole(projectId: number, userId: number): Promise<number | undefined> {
    return this.#projects.findRole(projectId, userId);
  }

  forget(name?: string): void {
    this.#generation += 1;
    if (name === undefined) this.#policies.clear();
    else this.#policies.delete(name);
  }

  async getProject(principal: Principal, nameOrId: string | number): Promise<Project> {
    const project = await this.#find(nameOrId);
    if (project === undefined || !(await this.#maySee(principal, project))) {
      throw new AppError('not-found', `project ${nameOrId} not found`);
    }
    return project;
  }

  async createProject(
    owner: UserPrincipal,
    { name, isPublic }: { name: string; isPublic: boolean },
  ): Promise<{ id: number; name: string }> {
    checkName(name);
    const id = await followUp(
      () => this.#create(name, owner.id, isPublic),
      () => this.#announce(name),
    );
    if (id === undefined) {
      throw new AppError('conflict', `the project named ${name} already exists`);
    }
    return { id, name };
  }

  listProjects(
    principal: Principal,
    filter: Omit<ProjectFilter, 'visibility'>,
    page: { offset: number; limit: number },
  ): Promise<{ projects: Project[]; total: number }> {
    return this.#projects.list({ ...filter, visibility: visibilityOf(principal) }, page);
  }

  async deleteProject(principal: Principal, nameOrId: string | number): Promise<void> {
    const project = await this.getProject(principal, nameOrId);
    if (!(await this.#mayDelete(principal, project))) {
      throw new AppError('denied', 'only an administrator of the project may delete it');
    }
    const isDeleted = await followUp(
      () => this.#deleteEmpty(project.id),
      () => this.#announce(project.name),
    );
    if (!isDeleted) {
      throw new AppError(
        'precondition',
        'the project contains repositories, can not be deleted; delete them first',
      );
    }
  }

  async ensureLibrary(ownerId: number): Promise<void> {
    await this.#create(LIBRARY, ownerId, true);
  }

  #create(name: string, ownerId: number, isPublic: boolean): Promise<number | undefined> {
    return this.#projects.create({ name, ownerId, isPublic, roleId: ROLE.projectAdmin });
  }

  async #find(nameOrId: string | number): Promise<Project | undefined> {
    if (typeof nameOrId === 'number') return this.#projects.find(nameOrId);
    return isProjectName(nameOrId) ? this.#projects.findByName(nameOrId) : undefined;
  }

  async #maySee(principal: Principal, project: Project): Promise<boolean> {
    if (project.isPublic) return true;
    if (principal.kind !== 'user') return false;
    return principal.isAdmin || (await this.findRole(project.id, principal.id)) !== undefined;
  }

  async #mayDelete(principal: Principal, project: Project): Promise<boolean> {
    if (principal.kind !== 'user') return false;
    if (principal.isAdmin) return true;
    return (await this.findRole(project.id, principal.id)) === ROLE.projectAdmin;
  }

  async #deleteEmpty(id: number): Promise<boolean> {
    try {
      return await this.#projects.deleteEmpty(id);
    } catch (error) {
      // A push made a repository between the check and the delete.
      if (isForeignKeyViolation(error)) return false;
      throw error;
    }
  }
}

/** Which projects a principal may know of. */
export function visibilityOf(principal: Principal): Visibility {
  if (principal.kind !== 'user') return { userId: undefined };
  return principal.isAdmin ? 'all' : { userId: principal.id };
}

function checkName(name: string): void {
  if (!isProjectName(name)) {
    throw new AppError(
      'invalid',
      'a project name has 1 to 255 lower-case letters and digits, in groups separated by one of . _ -',
    );
  }
}

/** What is not a name is nobody's, and need not be looked up. */
function isProjectName(text: string): boolean {
  return text.length <= 255 && /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/.test(text);
}
