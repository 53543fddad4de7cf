import { narrowToAll, type Principal, type ProjectPolicy } from '../access/index.ts';
import type { Visibility } from '../projects/index.ts';
import type { Listed, Page, RepositoryRecord, RepositoryView } from './artifact.ts';
import type { ListedCounts } from './listed-counts.ts';
import type { RepositoryFiguresRepository } from './repository-figures.repository.ts';
import { findRepositoryName, type RepositoryPath, repositoryNotFound } from './repository-name.ts';
import type {
  RepositoryQuery,
  RepositoryRecordRepository,
  RepositoryScope,
} from './repository-record.repository.ts';

export interface RepositoriesPorts {
  readonly repositories: RepositoryRecordRepository;
  readonly figures: RepositoryFiguresRepository;
  readonly counts: ListedCounts;
  /** Which projects the caller may know of. */
  visibilityOf(principal: Principal): Visibility;
}

/** Repositories that hold something. */
export interface RepositoriesService {
  /** Of all projects that the caller may know of. */
  listAll(
    principal: Principal,
    query: RepositoryQuery,
    page: Page,
  ): Promise<Listed<RepositoryView>>;
  listOfProject(
    project: ProjectPolicy,
    query: RepositoryQuery,
    page: Page & { readonly figures?: boolean },
  ): Promise<Listed<RepositoryView>>;
  /** @throws AppError not-found */
  getRepository(at: RepositoryPath): Promise<RepositoryView>;
  /** @throws AppError not-found */
  updateDescription(at: RepositoryPath, description: string): Promise<void>;
}

export function createRepositoriesService(ports: RepositoriesPorts): RepositoriesService {
  const { repositories, figures, counts } = ports;

  async function view(records: readonly RepositoryRecord[]): Promise<RepositoryView[]> {
    const totals = await counts.count(records);
    return records.map((record, index) => ({ ...record, artifactCount: totals[index] ?? 0 }));
  }

  async function list(
    scope: RepositoryScope,
    query: RepositoryQuery,
    page: Page,
  ): Promise<Listed<RepositoryView>> {
    const { items, total } = await repositories.list(scope, query, page);
    return { items: await view(items), total };
  }

  return {
    listAll: (principal, query, page) =>
      list({ visibility: ports.visibilityOf(narrowToAll(principal)) }, query, page),
    async listOfProject({ id }, query, page) {
      const { items, total } = await list({ projectId: id }, query, page);
      if (page.figures !== true || items.length === 0) return { items, total };
      const found = await figures.list(items.map((item) => item.id));
      return { items: items.map((item) => ({ ...item, figures: found.get(item.id) })), total };
    },
    async getRepository(at) {
      const name = findRepositoryName(at);
      const record = name === undefined ? undefined : await repositories.find(name);
      const [repository] = record === undefined ? [] : await view([record]);
      if (repository === undefined) throw repositoryNotFound(at);
      return repository;
    },
    async updateDescription(at, description) {
      const name = findRepositoryName(at);
      const isThere =
        name !== undefined && (await repositories.updateDescription(name, description));
      if (!isThere) throw repositoryNotFound(at);
    },
  };
}
