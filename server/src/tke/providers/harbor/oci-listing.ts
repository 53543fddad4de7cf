import { mediaType } from '@berth/oci';
import { LRUCache } from 'lru-cache';
import {
  CHART_CONFIG,
  type ChartListing,
  type ChartMetadata,
  type ChartVersion,
  findChartBlobs,
  findMetadata,
  readMetadata,
} from '../../../helm/index.ts';
import { mapConcurrently } from '../concurrency.ts';
import type { HarborArtifact } from './answers.ts';
import { findChartPlace } from './chart-names.ts';
import { noCharts, orderCharts, revisionOf } from './chart-order.ts';
import type { RegistryContent } from './registry-content.ts';
import type { HarborRepositories } from './repositories.ts';

/** What a manifest says for ever. */
interface Described {
  readonly metadata: ChartMetadata;
  /** Of the archive. */
  readonly digest: string;
  readonly size: number;
  readonly hasProvenance: boolean;
}

export interface OciListingPorts {
  readonly repositories: HarborRepositories;
  readonly content: RegistryContent;
}

const CACHE_BYTES = 64 * 1024 * 1024;
const MAX_CONFIG_BYTES = 1024 * 1024;
const AT_ONCE = 6;

/**
 * Lists the charts of a project by its repositories and their tagged artifacts. What is read of a
 * manifest is remembered by its digest, so that an unchanged chart costs a line of a list.
 */
export class OciListing {
  readonly #ports: OciListingPorts;
  readonly #described = new LRUCache<string, Described | 'no chart'>({
    maxSize: CACHE_BYTES,
    sizeCalculation: (value) => 200 + (value === 'no chart' ? 0 : JSON.stringify(value).length),
  });

  constructor(ports: OciListingPorts) {
    this.#ports = ports;
  }

  async list(project: string): Promise<ChartListing> {
    const { repositories } = this.#ports;
    // A chart's name has no slash: what is nested was not pushed as a chart of this project.
    const names = (await repositories.list(project)).filter((name) => !name.includes('/'));
    if (names.length === 0) return noCharts;
    const versions = await mapConcurrently(names, AT_ONCE, (name) => this.#list(project, name));
    const charts = orderCharts(versions.flat());
    return { revision: revisionOf(charts), charts };
  }

  async #list(project: string, name: string): Promise<ChartVersion[]> {
    const artifacts = await this.#ports.repositories.listTagged(project, name);
    const charts = artifacts.filter(({ type, media_type: media }) => {
      return type === 'CHART' || media === CHART_CONFIG;
    });
    const listed = await mapConcurrently(charts, AT_ONCE, async (artifact) => {
      const described = await this.#describe(`${project}/${name}`, artifact);
      return described === 'no chart' ? [] : presentVersions(name, artifact, described);
    });
    return listed.flat();
  }

  async #describe(repository: string, artifact: HarborArtifact): Promise<Described | 'no chart'> {
    const key = artifact.digest;
    const known = this.#described.get(key);
    if (known !== undefined) return known;
    const manifest = await this.#ports.content.findManifest(repository, artifact.digest);
    // Deleted meanwhile.
    if (manifest === undefined) return 'no chart';
    const parts = findChartBlobs(manifest.content, mediaType.ociManifest);
    const metadata =
      readMetadata(artifact.extra_attrs).metadata ??
      (parts && (await this.#readConfig(repository, parts.config.digest)));
    const { archive, provenance } = parts ?? {};
    const described =
      archive === undefined || metadata === undefined
        ? 'no chart'
        : {
            metadata,
            digest: archive.digest,
            size: archive.size,
            hasProvenance: provenance !== undefined,
          };
    this.#described.set(key, described);
    return described;
  }

  /** Where Harbor has not read the config (yet). */
  async #readConfig(repository: string, digest: string): Promise<ChartMetadata | undefined> {
    const config = await this.#ports.content.findBlob(repository, digest, MAX_CONFIG_BYTES);
    return config && findMetadata(config);
  }
}

/** One, unless the artifact is no version of this chart: other tags (`latest`) are none. */
function presentVersions(
  name: string,
  artifact: HarborArtifact,
  { metadata, ...described }: Described,
): ChartVersion[] {
  if (metadata.name !== name) return [];
  const tag = findChartPlace(name, metadata.version)?.tag;
  const own = artifact.tags?.find((candidate) => candidate.name === tag);
  return own === undefined ? [] : [{ ...described, metadata, createdAt: own.push_time }];
}
