export type {
  ChartActor,
  ChartFile,
  ChartListing,
  ChartMetadata,
  ChartStore,
  ChartUpload,
  ChartVersion,
} from './chart-store.ts';
