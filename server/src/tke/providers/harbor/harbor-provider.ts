import type { ChartReader, ChartStore } from '../../../helm/index.ts';
import type { ProviderHealth, ProviderRepository, RegistryProvider } from '../provider.ts';
import { createHarborApi, type HarborApi, type HarborApiPorts } from './harbor-api.ts';
import { createHarborCharts, type HarborCharts } from './harbor-charts.ts';
import { checkHarbor } from './health.ts';
import { HarborProjects } from './projects.ts';
import { HarborRepositories } from './repositories.ts';

export interface HarborPorts extends HarborApiPorts {
  /** Reads charts in a worker. */
  readonly reader: Pick<ChartReader, 'readMetadata'>;
}

/** Images and charts in the projects of an existing Harbor. */
export function createHarborProvider(ports: HarborPorts): RegistryProvider {
  return new HarborProvider(ports);
}

class HarborProvider implements RegistryProvider {
  readonly name = 'harbor';
  readonly #api: HarborApi;
  readonly #projects: HarborProjects;
  readonly #repositories: HarborRepositories;
  readonly #charts: HarborCharts;

  constructor(ports: HarborPorts) {
    this.#api = createHarborApi(ports);
    this.#projects = new HarborProjects(this.#api);
    this.#repositories = new HarborRepositories(this.#api);
    this.#charts = createHarborCharts({
      api: this.#api,
      repositories: this.#repositories,
      projects: this.#projects,
      reader: ports.reader,
      kind: ports.configuration.charts,
    });
  }

  get charts(): ChartStore {
    return this.#charts;
  }

  async checkHealth(signal?: AbortSignal): Promise<ProviderHealth> {
    const { version, charts } = await checkHarbor(this.#api, signal);
    return { version, charts: this.#charts.kindBy(charts) };
  }

  createProject(
    project: string,
    options: { readonly isPublic: boolean; readonly adopt: boolean },
  ): Promise<void> {
    return this.#projects.create(project, options);
  }

  setPublic(project: string, isPublic: boolean): Promise<void> {
    return this.#projects.setPublic(project, isPublic);
  }

  deleteProject(project: string): Promise<void> {
    return this.#projects.delete(project, async () => {
      await this.#repositories.deleteAll(project);
      await this.#charts.deleteAll(project);
    });
  }

  hasProject(project: string): Promise<boolean> {
    return this.#projects.has(project);
  }

  listRepositories(project: string): Promise<readonly string[]> {
    return this.#repositories.list(project);
  }

  describeRepository(project: string, repository: string): Promise<ProviderRepository | undefined> {
    return this.#repositories.describe(project, repository);
  }

  deleteRepository(project: string, repository: string): Promise<void> {
    return this.#repositories.delete(project, repository);
  }
}
