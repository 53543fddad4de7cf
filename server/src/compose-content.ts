import {
  createArtifactRepository,
  createBlobRepository,
  createBlobsService,
  createBlobUploadRepository,
  createBlobUploadsService,
  createContentCache,
  createInvalidation,
  createListingsService,
  createManifestsService,
  createPublisher,
  createRepositoryDirectory,
  createRepositoryRepository,
  createTagRepository,
  type InvalidationTargets,
  type RepositoryDirectory,
  type StoredBlob,
  type StoredManifest,
} from './artifacts/index.ts';
import type { Parts } from './compose-parts.ts';

const MANIFEST_CACHE_BYTES = 64 * 1024 * 1024;
const BLOB_CACHE_BYTES = 32 * 1024 * 1024;
/** With several replicas, how long one might serve what another changed while it died. */
const SHARED_CACHE_TTL_MS = 30_000;

/** What other modules remember, and must forget when told. */
export type OtherTargets = Pick<
  InvalidationTargets,
  'forgetProject' | 'forgetUser' | 'forgetRobot' | 'forgetConfiguration' | 'forgetAll'
>;

/** Manifests, blobs and uploads with their caches. */
export function composeContent(parts: Parts, others: OtherTargets) {
  const { db, store, shared } = parts;
  const artifacts = createArtifactRepository(db);
  const blobRows = createBlobRepository(db);
  const tags = createTagRepository(db);
  const repositoryRows = createRepositoryRepository(db);
  const repositories = createRepositoryDirectory(repositoryRows);
  const caches = composeCaches(parts, repositories);
  const targets: InvalidationTargets = {
    ...others,
    dropManifest: (repository, name) => caches.manifests.drop(repository, name),
    dropBlob: (repository, digest) => caches.blobs.drop(repository, digest),
    forgetRepository: (name) => repositories.forget(name),
    forgetProject(name) {
      others.forgetProject(name);
      repositories.forgetProject(name);
    },
    forgetAll() {
      others.forgetAll();
      repositories.forget();
    },
  };
  const invalidation = createInvalidation(targets, shared ? createPublisher(db) : undefined);
  const ports = { store, artifacts, blobs: blobRows, tags, repositories, invalidation };
  const uploads = createBlobUploadRepository(db);
  return {
    targets,
    invalidation,
    manifests: createManifestsService({ ...ports, cache: caches.manifests }),
    blobs: createBlobsService({ ...ports, cache: caches.blobs }),
    uploads: createBlobUploadsService({ ...ports, uploads }),
    listings: createListingsService({ artifacts, tags, repositories: repositoryRows }),
  };
}

function composeCaches(parts: Parts, repositories: RepositoryDirectory) {
  const options = {
    repositories,
    metrics: parts.metrics,
    ttl: parts.shared ? SHARED_CACHE_TTL_MS : undefined,
    isTrusted: parts.hearsReplicas,
  };
  return {
    manifests: createContentCache<StoredManifest>({
      ...options,
      name: 'manifest',
      maxBytes: MANIFEST_CACHE_BYTES,
      sizeOf: ({ content, latin1 }) => content.length + (latin1?.length ?? 0),
    }),
    blobs: createContentCache<StoredBlob>({
      ...options,
      name: 'blob',
      maxBytes: BLOB_CACHE_BYTES,
      sizeOf: (blob) => blob.content?.length ?? 0,
    }),
  };
}
