export {
  type BlobBringer,
  createCopyingBringer,
  createLinkingBringer,
  inPlace,
} from './blob-bringer.ts';
export { BlobFiles } from './blob-files.ts';
export type { ImportCounts, ImportReport, SkippedItem } from './import-report.ts';
export {
  createRebuild,
  isForeign,
  OWN_STORAGE,
  type Rebuild,
  type RebuildPorts,
  rebuildFromStorage,
} from './rebuild.ts';
export { createImportRecords, type ImportRecords } from './storage-import.repository.ts';
export {
  type ImportOrder,
  type ImportPorts,
  importStorage,
  previewImport,
} from './storage-import.service.ts';
