import { type ProjectPolicy, repositoryActions } from './access.ts';
import { type ActionSet, actions } from './actions.ts';
import type { Principal } from './principal.ts';

/** What the decision reads; the projects module provides it, from memory when it can. */
export interface ProjectDirectory {
  /** The project as cached, without waiting; undefined tells nothing. */
  peekPolicy(name: string): ProjectPolicy | undefined;
  findPolicy(name: string): Promise<ProjectPolicy | undefined>;
  findRole(projectId: number, userId: number): Promise<number | undefined>;
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
      const project = await projects.findPolicy(projectName(repository));
      if (project === undefined) {
        const isAdmin = principal.kind === 'user' && principal.isAdmin;
        return { project, allowed: isAdmin ? actions.all : actions.none };
      }
      const role =
        principal.kind === 'user' && !principal.isAdmin
          ? await projects.findRole(project.id, principal.id)
          : undefined;
      return { project, allowed: repositoryActions(principal, project, role) };
    },
  };
}
