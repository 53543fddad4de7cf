export { createArtifactRepository } from './artifact.repository.ts';
export { createBlobRepository, type MountSources } from './blob.repository.ts';
export { createBlobUploadRepository } from './blob-upload.repository.ts';
export {
  type BlobUploadsService,
  type Chunk,
  createBlobUploadsService,
  type UploadKey,
} from './blob-uploads.service.ts';
export { type BlobsService, createBlobsService, type StoredBlob } from './blobs.service.ts';
export { createContentCache } from './content-cache.ts';
export {
  applyInvalidation,
  createInvalidation,
  type Invalidation,
  type InvalidationMessage,
  type InvalidationTargets,
} from './invalidation.ts';
export {
  createListingsService,
  type ListingsService,
  type PageRequest,
} from './listings.service.ts';
export {
  createManifestsService,
  type ManifestsService,
  type StoredManifest,
} from './manifests.service.ts';
export { createPublisher, followReplicas, INVALIDATION_CHANNEL } from './replicas.ts';
export { createRepositoryRepository } from './repository.repository.ts';
export { createRepositoryDirectory, type RepositoryDirectory } from './repository-directory.ts';
export { createTagRepository } from './tag.repository.ts';
