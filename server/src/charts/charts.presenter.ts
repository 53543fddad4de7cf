import { type ChartVersion, presentChartVersion } from '../helm/index.ts';
import type { ChartLabel } from './charts.repository.ts';

/** A version in the list of a chart. */
export function presentListedVersion(version: ChartVersion, labels: readonly ChartLabel[]) {
  return { ...presentChartVersion(version), labels: labels.map(presentLabel) };
}

export function presentLabel(label: ChartLabel) {
  const { id, name, description, color, projectId, createdAt, updatedAt } = label;
  return {
    id,
    name,
    description,
    color,
    scope: projectId === null ? 'g' : 'p',
    project_id: projectId ?? 0,
    creation_time: createdAt.toISOString(),
    update_time: updatedAt.toISOString(),
  };
}
