import { ROLE } from '../access/index.ts';
import type { CveAllowlist, ProjectQuota, ProjectSummary, ProjectView } from './project.ts';
import { visibleMetadata } from './project-metadata.ts';

/** Harbor's Project object; without detail it is short of owner, metadata and allowlist. */
export function presentProject(project: ProjectView, { detail = true } = {}): object {
  const { roles, quota, chartCount } = project;
  return {
    project_id: project.id,
    owner_id: project.ownerId,
    name: project.name,
    creation_time: project.createdAt.toISOString(),
    update_time: project.updatedAt.toISOString(),
    deleted: false,
    repo_count: project.repositoryCount,
    ...(chartCount !== undefined && { chart_count: chartCount }),
    ...(quota !== undefined && { quota: presentQuota(quota) }),
    ...(roles.length > 0 && { current_user_role_id: roles[0], current_user_role_ids: roles }),
    ...(detail && {
      owner_name: project.ownerName,
      metadata: visibleMetadata(project),
      cve_allowlist: presentAllowlist(project.allowlist, project.id),
    }),
  };
}

function presentQuota({ hard, used }: ProjectQuota): object {
  return { hard: { storage: hard }, used: { storage: used } };
}

/** What Harbor says of a list that nobody has set yet. */
const NEVER = '0001-01-01T00:00:00.000Z';

/** Harbor's CVEAllowlist; the list of the system has the project id 0. */
export function presentAllowlist(allowlist: CveAllowlist | undefined, projectId: number): object {
  if (allowlist === undefined) {
    return { id: 0, project_id: projectId, items: [], creation_time: NEVER, update_time: NEVER };
  }
  const { id, expiresAt, items, createdAt, updatedAt } = allowlist;
  return {
    id,
    project_id: projectId,
    ...(expiresAt !== undefined && { expires_at: expiresAt }),
    items: items.map((id) => ({ cve_id: id })),
    creation_time: createdAt.toISOString(),
    update_time: updatedAt.toISOString(),
  };
}

/** Harbor's ProjectSummary, with what the caller may know. */
export function presentSummary(
  summary: Partial<ProjectSummary> & { readonly repositoryCount: number },
): object {
  const { repositoryCount, memberCounts, quota } = summary;
  const count = (role: number) => memberCounts?.get(role) ?? 0;
  return {
    repo_count: repositoryCount,
    ...(memberCounts !== undefined && {
      project_admin_count: count(ROLE.projectAdmin),
      maintainer_count: count(ROLE.maintainer),
      developer_count: count(ROLE.developer),
      guest_count: count(ROLE.guest),
      limited_guest_count: count(ROLE.limitedGuest),
    }),
    ...(quota !== undefined && { quota: presentQuota(quota) }),
  };
}
