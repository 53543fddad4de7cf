export type { Actor } from './actor.ts';
export { createArtifactRepository } from './artifact.repository.ts';
export { createArtifactCopyRepository } from './artifact-copy.repository.ts';
export {
  type ArtifactImportRepository,
  createArtifactImportRepository,
  type FoundManifest,
  type FoundTag,
  type ImportOutcome,
  type ImportPlace,
} from './artifact-import.repository.ts';
export { artifactName, parseTagName } from './artifact-name.ts';
export { createArtifactRemovalRepository } from './artifact-removal.repository.ts';
export {
  type ArtifactForm,
  artifactFormOf,
  artifactTypeOf,
  HARBOR_SBOM_TYPE,
  iconOf,
  isAnnotatedWasm,
  WASM_CONFIG_TYPE,
} from './artifact-type.ts';
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
export { type CopyService, createCopyService } from './copy.service.ts';
export { describeArtifacts } from './describe-artifacts.ts';
export type { BuildStep, ImageConfig } from './image-config.ts';
export type { ImmutableAmong } from './immutable-tags.ts';
export { createInvalidation, type Invalidation, type InvalidationTargets } from './invalidation.ts';
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
export { createPullRecorder } from './pull-recorder.ts';
export { createPullStatsRepository } from './pull-stats.repository.ts';
export { createRemovalService, type RemovalService } from './removal.service.ts';
export { createPublisher, followReplicas, INVALIDATION_CHANNEL } from './replicas.ts';
export { createRepositoryRepository } from './repository.repository.ts';
export { createRepositoryDirectory, type RepositoryDirectory } from './repository-directory.ts';
export type { Part, Room } from './room.ts';
export { createTagRepository } from './tag.repository.ts';
export { createTagHistoryRepository } from './tag-history.repository.ts';
export { createTagsService, type TagsService } from './tags.service.ts';
export { createTrashRepository, type DeletedArtifact } from './trash.repository.ts';
export { createTrashService, type TrashService } from './trash.service.ts';
export { createUndescribedArtifacts } from './undescribed-artifacts.repository.ts';
export {
  createUnneededLinksRepository,
  type LinkPosition,
  type UnneededLinksRepository,
} from './unneeded-links.repository.ts';
export {
  createUntaggedArtifacts,
  type UntaggedArtifact,
  type UntaggedArtifacts,
} from './untagged-artifacts.repository.ts';
