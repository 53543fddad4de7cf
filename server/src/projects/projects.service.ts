import { LRUCache } from 'lru-cache';
import {
  type Principal,
  type ProjectDirectory,
  type ProjectPolicy,
  ROLE,
  type UserPrincipal,
} from '../access/index.ts';
import { isForeignKeyViolation } from '../db/index.ts';
import { AppError } from '../lib/index.ts';
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

export function createProjectsService(projects: ProjectRepository): ProjectsService {
  const policies = new LRUCache<string, ProjectPolicy>({ max: 10_000, ttl: POLICY_MS });
  /** Raised by every change; a read that began before one must not be cached after it. */
  let generation = 0;

  async function findPolicy(name: string): Promise<ProjectPolicy | undefined> {
    const cached = policies.get(name);
    if (cached !== undefined) return cached;
    const before = generation;
    const project = await projects.findByName(name);
    if (project === undefined) return undefined;
    const policy = { id: project.id, name: project.name, isPublic: project.isPublic };
    if (before === generation) policies.set(name, policy);
    return policy;
  }

  function forget(name?: string): void {
    generation += 1;
    if (name === undefined) policies.clear();
    else policies.delete(name);
  }

  async function getProject(principal: Principal, nameOrId: string | number): Promise<Project> {
    const project =
      typeof nameOrId === 'number'
        ? await projects.find(nameOrId)
        : await projects.findByName(nameOrId);
    if (project === undefined || !(await maySee(principal, project))) {
      throw new AppError('not-found', `project ${nameOrId} not found`);
    }
    return project;
  }

  async function maySee(principal: Principal, project: Project): Promise<boolean> {
    if (project.isPublic) return true;
    if (principal.kind !== 'user') return false;
    return principal.isAdmin || (await projects.findRole(project.id, principal.id)) !== undefined;
  }

  return {
    peekPolicy: (name) => policies.get(name),
    findPolicy,
    findRole: (projectId, userId) => projects.findRole(projectId, userId),
    forget,
    getProject,
    async createProject(owner, { name, isPublic }) {
      checkName(name);
      const id = await projects.create({
        name,
        ownerId: owner.id,
        isPublic,
        roleId: ROLE.projectAdmin,
      });
      if (id === undefined) {
        throw new AppError('conflict', `the project named ${name} already exists`);
      }
      forget(name);
      return { id, name };
    },
    listProjects: (principal, filter, page) =>
      projects.list({ ...filter, visibility: visibilityOf(principal) }, page),
    async deleteProject(principal, nameOrId) {
      const project = await getProject(principal, nameOrId);
      const role =
        principal.kind === 'user' ? await projects.findRole(project.id, principal.id) : undefined;
      const isAdmin = principal.kind === 'user' && principal.isAdmin;
      if (!isAdmin && role !== ROLE.projectAdmin) {
        throw new AppError('denied', 'only an administrator of the project may delete it');
      }
      if (!(await deleteEmpty(project.id))) {
        throw new AppError(
          'precondition',
          'the project contains repositories, can not be deleted; delete them first',
        );
      }
      forget(project.name);
    },
    async ensureLibrary(ownerId) {
      await projects.create({
        name: LIBRARY,
        ownerId,
        isPublic: true,
        roleId: ROLE.projectAdmin,
      });
    },
  };

  async function deleteEmpty(id: number): Promise<boolean> {
    try {
      return await projects.deleteEmpty(id);
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
  if (name.length > 255 || !/^[a-z0-9]+(?:[._-][a-z0-9]+)*$/.test(name)) {
    throw new AppError(
      'invalid',
      'a project name has 1 to 255 lower-case letters and digits, in groups separated by one of . _ -',
    );
  }
}
