import { canInProject, type ProjectPolicy, repositoryActions } from './access.ts';
import { type ActionSet, actions } from './actions.ts';
import { isAdmin, type Principal } from './principal.ts';

/** What the decision reads; the projects module provides it, from memory when it can. */
export interface ProjectDirectory {
  /** The project as cached, without waiting; undefined tells nothing. */
  peekPolicy(name: string): ProjectPolicy | undefined;
  findPolicy(name: string): Promise<ProjectPolicy | undefined>;
  findPolicyById(id: number): Promise<ProjectPolicy | undefined>;
  /** The roles of a user, its own and those of its groups. */
  findRoles(projectId: number, userId: number, groupIds: readonly number[]): Promise<number[]>;
}

export interface Decision {
  /** Absent when the project does not exist. */
  readonly project: ProjectPolicy | undefined;
  readonly allowed: ActionSet;
}

/** Decides who may do what to a repository, by its name. */
export interface RepositoryAccess {
  decide(principal: Principal, repository: string): Promise<Decision>;
}

/** The project a repository name belongs to: its first path component. */
export function projectName(repository: string): string {
  const slash = repository.indexOf('/');
  return slash < 0 ? repository : repository.slice(0, slash);
}

export function createRepositoryAccess(projects: ProjectDirectory): RepositoryAccess {
  return {
    async decide(principal, repository) {
      const name = projectName(repository);
      const project = await projects.findPolicy(name);
      if (project === undefined) {
        return { project, allowed: isAdmin(principal) ? actions.all : actions.none };
      }
      const roles = await listRoles(projects, principal, project);
      const path = repository.slice(name.length + 1);
      return { project, allowed: repositoryActions(principal, project, roles, path) };
    },
  };
}

/** Decides what REST routes ask. */
export interface ProjectAccess {
  can(
    principal: Principal,
    project: ProjectPolicy,
    resource: string,
    action: string,
  ): Promise<boolean>;
  /** The caller's roles in a project; none for robots and for administrators that are no members. */
  listRoles(principal: Principal, project: ProjectPolicy): Promise<readonly number[]>;
}

export function createProjectAccess(projects: ProjectDirectory): ProjectAccess {
  return {
    async can(principal, project, resource, action) {
      const roles = await listRoles(projects, principal, project);
      return canInProject(principal, project, roles, resource, action);
    },
    listRoles: async (principal, project) =>
      principal.kind === 'user'
        ? projects.findRoles(project.id, principal.id, principal.groupIds)
        : [],
  };
}

async function listRoles(
  projects: ProjectDirectory,
  principal: Principal,
  project: ProjectPolicy,
): Promise<readonly number[]> {
  // An administrator's roles change nothing.
  if (principal.kind !== 'user' || principal.isAdmin) return [];
  return projects.findRoles(project.id, principal.id, principal.groupIds);
}
