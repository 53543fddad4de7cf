export { readChartParts } from './chart-body.ts';
export { presentChartError } from './chart-error.ts';
export { fileNameOf, presentChartVersion } from './chart-index.ts';
export type {
  ChartBody,
  ChartFileName,
  ChartMuseum,
  ChartParts,
  ChartRead,
  ChartReply,
  ChartWrite,
} from './chart-museum.ts';
export { type ChartReader, createChartReader } from './chart-reader.ts';
export type {
  ChartActor,
  ChartFile,
  ChartListing,
  ChartMetadata,
  ChartStore,
  ChartUpload,
  ChartVersion,
} from './chart-store.ts';
export type { ChartFiles } from './chart-task.ts';
export { createChartMuseum, latestOf } from './create-chart-museum.ts';
export { presentChart, presentDetails } from './harbor-chart.ts';
export { MAX_CHART_BYTES, MAX_PROVENANCE_BYTES } from './limits.ts';
export { isChartName, type ReadMetadata, readMetadata } from './metadata.ts';
export {
  CHART_CONFIG,
  CHART_LAYER,
  type ChartBlob,
  type ChartBlobs,
  chartManifest,
  findChartBlobs,
  findMetadata,
  PROVENANCE_LAYER,
} from './oci-chart.ts';
export { parseProvenance } from './provenance.ts';
export { compareVersions, parseChartVersion, tagOfVersion } from './versions.ts';
