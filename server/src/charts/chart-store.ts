import { randomUUID } from 'node:crypto';
import { type Digest, isRepositoryName, isTag } from '@berth/oci';
import type {
  Actor,
  BlobsService,
  BlobUploadsService,
  ManifestsService,
  RemovalService,
} from '../artifacts/index.ts';
import {
  type ChartActor,
  type ChartBlob,
  type ChartBlobs,
  type ChartFile,
  type ChartListing,
  type ChartMetadata,
  type ChartReader,
  type ChartStore,
  type ChartUpload,
  type ChartVersion,
  chartManifest,
  findChartBlobs,
  parseProvenance,
  tagOfVersion,
} from '../helm/index.ts';
import { AppError, createKeyedMutex } from '../lib/index.ts';
import { asAppErrors, pushBlob } from './blob-push.ts';
import { readBlob, streamBlob } from './blob-stream.ts';
import { createShelves, type Shelf, type Shelves } from './chart-shelves.ts';
import type { ChartRecords } from './charts.repository.ts';
import type { StoredVersion } from './stored-version.ts';

export interface ChartStorePorts {
  readonly records: ChartRecords;
  readonly blobs: Pick<BlobsService, 'find' | 'open'>;
  readonly uploads: Pick<BlobUploadsService, 'pushWhole'>;
  readonly manifests: Pick<ManifestsService, 'find' | 'put'>;
  readonly removal: Pick<RemovalService, 'deleteArtifact' | 'deleteUntagged'>;
  readonly reader: Pick<ChartReader, 'readMetadata'>;
  /** Told when an archive is downloaded. Cheap; never throws. */
  recordPull?(pull: { repository: string; digest: Digest; tag: string | undefined }): void;
}

/** A version as an artifact, for what else is known of artifacts. */
export interface ChartArtifact {
  readonly projectId: number;
  readonly artifactId: number;
}

export interface ArtifactChartStore extends ChartStore {
  findArtifact(project: string, name: string, version: string): Promise<ChartArtifact | undefined>;
}

/**
 * Charts as OCI artifacts of our own projects: a chart `name` is the repository `{project}/{name}`,
 * where `helm push` puts it too. Charts of deeper repositories are not listed.
 */
export function createChartStore(ports: ChartStorePorts): ArtifactChartStore {
  return new ArtifactCharts(ports);
}

type Write = { readonly overwrite: boolean; readonly actor: ChartActor };
/** Where a version is being written. */
interface Place {
  readonly project: string;
  readonly projectId: number;
  readonly repository: string;
  readonly actor: Actor;
}

const MAX_CONFIG = 1024 * 1024;

class ArtifactCharts implements ArtifactChartStore {
  readonly #ports: ChartStorePorts;
  readonly #shelves: Shelves;
  readonly #writes = createKeyedMutex();

