import type { ChartStore } from '../../helm/index.ts';

const refuse = () => Promise.reject(new Error('this test has no charts'));

/** Where a test is about projects alone. */
export const unusedCharts: ChartStore = {
  list: refuse,
  open: refuse,
  put: refuse,
  putProvenance: refuse,
  deleteVersion: refuse,
  deleteChart: refuse,
  countPulls: refuse,
};
