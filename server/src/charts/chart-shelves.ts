import { setImmediate } from 'node:timers/promises';
import type { Digest } from '@berth/oci';
import { LRUCache } from 'lru-cache';
import { type ChartBlob, findChartBlobs, findMetadata, readMetadata } from '../helm/index.ts';
import { createKeyedMutex } from '../lib/index.ts';
import { arrange, mergeRepositories, type RepositoryCharts } from './chart-order.ts';
import type { ChartDetail, ChartRecords, ChartRow } from './charts.repository.ts';
import type { StoredVersion } from './stored-version.ts';

/** The charts of a project at one moment. */
export interface Shelf {
  readonly projectId: number;
  readonly revision: number;
  /** Newest first; one entry for a version. An array stays the same while its chart does. */
  readonly charts: ReadonlyMap<string, readonly StoredVersion[]>;
  /** Every artifact that holds the version, also those that are not shown. */
  listCopies(name: string, version: string): readonly StoredVersion[];
}

export interface Shelves {
  /** As the database has it at the moment. Undefined when there is no such project. */
  find(project: string): Promise<Shelf | undefined>;
}

export interface ShelfPorts {
  readonly records: ChartRecords;
  /** The bytes of a small blob; undefined when it is not there or is too large. */
  readBlob(repository: string, digest: Digest): Promise<Buffer | undefined>;
}

const MAX_VERSIONS = 400_000;
const REPOSITORIES_AT_ONCE = 100;
const DETAILS_AT_ONCE = 100;
const READS_AT_ONCE = 8;
const NOTHING = Buffer.alloc(0);

/** Remembers the charts of projects, and reads again only the repositories that changed. */
export function createShelves(ports: ShelfPorts): Shelves {
  const known = new LRUCache<string, ProjectShelf>({
    maxSize: MAX_VERSIONS,
    sizeCalculation: (shelf) => shelf.size + 1,
  });
  const mutex = createKeyedMutex();
  return {
    async find(project) {
      const state = await ports.records.findProject(project);
      if (state === undefined) return undefined;
      const before = known.get(project);
      // Whoever waited may find what it needs; a newer one does as well.
      if (before?.isAt(state) === true) return before.shelf;
      return mutex.run(project, async () => {
        const current = known.get(project);
        if (current?.isAt(state) === true) return current.shelf;
        const base = current?.projectId === state.id ? current : new ProjectShelf(state.id);
        const updated = await base.update(ports, state.revision);
        known.set(project, updated);
        return updated.shelf;
      });
    },
  };
}

class ProjectShelf {
  readonly projectId: number;
  readonly shelf: Shelf;
  readonly size: number;
  readonly #repositories: ReadonlyMap<number, RepositoryCharts>;
  /** In which repositories a chart is; nearly always one. */
  readonly #homes: ReadonlyMap<string, ReadonlySet<number>>;

  constructor(
    projectId: number,
    revision = 0,
    charts: ReadonlyMap<string, readonly StoredVersion[]> = new Map(),
    repositories: ReadonlyMap<number, RepositoryCharts> = new Map(),
    homes: ReadonlyMap<string, ReadonlySet<number>> = new Map(),
  ) {
    this.projectId = projectId;
    this.#repositories = repositories;
    this.#homes = homes;
    let size = 0;
    for (const { artifacts } of repositories.values()) size += artifacts.size;
    this.size = size;
    this.shelf = {
      projectId,
      revision,
      charts,
      listCopies: (name, version) =>
        [...(homes.get(name) ?? [])].flatMap((id) =>
          (repositories.get(id)?.charts.get(name) ?? []).filter(
            ({ metadata }) => metadata.version === version,
          ),
        ),
    };
  }

  isAt(state: { id: number; revision: number }): boolean {
    return this.projectId === state.id && this.shelf.revision >= state.revision;
  }

