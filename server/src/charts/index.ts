export { type ChartLabelsPorts, chartLabelsRoutes, chartPathOf } from './chart-labels.routes.ts';
export { type ArtifactChartStore, type ChartStorePorts, createChartStore } from './chart-store.ts';
export { type ChartRecords, createChartRecords } from './charts.repository.ts';
export { type ChartsRoutesPorts, registerChartsRoutes } from './charts.routes.ts';
export { type ChartsPorts, type ChartsService, createChartsService } from './charts.service.ts';
