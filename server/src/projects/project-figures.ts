import { canInProject, type Principal } from '../access/index.ts';
import type { ProjectRepository } from './project.repository.ts';
import type { ProjectView } from './project.ts';

/** Which projects of a list, and what to tell of them beside their own records. */
export interface ProjectPage {
  readonly offset: number;
  readonly limit: number;
  readonly quotas?: boolean;
  readonly charts?: boolean;
}

/** The projects with what was asked for, as far as the caller may know it: one query a kind. */
export async function withFigures(
  projects: Pick<ProjectRepository, 'listQuotas' | 'listChartCounts'>,
  principal: Principal,
  views: readonly ProjectView[],
  { quotas = false, charts = false }: ProjectPage,
): Promise<ProjectView[]> {
  const idsWith = (resource: string, action: string) =>
    views
      .filter((view) => canInProject(principal, view, view.roles, resource, action))
      .map(({ id }) => id);
  const charting = idsWith('repository', 'list');
  const [quotaOf, chartsOf] = await Promise.all([
    quotas ? projects.listQuotas(idsWith('quota', 'read')) : undefined,
    charts ? projects.listChartCounts(charting) : undefined,
  ]);
  const isCharting = new Set(charting);
  return views.map((view) => ({
    ...view,
    quota: quotaOf?.get(view.id),
    chartCount: chartsOf && isCharting.has(view.id) ? (chartsOf.get(view.id) ?? 0) : undefined,
  }));
}