  async update(ports: ShelfPorts, revision: number): Promise<ProjectShelf> {
    const changed = await ports.records.listChanged(this.projectId, this.shelf.revision);
    const repositories = new Map(this.#repositories);
    const touched = new Set<string>();
    const homes = new Map(this.#homes);
    for (let at = 0; at < changed.length; at += REPOSITORIES_AT_ONCE) {
      const ids = changed.slice(at, at + REPOSITORIES_AT_ONCE);
      const rows = Map.groupBy(await ports.records.listRows(ids), (row) => row.repositoryId);
      const found = await findNew(ports, [...rows.values()].flat(), repositories);
      for (const id of ids) {
        const before = repositories.get(id);
        const after = await arrange(rows.get(id) ?? [], found, before);
        for (const name of namesOf(before, after)) {
          touched.add(name);
          moveHome(homes, name, id, after?.charts.has(name) === true);
        }
        if (after === undefined) repositories.delete(id);
        else repositories.set(id, after);
      }
      await setImmediate();
    }
    const charts = new Map(this.shelf.charts);
    for (const name of touched) {
      const versions = [...(homes.get(name) ?? [])].map(
        (id) => repositories.get(id)?.charts.get(name) ?? [],
      );
      const shown = mergeRepositories(name, versions);
      if (shown.length === 0) charts.delete(name);
      else charts.set(name, shown);
    }
    return new ProjectShelf(this.projectId, revision, charts, repositories, homes);
  }
}

function* namesOf(...repositories: readonly (RepositoryCharts | undefined)[]): Generator<string> {
  for (const repository of repositories) if (repository) yield* repository.charts.keys();
}

function moveHome(
  homes: Map<string, ReadonlySet<number>>,
  name: string,
  id: number,
  isHome: boolean,
): void {
  const ids = new Set(homes.get(name));
  if (isHome) ids.add(id);
  else ids.delete(id);
  if (ids.size === 0) homes.delete(name);
  else homes.set(name, ids);
}

/** Reads what is not known yet of the artifacts. */
async function findNew(
  ports: ShelfPorts,
  rows: readonly ChartRow[],
  repositories: ReadonlyMap<number, RepositoryCharts>,
): Promise<ReadonlyMap<number, StoredVersion | null>> {
  const found = new Map<number, StoredVersion | null>();
  const open = rows.filter((row) => !repositories.get(row.repositoryId)?.artifacts.has(row.id));
  for (let at = 0; at < open.length; at += DETAILS_AT_ONCE) {
    const page = open.slice(at, at + DETAILS_AT_ONCE);
    const details = await ports.records.listDetails(page.map(({ id }) => id));
    const versions = await readVersions(ports, page, details);
    for (const { id } of page) found.set(id, versions.get(id) ?? null);
  }
  return found;
}

async function readVersions(
  ports: ShelfPorts,
  rows: readonly ChartRow[],
  details: readonly ChartDetail[],
): Promise<ReadonlyMap<number, StoredVersion>> {
  const charts = details.flatMap((detail) => {
    const blobs = findChartBlobs(detail.content, detail.mediaType);
    return blobs === undefined ? [] : [{ ...detail, blobs }];
  });
  const unread = charts.filter(({ extraAttrs }) => extraAttrs === null);
  const configs = await ports.records.listBlobs(unread.map(({ blobs }) => blobs.config.digest));
  const byId = new Map(rows.map((row) => [row.id, row]));
  const versions = new Map<number, StoredVersion>();
  const readConfig = async ({ repository }: ChartRow, { digest }: ChartBlob) =>
    (await ports.readBlob(repository, digest)) ?? NOTHING;
  const queue = charts.values();
  const read = async () => {
    for (const { id, blobs, extraAttrs, digest, pushedAt } of queue) {
      const row = byId.get(id);
      if (row === undefined) continue;
      const { config, archive, provenance } = blobs;
      const told = extraAttrs === null ? undefined : readMetadata(extraAttrs).metadata;
      const metadata =
        told ?? findMetadata(configs.get(config.digest) ?? (await readConfig(row, config)));
      if (metadata === undefined) continue;
      versions.set(id, {
        metadata,
        archive,
        provenance,
        digest: archive.digest,
        size: archive.size,
        createdAt: pushedAt,
        hasProvenance: provenance !== undefined,
        artifactId: id,
        repository: row.repository,
        manifest: digest,
        tags: row.tags,
      });
    }
  };
  await Promise.all(Array.from({ length: READS_AT_ONCE }, read));
  return versions;
}
