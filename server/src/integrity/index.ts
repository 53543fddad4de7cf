export { type BlobVerdict, type CheckOptions, type CheckPorts, checkBlob } from './blob-check.ts';
export {
  type BlobRow,
  createIntegrityRepository,
  type IntegrityRepository,
  type ManifestRow,
} from './integrity.repository.ts';
export { checkManifests, type ManifestVerdict } from './manifest-check.ts';
export { listPages } from './pages.ts';
