import {
  createArtifactCopyRepository,
  createArtifactRemovalRepository,
  createArtifactRepository,
  createBlobRepository,
  createBlobsService,
  createBlobUploadRepository,
  createBlobUploadsService,
  createContentCache,
  createCopyService,
  createInvalidation,
  createListingsService,
  createManifestsService,
  createPublisher,
  createRemovalService,
  createRepositoryDirectory,
  createRepositoryRepository,
  createTagHistoryRepository,
  createTagRepository,
  createTagsService,
  createTrashRepository,
  createTrashService,
  createUndescribedArtifacts,
  describeArtifacts,
  type ImmutableAmong,
  type InvalidationTargets,
  type RepositoryDirectory,
  type StoredBlob,
  type StoredManifest,
} from './artifacts/index.ts';
import type { Parts } from './compose-parts.ts';
import { createUploadQuota, type QuotaGate } from './quotas/index.ts';

const MANIFEST_CACHE_BYTES = 64 * 1024 * 1024;
const BLOB_CACHE_BYTES = 32 * 1024 * 1024;
/** With several replicas, how long one might serve what another changed while it died. */
const SHARED_CACHE_TTL_MS = 30_000;

const DAMAGED = 'the bytes of a manifest are damaged; push it again';

/** What other modules remember, and must forget when told. */
export type OtherTargets = Pick<
  InvalidationTargets,
  'forgetProject' | 'forgetUser' | 'forgetRobot' | 'forgetConfiguration' | 'forgetAll'
>;

/** What projects rule about what comes in and goes. */
export interface ContentRules {
  readonly immutableAmong: ImmutableAmong;
  readonly quotas: QuotaGate;
}

/** Manifests, blobs and uploads with their caches. */
export function composeContent(parts: Parts, others: OtherTargets, rules: ContentRules) {
  const { config, db, store, shared } = parts;
  const { leaseSeconds } = config.gc;
  const { immutableAmong, quotas } = rules;
  const artifacts = createArtifactRepository(db);
  const blobs = createBlobRepository(db, { leaseSeconds });
  const tags = createTagRepository(db, immutableAmong);
  const repositoryRows = createRepositoryRepository(db);
  const repositories = createRepositoryDirectory(repositoryRows);
  const trash = createTrashRepository(db, { leaseSeconds });
  const caches = composeCaches(parts, repositories);
  const targets = composeTargets(caches, repositories, others);
  const invalidation = createInvalidation(targets, shared ? createPublisher(db) : undefined);
  const ports = {
    store,
    leaseSeconds,
    artifacts,
    blobs,
    trash,
    repositories,
    invalidation,
    room: quotas,
  };
  const rows = { tags, repositories: repositoryRows, invalidation };
  const removal = createRemovalService({
    ...rows,
    removals: createArtifactRemovalRepository(db, immutableAmong),
  });
  return {
    targets,
    invalidation,
    repositories,
    removal,
    manifests: createManifestsService({
      ...ports,
      removal,
      immutableAmong,
      cache: caches.manifests,
      onDamaged: (repository, digest) => parts.log.error({ repository, digest }, DAMAGED),
    }),
    blobs: createBlobsService({ ...ports, cache: caches.blobs }),
    uploads: createBlobUploadsService({
      ...ports,
      uploads: createBlobUploadRepository(db),
      quota: createUploadQuota(quotas),
    }),
    listings: createListingsService({ artifacts, tags, repositories: repositoryRows }),
    copies: createCopyService({
      ...ports,
      copies: createArtifactCopyRepository(db, immutableAmong),
    }),
    tags: createTagsService({ ...rows, history: createTagHistoryRepository(db) }),
    trash: createTrashService(ports),
    /** Completes what an older version stored. */
    describeOld: (signal: AbortSignal) =>
      describeArtifacts({ artifacts, undescribed: createUndescribedArtifacts(db) }, signal),
  };
}

function composeTargets(
  caches: ReturnType<typeof composeCaches>,
  repositories: RepositoryDirectory,
  others: OtherTargets,
): InvalidationTargets {
  return {
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
