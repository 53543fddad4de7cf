import { Readable } from 'node:stream';
import { mediaType } from '@berth/oci';
import {
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
  findMetadata,
  MAX_CHART_BYTES,
  MAX_PROVENANCE_BYTES,
  parseProvenance,
} from '../../../helm/index.ts';
import { createKeyedMutex } from '../../../lib/index.ts';
import {
  type ChartPlace,
  existsAlready,
  findChartPlace,
  getChartPlace,
  noSuchProject,
  noSuchVersion,
  provenanceExists,
} from './chart-names.ts';
import { OciListing } from './oci-listing.ts';
import type { HarborProjects } from './projects.ts';
import { checkSize, type FoundManifest, type RegistryContent } from './registry-content.ts';
import type { HarborRepositories } from './repositories.ts';

export interface OciChartsPorts {
  readonly projects: HarborProjects;
  readonly repositories: HarborRepositories;
  readonly content: RegistryContent;
  readonly reader: Pick<ChartReader, 'readMetadata'>;
}

/** Charts of a Harbor as OCI artifacts, `{project}/{name}:{version}` as `helm push` has them. */
export class OciCharts implements ChartStore {
  readonly #ports: OciChartsPorts;
  readonly #listing: OciListing;
  /** Harbor knows no "only if it is not there". */
  readonly #writes = createKeyedMutex();

  constructor(ports: OciChartsPorts) {
    this.#ports = ports;
    this.#listing = new OciListing(ports);
  }

  list(project: string): Promise<ChartListing> {
    return this.#listing.list(project);
  }

  async open(
    project: string,
    name: string,
    version: string,
    part: 'archive' | 'provenance',
  ): Promise<ChartFile | undefined> {
    const place = findChartPlace(name, version);
    if (place === undefined) return undefined;
    const { content } = this.#ports;
    const repository = `${project}/${name}`;
    // A provenance file comes with its archive: one of them is a pull.
    const manifest = await content.findManifest(repository, place.tag, part === 'archive');
    const blob = manifest && findChartBlobs(manifest.content, mediaType.ociManifest)?.[part];
    if (blob === undefined) return undefined;
    const maxBytes = part === 'archive' ? MAX_CHART_BYTES : MAX_PROVENANCE_BYTES;
    const bytes = await content.findBlob(repository, blob.digest, maxBytes);
    return bytes && { size: bytes.length, digest: blob.digest, content: Readable.from([bytes]) };
  }

