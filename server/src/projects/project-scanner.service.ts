import type { ProjectPolicy } from '../access/index.ts';
import { AppError } from '../lib/index.ts';
import type { ProjectRepository } from './project.repository.ts';
import { type Announce, changeProject } from './project-change.ts';
import { SCANNER } from './project-metadata.ts';

/** A registered scanner as the API shows it. */
export type ScannerModel = Readonly<Record<string, unknown>> & { readonly uuid: string };

/** The scanners that are registered; none until scanning is here. */
export interface ScannerDirectory {
  find(uuid: string): Promise<ScannerModel | undefined>;
  findDefault(): Promise<ScannerModel | undefined>;
  list(page: {
    offset: number;
    limit: number;
  }): Promise<{ scanners: readonly ScannerModel[]; total: number }>;
}

export const noScanners: ScannerDirectory = {
  find: () => Promise.resolve(undefined),
  findDefault: () => Promise.resolve(undefined),
  list: () => Promise.resolve({ scanners: [], total: 0 }),
};

export interface ProjectScannerService {
  /** The one in effect: the project's own, or the default. */
  findScanner(project: ProjectPolicy): Promise<ScannerModel | undefined>;
  /** @throws AppError not-found */
  putScanner(project: ProjectPolicy, uuid: string): Promise<void>;
  listCandidates: ScannerDirectory['list'];
}

export function createProjectScannerService(ports: {
  readonly projects: ProjectRepository;
  readonly scanners: ScannerDirectory;
  readonly announce: Announce;
}): ProjectScannerService {
  const { projects, scanners } = ports;
  return {
    async findScanner({ id }) {
      const own = (await projects.find(id))?.metadata[SCANNER];
      const found = own === undefined ? undefined : await scanners.find(own);
      return found ?? scanners.findDefault();
    },
    async putScanner(project, uuid) {
      if ((await scanners.find(uuid)) === undefined) {
        throw new AppError('not-found', `scanner ${uuid} not found`);
      }
      await changeProject(ports, project, () => ({ put: new Map([[SCANNER, uuid]]) }));
    },
    listCandidates: (page) => scanners.list(page),
  };
}
