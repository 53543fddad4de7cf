import type { Project } from './project.repository.ts';

/** Harbor's Project object. */
export function presentProject(project: Project): object {
  return {
    project_id: project.id,
    owner_id: project.ownerId,
    owner_name: project.ownerName,
    name: project.name,
    creation_time: project.createdAt.toISOString(),
    update_time: project.updatedAt.toISOString(),
    deleted: false,
    repo_count: project.repositoryCount,
    metadata: { public: String(project.isPublic) },
  };
}
