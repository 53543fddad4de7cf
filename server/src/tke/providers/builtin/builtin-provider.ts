import { randomUUID } from 'node:crypto';
import type { Principal, ProjectPolicy } from '../../../access/index.ts';
import type { Actor, RemovalService } from '../../../artifacts/index.ts';
import type { ChartStore } from '../../../helm/index.ts';
import { AppError } from '../../../lib/index.ts';
import type { ProjectsService } from '../../../projects/index.ts';
import {
  ProviderError,
  type ProviderHealth,
  type ProviderRepository,
  type RegistryProvider,
} from '../provider.ts';
import { asProvider } from './builtin-error.ts';
import type { ContentRepository } from './content.repository.ts';

export interface BuiltinPorts {
  readonly projects: Pick<
    ProjectsService,
    'createProject' | 'findPolicy' | 'updateProject' | 'deleteProject'
  >;
  readonly removal: Pick<RemovalService, 'deleteRepository'>;
  readonly content: ContentRepository;
  readonly charts: ChartStore;
  /** Writes pulls that were noted and are not counted yet. */
  flushPulls(): Promise<void>;
  readonly version: string;
}

/** How often a project is emptied again that fills while it is deleted. */
const MAX_ROUNDS = 5;

/** Images and charts in projects of our own. */
export function createBuiltinProvider(ports: BuiltinPorts): RegistryProvider {
  return new BuiltinProvider(ports);
}

class BuiltinProvider implements RegistryProvider {
  readonly name = 'builtin';
  readonly charts: ChartStore;
  readonly #ports: BuiltinPorts;

  constructor(ports: BuiltinPorts) {
    this.#ports = ports;
    this.charts = ports.charts;
  }

  checkHealth(): Promise<ProviderHealth> {
    return asProvider(async () => {
      await this.#ports.content.findOwner();
      return { version: this.#ports.version, charts: 'oci' };
    });
  }

  createProject(
    project: string,
    { isPublic, adopt }: { readonly isPublic: boolean; readonly adopt: boolean },
  ): Promise<void> {
    return asProvider(async () => {
      try {
        await this.#ports.projects.createProject(await this.#creator(), {
          name: project,
          metadata: { public: String(isPublic) },
        });
      } catch (error) {
        if (!adopt || !(error instanceof AppError) || error.kind !== 'conflict') throw error;
        await this.setPublic(project, isPublic);
      }
    });
  }

  setPublic(project: string, isPublic: boolean): Promise<void> {
    return asProvider(async () => {
      const policy = await this.#find(project);
      if (policy === undefined) throw new AppError('not-found', 'no such project');
      await this.#ports.projects.updateProject(policy, {
        metadata: { public: String(isPublic) },
      });
    });
  }

  deleteProject(project: string): Promise<void> {
    return asProvider(async () => {
      for (let round = 0; round < MAX_ROUNDS; round += 1) {
        const policy = await this.#find(project);
        if (policy === undefined || (await this.#tryDelete(policy))) return;
      }
      throw new ProviderError('unavailable', 'the project fills while it is deleted; try again');
    });
  }

  async hasProject(project: string): Promise<boolean> {
    return (await asProvider(() => this.#find(project))) !== undefined;
  }

  listRepositories(project: string): Promise<readonly string[]> {
    return asProvider(async () => {
      const policy = await this.#find(project);
      const names = policy === undefined ? [] : await this.#ports.content.listHeld(policy.id);
      return names.map((name) => name.slice(project.length + 1));
    });
  }

  describeRepository(project: string, repository: string): Promise<ProviderRepository | undefined> {
    return asProvider(async () => {
      const policy = await this.#find(project);
      if (policy === undefined) return undefined;
      await this.#ports.flushPulls();
      return this.#ports.content.describe(policy.id, `${project}/${repository}`);
    });
  }

  deleteRepository(project: string, repository: string): Promise<void> {
    return asProvider(async () => {
      await this.#ports.removal.deleteRepository(`${project}/${repository}`, newActor());
    });
  }

  #find(project: string): Promise<ProjectPolicy | undefined> {
    return this.#ports.projects.findPolicy(project);
  }

  /** False when something was pushed in between. */
  async #tryDelete(policy: ProjectPolicy): Promise<boolean> {
    const { projects, removal, content } = this.#ports;
    for (const repository of await content.listHeld(policy.id)) {
      await removal.deleteRepository(repository, newActor());
    }
    try {
      await projects.deleteProject(policy);
      return true;
    } catch (error) {
      if (error instanceof AppError && error.kind === 'precondition') return false;
      throw error;
    }
  }

  /** Projects need an owner: the administrator that has been there for longest. */
  async #creator(): Promise<Principal> {
    const owner = await this.#ports.content.findOwner();
    if (owner === undefined) throw new AppError('denied', 'there is no administrator');
    return { kind: 'user', ...owner, isAdmin: true, groupIds: [] };
  }
}

function newActor(): Actor {
  return { name: 'tke', requestId: randomUUID() };
}
