import { AppError } from '../../lib/index.ts';
import { type IndexedChart, parseChartIndex } from './chart-index.ts';
import type { HttpApi } from './http-api.ts';
import type { SourceChart } from './migration-source.ts';

/**
 * The charts of a chart repository over HTTP, by its index.yaml.
 *
 * @param base path of the repository with a slash at the end, such as `/chart/public/`; one that
 *   is not there has no charts
 */
export async function* readCharts(
  api: HttpApi,
  base: string,
  signal: AbortSignal,
): AsyncGenerator<SourceChart, void, void> {
  const index = await api.findBytes(`${base}index.yaml`, signal);
  if (index === undefined) return;
  for (const chart of parseChartIndex(index.toString('utf8'))) yield chartOf(api, base, chart);
}

function chartOf(api: HttpApi, base: string, chart: IndexedChart): SourceChart {
  const label = `${chart.name}-${chart.version}`;
  const path = pathOf(base, chart, label);
  return {
    label,
    digest: chart.digest,
    async archive(signal) {
      const bytes = await api.findBytes(path, signal);
      if (bytes === undefined) throw new AppError('not-found', `${path} is not there`);
      return bytes;
    },
    provenance: (signal) => api.findBytes(`${path}.prov`, signal),
  };
}

/** An absolute URL of the index leads to hosts that credentials are not for: the usual path then. */
function pathOf(base: string, { url }: IndexedChart, label: string): string {
  const usual = `${base}charts/${encodeURIComponent(label)}.tgz`;
  if (url === undefined) return usual;
  const origin = 'http://index.invalid';
  const resolved = URL.parse(url, `${origin}${base}`);
  if (resolved?.origin !== origin || !resolved.pathname.startsWith(base)) return usual;
  return `${resolved.pathname}${resolved.search}`;
}