  constructor(ports: ChartStorePorts) {
    this.#ports = ports;
    this.#shelves = createShelves({
      records: ports.records,
      readBlob: (repository, digest) => readBlob(ports.blobs, repository, digest, MAX_CONFIG),
    });
  }

  async list(project: string): Promise<ChartListing> {
    const shelf = await this.#shelves.find(project);
    if (shelf === undefined) return { revision: 'none', charts: new Map() };
    return { revision: `${shelf.projectId}.${shelf.revision}`, charts: shelf.charts };
  }

  async open(
    project: string,
    name: string,
    version: string,
    part: 'archive' | 'provenance',
  ): Promise<ChartFile | undefined> {
    const found = findVersion(await this.#shelves.find(project), name, version);
    const blob = found?.[part];
    if (found === undefined || blob === undefined) return undefined;
    const { repository, manifest } = found;
    const stored = await this.#ports.blobs.find(repository, blob.digest);
    if (stored === undefined) return undefined;
    const tag = found.tags.find((one) => one === tagOfVersion(version));
    const content = streamBlob(this.#ports.blobs, stored, () => {
      if (part === 'archive') this.#ports.recordPull?.({ repository, digest: manifest, tag });
    });
    return { size: stored.size, digest: blob.digest, content };
  }

  async put(project: string, { archive, provenance }: ChartUpload, write: Write) {
    const metadata = await this.#ports.reader.readMetadata(archive);
    const place = await this.#place(project, metadata, write.actor);
    return this.#inTurn(place.repository, async () => {
      await this.#refuse(place, metadata, write);
      const parts = [Buffer.from(JSON.stringify(metadata)), archive, provenance] as const;
      const [config, layer, signed] = await this.#push(place, parts);
      return this.#store(place, metadata, { config, archive: layer, provenance: signed });
    });
  }

  async putProvenance(project: string, provenance: Uint8Array, write: Write): Promise<void> {
    const { name, version } = parseProvenance(provenance);
    const before = findVersion(await this.#shelves.find(project), name, version);
    if (before === undefined) throw notFound(name, version);
    const { repository } = before;
    const { projectId } = await this.#getShelf(project);
    const place = { project, projectId, repository, actor: actorOf(write.actor) };
    await this.#inTurn(repository, async () => {
      const current = findVersion(await this.#shelves.find(project), name, version);
      if (current === undefined) throw notFound(name, version);
      if (current.provenance !== undefined && !write.overwrite) {
        throw new AppError('conflict', `${name}-${version}.tgz.prov already exists`);
      }
      const manifest = await this.#ports.manifests.find(repository, { digest: current.manifest });
      const blobs = manifest && findChartBlobs(manifest.content, manifest.mediaType);
      if (blobs === undefined) throw notFound(name, version);
      const [signed] = await this.#push(place, [provenance]);
      await this.#store(place, current.metadata, { ...blobs, provenance: signed });
    });
  }

  async deleteVersion(
    project: string,
    name: string,
    version: string,
    actor: ChartActor,
  ): Promise<boolean> {
    const shelf = await this.#shelves.find(project);
    const copies = shelf?.listCopies(name, version) ?? [];
    return this.#delete(copies, actor);
  }

  async deleteChart(project: string, name: string, actor: ChartActor): Promise<boolean> {
    const shelf = await this.#shelves.find(project);
    const versions = shelf?.charts.get(name) ?? [];
    const copies = versions.flatMap(
      ({ metadata }) => shelf?.listCopies(name, metadata.version) ?? [],
    );
    return this.#delete(copies, actor);
  }

  async countPulls(project: string, name: string): Promise<number> {
    const shelf = await this.#shelves.find(project);
    const repositories = new Set(shelf?.charts.get(name)?.map(({ repository }) => repository));
    let pulls = 0;
    for (const repository of repositories)
      pulls += await this.#ports.records.countPulls(repository);
    return pulls;
  }

  async findArtifact(project: string, name: string, version: string) {
    const shelf = await this.#shelves.find(project);
    const found = findVersion(shelf, name, version);
    if (shelf === undefined || found === undefined) return undefined;
    return { projectId: shelf.projectId, artifactId: found.artifactId };
  }

  async #delete(copies: readonly StoredVersion[], actor: ChartActor): Promise<boolean> {
    const by = actorOf(actor);
    let isDeleted = false;
    for (const { repository, manifest } of copies) {
      const done = await asAppErrors(() =>
        this.#ports.removal.deleteArtifact(repository, manifest, by),
      );
      isDeleted ||= done;
    }
    return isDeleted;
  }

  async #getShelf(project: string): Promise<Shelf> {
    const shelf = await this.#shelves.find(project);
    if (shelf !== undefined) return shelf;
    throw new AppError('not-found', `project ${project} not found`);
  }

  async #place(project: string, metadata: ChartMetadata, actor: ChartActor): Promise<Place> {
    const { projectId } = await this.#getShelf(project);
    const { name, version } = metadata;
    const repository = `${project}/${name.toLowerCase()}`;
    if (!isRepositoryName(repository) || !isTag(tagOfVersion(version))) {
      const sentence = `the chart ${name}-${version} cannot be stored: no repository and tag may have such a name`;
      throw new AppError('invalid', sentence);
    }
    return { project, projectId, repository, actor: actorOf(actor) };
  }

  async #refuse(place: Place, metadata: ChartMetadata, { overwrite }: Write): Promise<void> {
    const { project, repository } = place;
    const { name, version } = metadata;
    const shelf = await this.#getShelf(project);
    const current = findVersion(shelf, name, version);
    if (current !== undefined && !overwrite) {
      throw new AppError('conflict', `${name}-${version}.tgz already exists`);
    }
    const tag = tagOfVersion(version);
    const tagged = await this.#ports.manifests.find(repository, { tag });
    const isSame = shelf
      .listCopies(name, version)
      .some((copy) => copy.repository === repository && copy.manifest === tagged?.digest);
    if (tagged === undefined || isSame) return;
    throw new AppError(
      'conflict',
      `${repository}:${tag} is there already, and is another artifact`,
    );
  }

  /** One blob after the other; those left out stay so. */
  async #push<const T extends readonly (Uint8Array | undefined)[]>(
    place: Place,
    parts: T,
  ): Promise<{ [K in keyof T]: T[K] extends Uint8Array ? ChartBlob : ChartBlob | undefined }>;
  async #push(
    place: Place,
    parts: readonly (Uint8Array | undefined)[],
  ): Promise<readonly (ChartBlob | undefined)[]> {
    const blobs: (ChartBlob | undefined)[] = [];
    for (const part of parts)
      blobs.push(part && (await pushBlob(this.#ports.uploads, place, part)));
    return blobs;
  }

  /** Moves the tag to the new manifest; what had it goes, as nobody can name it any more. */
  async #store(place: Place, metadata: ChartMetadata, blobs: ChartBlobs): Promise<ChartVersion> {
    const { project, projectId, repository, actor } = place;
    const { name, version } = metadata;
    const tag = tagOfVersion(version);
    const { manifests, removal } = this.#ports;
    const before = await manifests.find(repository, { tag });
    const { digest } = await asAppErrors(() =>
      manifests.put({
        repository,
        projectId,
        actor,
        reference: { tag },
        tags: [],
        contentType: undefined,
        content: chartManifest(metadata, blobs),
      }),
    );
    if (before !== undefined && before.digest !== digest) {
      await removal.deleteUntagged(repository, before.digest, actor, 0);
    }
    const stored = findVersion(await this.#shelves.find(project), name, version);
    if (stored === undefined) throw notFound(name, version);
    return stored;
  }

  #inTurn<T>(repository: string, work: () => Promise<T>): Promise<T> {
    return this.#writes.run(repository, work);
  }
}

function findVersion(
  shelf: Shelf | undefined,
  name: string,
  version: string,
): StoredVersion | undefined {
  return shelf?.charts.get(name)?.find(({ metadata }) => metadata.version === version);
}

function actorOf({ username }: ChartActor): Actor {
  return { name: username, requestId: randomUUID() };
}

function notFound(name: string, version: string): AppError {
  return new AppError('not-found', `chart ${name}-${version} not found`);
}