  async put(
    project: string,
    { archive, provenance }: ChartUpload,
    { overwrite }: { readonly overwrite: boolean },
  ): Promise<ChartVersion> {
    checkSize(archive, MAX_CHART_BYTES, 'the chart');
    if (provenance) checkSize(provenance, MAX_PROVENANCE_BYTES, 'the provenance file');
    const metadata = await this.#ports.reader.readMetadata(archive);
    const place = getChartPlace(metadata.name, metadata.version);
    await this.#requireProject(project);
    return this.#write(project, place, async (repository, before) => {
      if (before !== undefined && !overwrite) {
        throw existsAlready(metadata.name, metadata.version);
      }
      const parts = {
        config: await this.#push(repository, Buffer.from(JSON.stringify(metadata))),
        archive: await this.#push(repository, archive),
        provenance: provenance && (await this.#push(repository, provenance)),
      };
      // The same archive again keeps its signature.
      const old = before && findChartBlobs(before.content, mediaType.ociManifest);
      const kept = old?.archive.digest === parts.archive.digest ? old.provenance : undefined;
      const whole = { ...parts, provenance: parts.provenance ?? kept };
      await this.#replace(project, place, before, chartManifest(metadata, whole));
      const { digest, size } = whole.archive;
      const hasProvenance = whole.provenance !== undefined;
      return { metadata, digest, size, createdAt: new Date(), hasProvenance };
    });
  }

  async putProvenance(
    project: string,
    provenance: Uint8Array,
    { overwrite }: { readonly overwrite: boolean },
  ): Promise<void> {
    checkSize(provenance, MAX_PROVENANCE_BYTES, 'the provenance file');
    const { name, version } = parseProvenance(provenance);
    const place = getChartPlace(name, version);
    await this.#requireProject(project);
    await this.#write(project, place, async (repository, before) => {
      const parts = before && findChartBlobs(before.content, mediaType.ociManifest);
      if (parts === undefined) throw noSuchVersion(name, version);
      if (parts.provenance !== undefined && !overwrite) throw provenanceExists(name, version);
      const metadata = await this.#readMetadata(repository, parts);
      if (metadata === undefined) throw noSuchVersion(name, version);
      const whole = { ...parts, provenance: await this.#push(repository, provenance) };
      await this.#replace(project, place, before, chartManifest(metadata, whole));
    });
  }

  /** Only this version: another tag of its artifact keeps the artifact (B46). */
  async deleteVersion(project: string, name: string, version: string): Promise<boolean> {
    const place = findChartPlace(name, version);
    if (place === undefined) return false;
    const { repositories } = this.#ports;
    return this.#writes.run(keyOf(project, place), async () => {
      const artifact = await repositories.findArtifact(project, name, place.tag);
      if (artifact === undefined) return false;
      const isOnlyTag = (artifact.tags ?? []).every((tag) => tag.name === place.tag);
      return isOnlyTag
        ? repositories.deleteArtifact(project, name, artifact.digest)
        : repositories.deleteTag(project, name, artifact.digest, place.tag);
    });
  }

  async deleteChart(project: string, name: string): Promise<boolean> {
    if (findChartPlace(name, '0.0.0') === undefined) return false;
    const { repositories } = this.#ports;
    if ((await repositories.findPullCount(project, name)) === undefined) return false;
    await repositories.delete(project, name);
    return true;
  }

  async countPulls(project: string, name: string): Promise<number> {
    if (findChartPlace(name, '0.0.0') === undefined) return 0;
    return (await this.#ports.repositories.findPullCount(project, name)) ?? 0;
  }

  #write<T>(
    project: string,
    place: ChartPlace,
    work: (repository: string, before: FoundManifest | undefined) => Promise<T>,
  ): Promise<T> {
    const repository = `${project}/${place.name}`;
    return this.#writes.run(keyOf(project, place), async () =>
      work(repository, await this.#ports.content.findManifest(repository, place.tag)),
    );
  }

  async #requireProject(project: string): Promise<void> {
    if (!(await this.#ports.projects.has(project))) throw noSuchProject();
  }

  async #push(repository: string, bytes: Uint8Array): Promise<ChartBlob> {
    const digest = await this.#ports.content.putBlob(repository, bytes);
    return { digest, size: bytes.length };
  }

  async #readMetadata(
    repository: string,
    { config }: ChartBlobs,
  ): Promise<ChartMetadata | undefined> {
    const bytes = await this.#ports.content.findBlob(repository, config.digest, MAX_CHART_BYTES);
    return bytes && findMetadata(bytes);
  }

  /** Puts the tag at the manifest, and takes away what nothing leads to any more. */
  async #replace(
    project: string,
    { name, tag }: ChartPlace,
    before: FoundManifest | undefined,
    manifest: Buffer,
  ): Promise<void> {
    const { content, repositories } = this.#ports;
    await content.putManifest(`${project}/${name}`, tag, manifest);
    if (before === undefined || before.content.equals(manifest)) return;
    try {
      const old = await repositories.findArtifact(project, name, before.digest);
      if (old === undefined || (old.tags ?? []).length > 0) return;
      await repositories.deleteArtifact(project, name, before.digest);
    } catch {
      // The chart is stored; an artifact without a tag is in nobody's way.
    }
  }
}

function keyOf(project: string, { name, tag }: ChartPlace): string {
  return `${project}/${name}:${tag}`;
}
