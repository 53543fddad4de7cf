import { Readable } from 'node:stream';
import type { ChartFile, ChartListing, ChartStore, ChartVersion } from '../../helm/index.ts';
import { AppError } from '../../lib/index.ts';
import {
  ProviderError,
  type ProviderHealth,
  type ProviderRepository,
  type RegistryProvider,
} from '../providers/provider.ts';

interface Kept {
  isPublic: boolean;
  readonly repositories: Map<string, { tags: Map<string, string>; pulls: number }>;
  readonly charts: Map<string, ChartVersion[]>;
}

type Operation = Exclude<keyof RegistryProvider, 'name' | 'charts'> | 'deleteChart' | 'listCharts';

/** Another system's part in tests: projects in memory, which fail when they are told to. */
export class MemoryBackend implements RegistryProvider {
  readonly name = 'harbor';
  readonly projects = new Map<string, Kept>();
  readonly calls: string[] = [];
  readonly pulls = new Map<string, number>();
  readonly charts: ChartStore;
  /** Thrown before the operation does anything. */
  failBefore: ((operation: Operation, project: string) => Error | undefined) | undefined;
  /** Thrown when it has done it, as when the answer is lost. */
  failAfter: ((operation: Operation, project: string) => Error | undefined) | undefined;

  constructor() {
    this.charts = new MemoryChartStore(this);
  }

  /** What somebody else made. */
  seed(project: string, isPublic = true): Kept {
    const kept = { isPublic, repositories: new Map(), charts: new Map() };
    this.projects.set(project, kept);
    return kept;
  }

  /** Of a project that is there. */
  at(project: string): Kept {
    const kept = this.projects.get(project);
    if (kept === undefined) throw new Error(`no project ${project}`);
    return kept;
  }

  push(project: string, repository: string, tag: string, digest: string): void {
    const { repositories } = this.at(project);
    const known = repositories.get(repository) ?? { tags: new Map(), pulls: 0 };
    known.tags.set(tag, digest);
    repositories.set(repository, known);
  }

  upload(project: string, name: string, version: string, more: Record<string, unknown> = {}): void {
    const { charts } = this.at(project);
    const one: ChartVersion = {
      metadata: { name, version, ...more },
      digest: `sha256:${'0'.repeat(64)}`,
      size: 1_234,
      createdAt: new Date('2026-01-02T03:04:05Z'),
      hasProvenance: false,
    };
    charts.set(name, [one, ...(charts.get(name) ?? [])]);
  }

  async run<T>(operation: Operation, project: string, work: () => T): Promise<T> {
    this.calls.push(`${operation} ${project}`);
    await Promise.resolve();
    const refusal = this.failBefore?.(operation, project);
    if (refusal !== undefined) throw refusal;
    const result = work();
    const loss = this.failAfter?.(operation, project);
    if (loss !== undefined) throw loss;
    return result;
  }

  checkHealth(): Promise<ProviderHealth> {
    return Promise.resolve({ version: 'v2.9.1', charts: 'oci' });
  }

  createProject(project: string, { isPublic, adopt }: { isPublic: boolean; adopt: boolean }) {
    return this.run('createProject', project, () => {
      const known = this.projects.get(project);
      if (known !== undefined && !adopt) {
        throw new ProviderError('conflict', 'the project exists already');
      }
      if (known === undefined) this.seed(project, isPublic);
      else known.isPublic = isPublic;
    });
  }

  setPublic(project: string, isPublic: boolean) {
    return this.run('setPublic', project, () => {
      const known = this.projects.get(project);
      if (known === undefined) throw new ProviderError('not-found', 'no project');
      known.isPublic = isPublic;
    });
  }

  deleteProject(project: string) {
    return this.run('deleteProject', project, () => void this.projects.delete(project));
  }

  hasProject(project: string) {
    return this.run('hasProject', project, () => this.projects.has(project));
  }

  listRepositories(project: string) {
    return this.run('listRepositories', project, () => [
      ...(this.projects.get(project)?.repositories.keys() ?? []),
    ]);
  }

  describeRepository(project: string, repository: string) {
    return this.run('describeRepository', project, (): ProviderRepository | undefined => {
      const known = this.projects.get(project)?.repositories.get(repository);
      if (known === undefined) return undefined;
      const tags = [...known.tags].map(([name, digest]) => ({
        name,
        digest,
        createdAt: new Date('2026-01-02T03:04:05Z'),
      }));
      return { tags, pullCount: known.pulls };
    });
  }

  deleteRepository(project: string, repository: string) {
    return this.run(
      'deleteRepository',
      project,
      () => void this.projects.get(project)?.repositories.delete(repository),
    );
  }
}

class MemoryChartStore implements ChartStore {
  readonly #backend: MemoryBackend;

  constructor(backend: MemoryBackend) {
    this.#backend = backend;
  }

  list(project: string): Promise<ChartListing> {
    return this.#backend.run('listCharts', project, () => ({
      revision: '1',
      charts: new Map(this.#backend.projects.get(project)?.charts),
    }));
  }

  open(project: string, name: string, version: string): Promise<ChartFile | undefined> {
    const versions = this.#backend.projects.get(project)?.charts.get(name) ?? [];
    const isThere = versions.some(({ metadata }) => metadata.version === version);
    const archive = Buffer.from(`${name}-${version}`);
    return Promise.resolve(
      isThere ? { size: archive.length, content: Readable.from([archive]) } : undefined,
    );
  }

  put(): Promise<ChartVersion> {
    throw new Error('tests upload by themselves');
  }

  putProvenance(): Promise<void> {
    throw new Error('tests upload by themselves');
  }

  deleteVersion(project: string, name: string, version: string): Promise<boolean> {
    const charts = this.#backend.projects.get(project)?.charts;
    const versions = charts?.get(name) ?? [];
    const rest = versions.filter(({ metadata }) => metadata.version !== version);
    if (rest.length === 0) charts?.delete(name);
    else charts?.set(name, rest);
    return Promise.resolve(rest.length < versions.length);
  }

  deleteChart(project: string, name: string): Promise<boolean> {
    return this.#backend.run('deleteChart', project, () => {
      const kept = this.#backend.projects.get(project);
      if (kept === undefined) throw new AppError('not-found', 'no project');
      return kept.charts.delete(name);
    });
  }

  countPulls(_project: string, name: string): Promise<number> {
    return Promise.resolve(this.#backend.pulls.get(name) ?? 0);
  }
}
