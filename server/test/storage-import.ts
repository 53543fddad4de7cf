import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseReference } from '@berth/oci';
import {
  createArtifactImportRepository,
  createRepositoryRepository,
} from '../src/artifacts/index.ts';
import { createFilesystemBlobStore } from '../src/blobstore/index.ts';
import type { Database } from '../src/db/index.ts';
import { createProjectRepository } from '../src/projects/index.ts';
import {
  createImportRecords,
  type ImportOrder,
  type ImportPorts,
  type ImportReport,
  importStorage,
  inPlace,
  isForeign,
  OWN_STORAGE,
  type RebuildPorts,
} from '../src/storage-import/index.ts';
import type { Log } from '../src/telemetry/index.ts';
import { type Content, openContent } from './content.ts';
import { createTestDatabase } from './database.ts';
import { DistributionLayout } from './distribution-layout.ts';
import { quietLog } from './log.ts';

type Table = 'artifact' | 'tag' | 'blob' | 'tag_history' | 'event_outbox';

/** A registry whose storage a distribution may have filled. */
export class ImportWorld implements AsyncDisposable {
  /** Holds the storage, and is ours. */
  readonly base: string;
  readonly layout: DistributionLayout;
  readonly content: Content;
  readonly #drop: () => Promise<void>;

  constructor(base: string, content: Content, drop: () => Promise<void>) {
    this.base = base;
    this.layout = new DistributionLayout(join(base, 'registry'));
    this.content = content;
    this.#drop = drop;
  }

  ports(): ImportPorts {
    const { db } = this.content;
    return {
      isPublic: false,
      records: createImportRecords(db),
      projects: createProjectRepository(db),
      repositories: createRepositoryRepository(db),
      artifacts: createArtifactImportRepository(db),
      onProgress: () => undefined,
    };
  }

  /** Imports our own storage unless told. */
  run(order: Partial<ImportOrder> = {}, ports: Partial<ImportPorts> = {}): Promise<ImportReport> {
    const { signal } = new AbortController();
    return importStorage({ ...this.ports(), ...ports }, { ...this.order(), ...order }, signal);
  }

  order(): ImportOrder {
    return {
      root: this.layout.root,
      source: OWN_STORAGE,
      bringer: inPlace,
      singleProject: 'library',
      acceptSkipped: false,
    };
  }

  rebuildPorts(log: Log = quietLog): RebuildPorts {
    return { ...this.ports(), log, storageRoot: this.layout.root, singleProject: 'library' };
  }

  foreign(): Promise<boolean> {
    return isForeign(this.rebuildPorts());
  }

  async pull(repository: string, reference: string): Promise<Buffer | undefined> {
    const { manifests } = this.content;
    return (await manifests.find(repository, parseReference(reference)))?.content;
  }

  rows(table: Table) {
    return this.content.db.selectFrom(table).selectAll().execute();
  }

  /** Everything an import writes, but for ids and times of the run itself. */
  snapshot() {
    return snapshot(this.content.db);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.content.close();
    await this.#drop();
  }
}

/** @param base of another world, whose storage this one has too */
export async function openImportWorld(base?: string): Promise<ImportWorld> {
  const database = await createTestDatabase();
  const directory = base ?? (await mkdtemp(join(tmpdir(), 'berth-import-')));
  const store = await createFilesystemBlobStore({ root: join(directory, 'registry') });
  const content = openContent(database, store);
  await content.db
    .insertInto('app_user')
    .values({ username: 'admin', password_hash: 'x', is_admin: true })
    .execute();
  return new ImportWorld(directory, content, async () => {
    await database.drop();
    if (base === undefined) await rm(directory, { recursive: true });
  });
}

/** Everything an import writes, but for ids and times of the run itself. */
async function snapshot(db: Database) {
  return {
    projects: await db
      .selectFrom('project')
      .select(['name', 'is_public'])
      .orderBy('name')
      .execute(),
    artifacts: await db
      .selectFrom('artifact')
      .innerJoin('repository', 'repository.id', 'artifact.repository_id')
      .select(['name', 'digest', 'type', 'total_size', 'is_listed', 'accessory_of', 'pushed_at'])
      .orderBy('name')
      .orderBy('digest')
      .execute(),
    tags: await db
      .selectFrom('tag')
      .select(['name', 'pushed_at'])
      .orderBy('pushed_at')
      .orderBy('name')
      .execute(),
    history: await db
      .selectFrom('tag_history')
      .select(['tag_name', 'to_digest', 'changed_at', 'actor'])
      .orderBy('changed_at')
      .orderBy('tag_name')
      .orderBy('to_digest')
      .execute(),
    blobs: await db.selectFrom('blob').select(['digest', 'size']).orderBy('digest').execute(),
    owned: await db
      .selectFrom('project_blob')
      .select(['digest', 'size'])
      .orderBy('digest')
      .execute(),
  };
}
