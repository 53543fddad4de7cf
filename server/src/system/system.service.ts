import { isAdmin, type Principal } from '../access/index.ts';
import { remember } from '../lib/index.ts';
import type { ProjectsService } from '../projects/index.ts';
import type { Counts, SystemRepository } from './system.repository.ts';

export interface Statistics {
  /** What the caller may know of. */
  readonly projects: Counts;
  readonly repositories: Counts;
  /** Bytes of all blobs; undefined unless the caller may know of everything. */
  readonly storage: number | undefined;
}

export interface SystemServicePorts {
  readonly repository: SystemRepository;
  readonly projects: Pick<ProjectsService, 'visibilityOf'>;
  /** Milliseconds that never go back; of the process unless told. */
  readonly now?: () => number;
}

export interface SystemService {
  /** Counts of this moment; the storage may be a minute old. */
  getStatistics(principal: Principal): Promise<Statistics>;
}

const STORAGE_AGE_MS = 60_000;

export function createSystemService(ports: SystemServicePorts): SystemService {
  const { repository, projects, now } = ports;
  const getStorage = remember(() => repository.sumStorage(), STORAGE_AGE_MS, now);
  return {
    async getStatistics(principal) {
      const visibility = projects.visibilityOf(principal, 'api');
      const isEverything = isAdmin(principal) && visibility === 'all';
      const [projectCounts, repositoryCounts, storage] = await Promise.all([
        repository.countProjects(visibility),
        repository.countRepositories(visibilityOfRepositories(projects, principal)),
        isEverything ? getStorage() : undefined,
      ]);
      return { projects: projectCounts, repositories: repositoryCounts, storage };
    },
  };
}

/** A robot may know a project without knowing the names of its repositories. */
function visibilityOfRepositories(
  projects: Pick<ProjectsService, 'visibilityOf'>,
  principal: Principal,
) {
  return projects.visibilityOf(principal, principal.kind === 'robot' ? 'registry' : 'api');
}
