import { AppError, followUp } from '../lib/index.ts';
import type { CurrentProject, ProjectRepository } from './project.repository.ts';
import type { ProjectChange } from './project.ts';

/** Tells every cache, of every replica, that a project is not what it was. */
export type Announce = (name: string) => Promise<void>;

export interface ProjectChangePorts {
  readonly projects: ProjectRepository;
  readonly announce: Announce;
}

/**
 * Changes a project and tells all caches before it resolves.
 *
 * @throws AppError not-found, and whatever `decide` throws
 */
export async function changeProject(
  { projects, announce }: ProjectChangePorts,
  { id, name }: { readonly id: number; readonly name: string },
  decide: (current: CurrentProject) => ProjectChange,
): Promise<void> {
  const isChanged = await followUp(
    () => projects.update(id, decide),
    () => announce(name),
  );
  if (!isChanged) throw new AppError('not-found', `project ${name} not found`);
}
