import {
  actions,
  isAdmin,
  narrowTo,
  narrowToAll,
  type Principal,
  type ProjectAccess,
  type ProjectPolicy,
  type RepositoryAccess,
} from '../access/index.ts';
import { projectNotFound, refusalFor } from '../api/index.ts';

/** What is done with charts; `list` is of names and versions, and so is reading the index. */
export type ChartAction = 'list' | 'read' | 'create' | 'delete';

/** One of the project's charts, all of them, or `some` while it is not known which one. */
export type ChartReach = { readonly chart: string } | 'all' | 'some';

export interface ChartRightsPorts {
  readonly access: ProjectAccess;
  readonly repositoryAccess: RepositoryAccess;
  findProject(name: string): Promise<ProjectPolicy | undefined>;
}

/**
 * The project, for callers that may do this there. A chart is a repository too, so whoever may pull
 * from it, push to it or delete in it may do so here; robots also with Harbor's rights of old,
 * `helm-chart` and `helm-chart-version`, each as far as the repositories go that it names.
 *
 * @throws AppError unauthenticated, denied; not-found for callers that may see every project
 */
export async function authorizeCharts(
  ports: ChartRightsPorts,
  principal: Principal,
  projectName: string,
  action: ChartAction,
  reach: ChartReach,
): Promise<ProjectPolicy> {
  const project = await ports.findProject(projectName);
  if (project === undefined) {
    throw isAdmin(principal) ? projectNotFound(projectName) : refusalFor(principal);
  }
  if (await mayUseCharts(ports, principal, project, action, reach)) return project;
  throw refusalFor(principal);
}

async function mayUseCharts(
  { access, repositoryAccess }: ChartRightsPorts,
  principal: Principal,
  project: ProjectPolicy,
  action: ChartAction,
  reach: ChartReach,
): Promise<boolean> {
  const reaching = narrow(principal, reach);
  if (reaching.kind === 'robot') {
    for (const resource of ['helm-chart', 'helm-chart-version']) {
      if (await access.can(reaching, project, resource, action)) return true;
    }
  }
  if (action === 'delete') return access.can(reaching, project, 'artifact', 'delete');
  const word = action === 'create' ? 'push' : 'pull';
  if (typeof reach === 'string' && reaching.kind === 'robot') {
    return access.can(reaching, project, 'repository', word);
  }
  const repository = `${project.name}/${typeof reach === 'string' ? 'chart' : pathOf(reach)}`;
  const { allowed } = await repositoryAccess.decide(principal, repository);
  return (allowed & actions[word]) !== 0;
}

function narrow(principal: Principal, reach: ChartReach): Principal {
  if (reach === 'some') return principal;
  return reach === 'all' ? narrowToAll(principal) : narrowTo(principal, pathOf(reach));
}

/** The chart's repository, below its project. */
function pathOf({ chart }: { readonly chart: string }): string {
  return chart.toLowerCase();
}
