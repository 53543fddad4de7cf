import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { type Digest, digestOf, mediaType } from '@berth/oci';
import {
  type BlobsService,
  type BlobUploadsService,
  type Chunk,
  type CopyService,
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
  createManifestsService,
  createRemovalService,
  createRepositoryDirectory,
  createRepositoryRepository,
  createTagHistoryRepository,
  createTagRepository,
  createTagsService,
  createTrashRepository,
  createTrashService,
  type ManifestsService,
  type RemovalService,
  type RepositoryDirectory,
  type Room,
  type StoredBlob,
  type StoredManifest,
  type TagsService,
  type TrashService,
} from '../src/artifacts/index.ts';
import { type BlobStore, createMemoryBlobStore } from '../src/blobstore/index.ts';
import { createDatabase, type Database, openPool } from '../src/db/index.ts';
import { unlimitedUploads } from '../src/quotas/index.ts';
import { createMetrics } from '../src/telemetry/index.ts';
import type { TestDatabase } from './database.ts';
import { quietLog } from './log.ts';

/** The services of one process over a test database, without HTTP and accounts. */
export interface Content {
  readonly db: Database;
  readonly store: BlobStore;
  readonly blobRows: ReturnType<typeof createBlobRepository>;
  readonly manifests: ManifestsService;
  readonly blobs: BlobsService;
  readonly uploads: BlobUploadsService;
  readonly removal: RemovalService;
  readonly copies: CopyService;
  readonly tags: TagsService;
  readonly trash: TrashService;
  close(): Promise<void>;
}

export const testActor = { name: 'ann', requestId: 'request-1' };

export interface ContentOptions {
  readonly room?: Room;
  /** Tags that may not move, by name, in every repository. */
  readonly immutableTags?: ReadonlySet<string>;
  /** 900 unless told. */
  readonly leaseSeconds?: number;
}

const endlessRoom: Room = { within: (_project, _parts, _occasion, work) => work() };

/** Each call is a process of its own: nothing is shared but database and store. */
export function openContent(
  database: TestDatabase,
  store: BlobStore = createMemoryBlobStore(),
  { room = endlessRoom, immutableTags = new Set(), leaseSeconds = 900 }: ContentOptions = {},
): Content {
  const pool = openPool({ connection: database.connection, poolSize: 8, log: quietLog });
  const db = createDatabase(pool);
  const repositories = createRepositoryDirectory(createRepositoryRepository(db));
  const blobRows = createBlobRepository(db, { leaseSeconds });
  const { manifestCache, blobCache, invalidation } = openCaches(repositories);
  const immutableAmong = async (_project: number, _repository: string, tags: readonly string[]) =>
    new Set(tags.filter((tag) => immutableTags.has(tag)));
  const repositoryRows = createRepositoryRepository(db);
  const artifacts = createArtifactRepository(db);
  const tagRows = createTagRepository(db, immutableAmong);
  const trash = createTrashRepository(db, { leaseSeconds });
  const owned = { store, blobs: blobRows, artifacts, trash, leaseSeconds };
  const ports = { ...owned, repositories, invalidation, room };
  const rowPorts = { tags: tagRows, repositories: repositoryRows, invalidation };
  const removal = createRemovalService({
    ...rowPorts,
    removals: createArtifactRemovalRepository(db, immutableAmong),
  });
  return {
    db,
    store,
    blobRows,
    removal,
    blobs: createBlobsService({ ...ports, cache: blobCache }),
    uploads: createBlobUploadsService({
      ...ports,
      uploads: createBlobUploadRepository(db),
      quota: unlimitedUploads,
    }),
    manifests: createManifestsService({ ...ports, removal, immutableAmong, cache: manifestCache }),
    copies: createCopyService({
      ...ports,
      copies: createArtifactCopyRepository(db, immutableAmong),
    }),
    tags: createTagsService({ ...rowPorts, history: createTagHistoryRepository(db) }),
    trash: createTrashService(ports),
    close: () => db.destroy(),
  };
}

/** The caches of a process, and what voids them. */
function openCaches(repositories: RepositoryDirectory) {
  const options = {
    repositories,
    metrics: createMetrics(),
    isTrusted: () => true,
    maxBytes: 1024 * 1024,
  };
  const manifestCache = createContentCache<StoredManifest>({
    ...options,
    name: 'manifest',
    sizeOf: ({ content }) => content.length,
  });
  const blobCache = createContentCache<StoredBlob>({ ...options, name: 'blob', sizeOf: () => 1 });
  const invalidation = createInvalidation({
    dropManifest: (repository, name) => manifestCache.drop(repository, name),
    dropBlob: (repository, digest) => blobCache.drop(repository, digest),
    forgetRepository: (name) => repositories.forget(name),
    forgetProject: () => undefined,
    forgetUser: () => undefined,
    forgetRobot: () => undefined,
    forgetConfiguration: () => undefined,
    forgetAll: () => repositories.forget(),
  });
  return { manifestCache, blobCache, invalidation };
}

/** A project with an owner of its own; gives its id. */
export async function createTestProject(
  { db }: Pick<Content, 'db'>,
  name: string,
  isPublic = false,
): Promise<number> {
  const owner = await db
    .insertInto('app_user')
    .values({ username: `owner-${name}`, password_hash: 'x' })
    .returning('id')
    .executeTakeFirstOrThrow();
  const project = await db
    .insertInto('project')
    .values({ name, owner_id: owner.id, is_public: isPublic })
    .returning('id')
    .executeTakeFirstOrThrow();
  return project.id;
}

/** A request's body: the chunks, one after the other. */
export function chunkOf(source: Readable | Buffer | string, start?: number): Chunk {
  const readable = source instanceof Readable ? source : Readable.from([Buffer.from(source)]);
  return { source: readable, start, signal: new AbortController().signal };
}

/** Pushes a blob of these bytes, random ones unless told. */
export async function pushBlob(
  { uploads }: Pick<Content, 'uploads'>,
  target: { repository: string; projectId: number },
  bytes: Buffer = randomBytes(100),
): Promise<{ digest: Digest; size: number }> {
  const digest = digestOf(bytes);
  await uploads.pushWhole(target, digest, chunkOf(bytes));
  return { digest, size: bytes.length };
}

/** An image manifest of one config and one layer; `note` makes it another one. */
export function imageManifest(
  config: { digest: Digest; size: number },
  layer: { digest: Digest; size: number },
  note = '',
): Buffer {
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaType.ociManifest,
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
      layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', ...layer }],
      annotations: { note },
    }),
  );
}
