import type { FastifyInstance } from 'fastify';
import { anonymous, createRepositoryAccess } from './access/index.ts';
import {
  type BlobUploadsService,
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
import type { BlobStore } from './blobstore/index.ts';
import type { Config } from './config/index.ts';
import type { Database } from './db/index.ts';
import { registerDistribution } from './distribution/index.ts';
import {
  createIdentityService,
  createSigningKeyRepository,
  createSigningKeys,
  createTokenService,
  createUserRepository,
  type IdentityService,
  parseBasic,
  registerTokenRoutes,
  type SigningKeys,
} from './identity/index.ts';
import {
  createProjectRepository,
  createProjectsService,
  type ProjectsService,
  registerProjectsRoutes,
} from './projects/index.ts';
import type { Log, Metrics } from './telemetry/index.ts';

export interface Parts {
  readonly config: Config;
  readonly db: Database;
  readonly store: BlobStore;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Whether other replicas use the database too. */
  readonly shared: boolean;
  /** False while changes made by other replicas are not heard of. */
  readonly hearsReplicas: () => boolean;
}

export interface Services {
  readonly identity: IdentityService;
  readonly keys: SigningKeys;
  readonly projects: ProjectsService;
  readonly uploads: BlobUploadsService;
  readonly invalidationTargets: InvalidationTargets;
  /** @returns a function that resolves when no request is being served */
  registerRoutes(app: FastifyInstance): () => Promise<void>;
}

const MANIFEST_CACHE_BYTES = 64 * 1024 * 1024;
const BLOB_CACHE_BYTES = 32 * 1024 * 1024;
/** With several replicas, how long one might serve what another changed while it died. */
const SHARED_CACHE_TTL_MS = 30_000;

/** Builds every service. The only place that knows all modules. */
export function compose(parts: Parts): Services {
  const { config, db, log, metrics } = parts;
  const projects = createProjectsService(createProjectRepository(db), (name) =>
    content.invalidation.project(name),
  );
  const access = createRepositoryAccess(projects);
  const identity = createIdentityService(createUserRepository(db));
  const keys = createSigningKeys(createSigningKeyRepository(db), config.token.issuer);
  const tokens = createTokenService({ settings: config.token, keys, access, identity });
  const content = composeContent(parts, projects);

  return {
    identity,
    keys,
    projects,
    uploads: content.uploads,
    invalidationTargets: {
      ...content.targets,
      forgetAll() {
        content.targets.forgetAll();
        identity.forget();
      },
    },
    registerRoutes(app) {
      registerTokenRoutes(app, {
        tokens,
        identity,
        service: config.token.service,
        certificates: () => keys.certificates(),
      });
      registerProjectsRoutes(app, {
        projects,
        authenticate: async (header) => {
          if (header === undefined) return anonymous;
          const credentials = parseBasic(header);
          return credentials && identity.authenticate(credentials.username, credentials.password);
        },
      });
      return registerDistribution(app, {
        ...content,
        access,
        projects,
        identity,
        tokens,
        log,
        metrics,
        service: config.token.service,
        externalUrl: config.http.externalUrl,
        stallSeconds: config.http.stallSeconds,
      });
    },
  };
}

/** Manifests, blobs and uploads with their caches. */
function composeContent(parts: Parts, projects: ProjectsService) {
  const { db, store, shared } = parts;
  const artifacts = createArtifactRepository(db);
  const blobRows = createBlobRepository(db);
  const tags = createTagRepository(db);
  const repositoryRows = createRepositoryRepository(db);
  const repositories = createRepositoryDirectory(repositoryRows);
  const caches = composeCaches(parts, repositories);
  const targets: InvalidationTargets = {
    dropManifest: (repository, name) => caches.manifests.drop(repository, name),
    dropBlob: (repository, digest) => caches.blobs.drop(repository, digest),
    forgetRepository: (name) => repositories.forget(name),
    forgetProject(name) {
      projects.forget(name);
      repositories.forgetProject(name);
    },
    forgetAll() {
      repositories.forget();
      projects.forget();
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
