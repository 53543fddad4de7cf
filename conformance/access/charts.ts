import { type Answer, readAnswer } from '../registry.ts';
import { packChart, signChart } from '../tke/chart-files.ts';

/** The chart that requests are about. */
export const CHART = { name: 'web', version: '1.0.0' } as const;

export interface ChartSend {
  readonly authorization: string | undefined;
  /** The rest of the path below `/api/chartrepo/{project}`; `charts` unless told. */
  readonly to?: 'charts' | 'prov';
  /** Sent to `/api/chartrepo/charts` when false, which is for `library`. */
  readonly isNamed?: boolean;
  /** Of the chart; that of `CHART` unless told. */
  readonly name?: string;
}

/** One form with the chart or, to `prov`, its signature, as helm-push sends it. */
export async function uploadChart(
  url: string,
  project: string,
  { authorization, to = 'charts', isNamed = true, name = CHART.name }: ChartSend,
): Promise<Answer> {
  const { version } = CHART;
  const form = new FormData();
  const bytes = to === 'prov' ? signChart(name, version) : await packChart(name, version);
  form.append(to === 'prov' ? 'prov' : 'chart', new Blob([new Uint8Array(bytes)]), 'chart');
  const path = isNamed ? `/api/chartrepo/${project}/${to}` : '/api/chartrepo/charts';
  return readAnswer(
    await fetch(new URL(path, url), {
      method: 'POST',
      headers: authorization === undefined ? {} : { authorization },
      body: form,
    }),
  );
}
