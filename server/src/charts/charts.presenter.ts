import {
  type ChartFiles,
  type ChartVersion,
  fileNameOf,
  presentChartVersion,
} from '../helm/index.ts';
import type { ChartLabel } from './charts.repository.ts';

/** A chart in the list of Harbor 2.7; its versions newest first. */
export function presentChart(name: string, versions: readonly ChartVersion[]) {
  const newest = versions[0];
  const times = versions.map(({ createdAt }) => createdAt.getTime());
  return {
    name,
    total_versions: versions.length,
    latest_version: newest?.metadata.version ?? '',
    created: new Date(times.reduce((a, b) => Math.min(a, b), Infinity)).toISOString(),
    updated: new Date(times.reduce((a, b) => Math.max(a, b), 0)).toISOString(),
    icon: textOf(newest?.metadata.icon),
    home: textOf(newest?.metadata['home']),
    deprecated: newest?.metadata.deprecated === true,
  };
}

/** A version in the list of a chart. */
export function presentListedVersion(version: ChartVersion, labels: readonly ChartLabel[]) {
  return { ...presentChartVersion(version), labels: labels.map(presentLabel) };
}

/** A version with what is in it. */
export function presentDetails(
  version: ChartVersion,
  { readme, values, flatValues }: ChartFiles,
  labels: readonly ChartLabel[],
) {
  const { metadata, hasProvenance } = version;
  return {
    metadata: presentChartVersion(version),
    dependencies: metadata['dependencies'] ?? [],
    values: flatValues,
    files: {
      ...(values !== undefined && { 'values.yaml': values }),
      ...(readme !== undefined && { 'README.md': readme }),
    },
    security: {
      signature: {
        signed: hasProvenance,
        prov_file: hasProvenance ? `charts/${fileNameOf(version)}.prov` : '',
      },
    },
    labels: labels.map(presentLabel),
  };
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

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
