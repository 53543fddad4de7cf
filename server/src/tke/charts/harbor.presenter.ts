import { type ChartVersion, fileNameOf, presentChartVersion } from '../../helm/index.ts';

/** Texts of an archive, as the reader of charts gives them. */
interface Texts {
  readonly readme?: string | undefined;
  readonly values?: string | undefined;
}

/** A chart in Harbor's list; `versions` newest first. */
export function presentChart(name: string, versions: readonly ChartVersion[]) {
  const newest = versions[0];
  const times = versions.map(({ createdAt }) => createdAt.getTime());
  return {
    name,
    total_versions: versions.length,
    latest_version: newest?.metadata.version ?? '',
    created: new Date(Math.min(...times)).toISOString(),
    updated: new Date(Math.max(...times)).toISOString(),
    icon: newest?.metadata.icon ?? '',
    home: newest?.metadata['home'] ?? '',
    deprecated: newest?.metadata.deprecated ?? false,
  };
}

/** A version with what is in it. Labels are Harbor's own matter and never there. */
export function presentVersion(found: ChartVersion, { readme, values }: Texts) {
  const { metadata, hasProvenance } = found;
  return {
    metadata: { ...presentChartVersion(found), labels: [] },
    dependencies: metadata['dependencies'] ?? [],
    values: {},
    files: {
      ...(values !== undefined && { 'values.yaml': values }),
      ...(readme !== undefined && { 'README.md': readme }),
    },
    security: {
      signature: {
        signed: hasProvenance,
        prov_file: hasProvenance ? `charts/${fileNameOf(found)}.prov` : '',
      },
    },
    labels: [],
  };
}
