import type {
  ChartActor,
  ChartFile,
  ChartListing,
  ChartReader,
  ChartStore,
  ChartUpload,
  ChartVersion,
} from '../../../helm/index.ts';
import type { HarborConfiguration } from '../../config/registry-configuration.ts';
import type { ProviderHealth } from '../provider.ts';
import { ChartMuseumCharts } from './chartmuseum.ts';
import type { HarborApi } from './harbor-api.ts';
import { asChartStore } from './harbor-error.ts';
import { checkHarbor } from './health.ts';
import { OciCharts } from './oci-charts.ts';
import type { HarborProjects } from './projects.ts';
import { RegistryContent } from './registry-content.ts';
import type { HarborRepositories } from './repositories.ts';

export interface HarborChartsPorts {
  readonly api: HarborApi;
  readonly projects: HarborProjects;
  readonly repositories: HarborRepositories;
  readonly reader: Pick<ChartReader, 'readMetadata'>;
  readonly kind: HarborConfiguration['charts'];
}

type Kind = ProviderHealth['charts'];

export interface HarborCharts extends ChartStore {
  /** Where charts are kept, when Harbor itself tells `told`. */
  kindBy(told: Kind): Kind;
  /** Deletes what is kept beside the repositories. @throws ProviderError */
  deleteAll(project: string): Promise<void>;
}

/** Charts where the configuration says, or where this Harbor has them. Throws AppErrors. */
export function createHarborCharts(ports: HarborChartsPorts): HarborCharts {
  return new Charts(ports);
}

class Charts implements HarborCharts {
  readonly #ports: HarborChartsPorts;
  readonly #oci: OciCharts;
  readonly #museum: ChartMuseumCharts;
  #detected: Promise<Kind> | undefined;

  constructor(ports: HarborChartsPorts) {
    this.#ports = ports;
    this.#oci = new OciCharts({ ...ports, content: new RegistryContent(ports.api) });
    this.#museum = new ChartMuseumCharts(ports);
  }

  kindBy(told: Kind): Kind {
    return this.#ports.kind === 'auto' ? told : this.#ports.kind;
  }

  async deleteAll(project: string): Promise<void> {
    if ((await this.#find()) === 'chartmuseum') await this.#museum.deleteAll(project);
  }

  list(project: string): Promise<ChartListing> {
    return this.#run((store) => store.list(project));
  }

  open(
    project: string,
    name: string,
    version: string,
    part: 'archive' | 'provenance',
  ): Promise<ChartFile | undefined> {
    return this.#run((store) => store.open(project, name, version, part));
  }

  put(
    project: string,
    upload: ChartUpload,
    options: { readonly overwrite: boolean; readonly actor: ChartActor },
  ): Promise<ChartVersion> {
    return this.#run((store) => store.put(project, upload, options));
  }

  putProvenance(
    project: string,
    provenance: Uint8Array,
    options: { readonly overwrite: boolean; readonly actor: ChartActor },
  ): Promise<void> {
    return this.#run((store) => store.putProvenance(project, provenance, options));
  }

  deleteVersion(
    project: string,
    name: string,
    version: string,
    actor: ChartActor,
  ): Promise<boolean> {
    return this.#run((store) => store.deleteVersion(project, name, version, actor));
  }

  deleteChart(project: string, name: string, actor: ChartActor): Promise<boolean> {
    return this.#run((store) => store.deleteChart(project, name, actor));
  }

  countPulls(project: string, name: string): Promise<number> {
    return this.#run((store) => store.countPulls(project, name));
  }

  #run<T>(work: (store: ChartStore) => Promise<T>): Promise<T> {
    return asChartStore(async () => {
      const kind = await this.#find();
      return work(kind === 'oci' ? this.#oci : this.#museum);
    });
  }

  /** Asked once; a Harbor that could not tell is asked again. */
  #find(): Promise<Kind> {
    const { kind, api } = this.#ports;
    if (kind !== 'auto') return Promise.resolve(kind);
    this.#detected ??= checkHarbor(api, undefined).then(
      ({ charts }) => charts,
      (error: unknown) => {
        this.#detected = undefined;
        throw error;
      },
    );
    return this.#detected;
  }
}
