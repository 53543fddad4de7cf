import type { createPullRecorder } from './artifacts/index.ts';
import { createChartRecords, createChartStore } from './charts/index.ts';
import type { composeContent } from './compose-content.ts';
import type { Parts } from './compose-parts.ts';
import { createChartMuseum, createChartReader } from './helm/index.ts';

export interface ChartsParts extends Parts {
  readonly content: ReturnType<typeof composeContent>;
  readonly pulls: Pick<ReturnType<typeof createPullRecorder>, 'pulled'>;
}

/** Helm charts of our own projects. */
export function composeCharts({ db, content, pulls }: ChartsParts) {
  const reader = createChartReader();
  const records = createChartRecords(db);
  const store = createChartStore({
    ...content,
    reader,
    records,
    recordPull: (pull) => pulls.pulled(pull),
  });
  return { reader, records, store, museum: createChartMuseum(store) };
}
