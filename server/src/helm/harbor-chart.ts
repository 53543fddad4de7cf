import { fileNameOf, presentChartVersion } from './chart-index.ts';
import type { ChartVersion } from './chart-store.ts';
import type { ChartFiles } from './chart-task.ts';

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

/** A version in Harbor 2.7's words, with what is in it; labels as they are shown. */
export function presentDetails(
  version: ChartVersion,
  { readme, values, flatValues }: ChartFiles,
  labels: readonly object[],
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
    labels,
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
