import {
  actions,
  isAdmin,
  type Principal,
  type ProjectAccess,
  type ProjectPolicy,
  type RepositoryAccess,
} from '../access/index.ts';
import { projectNotFound, refusalFor } from '../api/index.ts';

/** What is done with charts; `list` is of names and versions, and so is reading the index. */
export type ChartAction = 'list' | 'read' | 'create' | 'delete';

export interface ChartRightsPorts {
  readonly access: ProjectAccess;
  readonly repositoryAccess: RepositoryAccess;
  findProject(name: string): Promise<ProjectPolicy | undefined>;
}

/**
 * The project, for callers that may do this there. A chart is a repository too, so whoever may pull
 * from it, push to it or delete in it may do so here; robots also with Harbor's rights of old,
 * `helm-chart` and `helm-chart-version`.
 *
 * @param chart absent while it is not known which one; then a right on some charts is enough
 * @throws AppError unauthenticated, denied; not-found for callers that may see every project
 */
export async function authorizeCharts(
  ports: ChartRightsPorts,
  principal: Principal,
  projectName: string,
  action: ChartAction,
  chart?: string,
): Promise<ProjectPolicy> {
  const project = await ports.findProject(projectName);
  if (project === undefined) {
    throw isAdmin(principal) ? projectNotFound(projectName) : refusalFor(principal);
  }
  if (await mayUseCharts(ports, principal, project, action, chart)) return project;
  throw refusalFor(principal);
}

async function mayUseCharts(
  { access, repositoryAccess }: ChartRightsPorts,
  principal: Principal,
  project: ProjectPolicy,
  action: ChartAction,
  chart: string | undefined,
): Promise<boolean> {
  if (principal.kind === 'robot') {
    for (const resource of ['helm-chart', 'helm-chart-version']) {
      if (await access.can(principal, project, resource, action)) return true;
    }
  }
  if (action === 'delete') return access.can(principal, project, 'artifact', 'delete');
  const word = action === 'create' ? 'push' : 'pull';
  if (chart === undefined && principal.kind === 'robot') {
    return access.can(principal, project, 'repository', word);
  }
  const repository = `${project.name}/${(chart ?? 'chart').toLowerCase()}`;
  const { allowed } = await repositoryAccess.decide(principal, repository);
  return (allowed & actions[word]) !== 0;
}
