import {
  canInProject,
  canInSystem,
  type Principal,
  type ProjectDirectory,
  type ProjectPolicy,
  ROLE,
  rolesByPower,
} from '../access/index.ts';
import { isForeignKeyViolation } from '../db/index.ts';
import { AppError, followUp } from '../lib/index.ts';
import { parseAllowlist } from './cve-allowlist.ts';
import { createPolicyCache, type PolicyCache } from './policy-cache.ts';
import type { ProjectRepository } from './project.repository.ts';
import type { Metadata, Project, ProjectSummary, ProjectView } from './project.ts';
import { type Announce, changeProject } from './project-change.ts';
import { type ProjectPage, withFigures } from './project-figures.ts';
import { PUBLIC, parseMetadata, RETENTION_ID, settableEntries } from './project-metadata.ts';
import { isProjectName, parseProjectName } from './project-name.ts';
import type { ProjectFilter } from './project-row.repository.ts';
import { type Through, type Visibility, visibilityOf } from './visibility.ts';

export const LIBRARY = 'library';

/** 1 PiB, in bytes. */
const MAX_STORAGE = 2 ** 50;

export interface ProjectSettings {
  /** Bytes a new project may hold; -1 is without limit. */
  storagePerProject(): number;
  creationRestriction(): 'everyone' | 'adminonly';
  /** Whether callers without credentials get lists of public projects. */
  anonymousListing(): boolean;
}

export interface ProjectsPorts {
  readonly projects: ProjectRepository;
  /** Awaited before the caller is answered. */
  readonly announce: Announce;
  readonly settings: ProjectSettings;
}

type GivenMetadata = Readonly<Record<string, string | null | undefined>>;

export interface GivenAllowlist {
  readonly projectId: number | undefined;
  /** Seconds since the Unix epoch. */
  readonly expiresAt: number | undefined;
  readonly items: readonly string[];
}

/** What a client asks for; nothing of it has been checked. */
export interface ProjectOrder {
  readonly name: string;
  readonly metadata: GivenMetadata;
  readonly allowlist?: GivenAllowlist | undefined;
  /** Bytes; 0 and undefined are the standard, -1 is without limit. */
  readonly storageLimit?: number | undefined;
  /** Of a proxy cache. */
  readonly registryId?: number | undefined;
}

export interface ProjectUpdate {
  readonly metadata: GivenMetadata;
  readonly allowlist?: GivenAllowlist | undefined;
}

export interface ProjectsService extends ProjectDirectory {
  /** @throws AppError denied, invalid (name, metadata, limit), conflict (taken) */
  createProject(creator: Principal, order: ProjectOrder): Promise<{ id: number; name: string }>;
  /** By name or id. @throws AppError not-found, also when the caller may not see it */
  getProject(principal: Principal, reference: string | number): Promise<ProjectView>;
  /** @param page `quotas` and `charts`: whether to tell of those too */
  listProjects(
    principal: Principal,
    filter: Omit<ProjectFilter, 'visibility'>,
    page: ProjectPage,
  ): Promise<{ projects: ProjectView[]; total: number }>;
  /** Merges the metadata, replaces the allowlist. @throws AppError not-found, invalid */
  updateProject(project: ProjectPolicy, update: ProjectUpdate): Promise<void>;
  /** @throws AppError precondition (repositories are left) */
  deleteProject(project: ProjectPolicy): Promise<void>;
  /** Why the project cannot be deleted now; undefined when it can. @throws AppError not-found */
  findObstacle(project: ProjectPolicy): Promise<string | undefined>;
  /** Leaves out what the caller may not know. @throws AppError not-found */
  getSummary(
    principal: Principal,
    project: ProjectPolicy,
  ): Promise<Partial<ProjectSummary> & { readonly repositoryCount: number }>;
  /** Which projects the caller may know of. */
  visibilityOf(principal: Principal, through: Through): Visibility;
  /** Makes sure that the public project `library` exists. */
  ensureLibrary(ownerId: number): Promise<void>;
  /** Forgets what is cached of a project, or of all. */
  forget(name?: string): void;
}

export function createProjectsService(ports: ProjectsPorts): ProjectsService {
  return new Projects(ports);
}

class Projects implements ProjectsService {
  readonly #ports: ProjectsPorts;
  readonly #projects: ProjectRepository;
  readonly #policies: PolicyCache;

  constructor(ports: ProjectsPorts) {
    this.#ports = ports;
    this.#projects = ports.projects;
    this.#policies = createPolicyCache((reference) => this.#projects.findPolicy(reference));
  }

  peekPolicy(name: string): ProjectPolicy | undefined {
    return this.#policies.peek(name);
  }

  async findPolicy(name: string): Promise<ProjectPolicy | undefined> {
    return isProjectName(name) ? this.#policies.find(name) : undefined;
  }

  findPolicyById(id: number): Promise<ProjectPolicy | undefined> {
    return this.#policies.find(id);
  }

  async findRoles(
    projectId: number,
    userId: number,
    groupIds: readonly number[],
  ): Promise<number[]> {
    const roles = await this.#projects.listRoles([projectId], { userId, groupIds });
    return roles.get(projectId) ?? [];
  }

  forget(name?: string): void {
    this.#policies.forget(name);
  }

  visibilityOf(principal: Principal, through: Through): Visibility {
    return visibilityOf(principal, through, this.#ports.settings.anonymousListing());
  }

  async getProject(principal: Principal, reference: string | number): Promise<ProjectView> {
    const isPossible = typeof reference === 'number' || isProjectName(reference);
    const project = isPossible ? await this.#projects.find(reference) : undefined;
    const [view] = project === undefined ? [] : await this.#view(principal, [project]);
    if (view === undefined || !canInProject(principal, view, view.roles, 'project', 'read')) {
      throw new AppError('not-found', `project ${reference} not found`);
    }
    return view;
  }

  async listProjects(
    principal: Principal,
    filter: Omit<ProjectFilter, 'visibility'>,
    page: ProjectPage,
  ): Promise<{ projects: ProjectView[]; total: number }> {
    const visibility = this.visibilityOf(principal, 'api');
    const { projects, total } = await this.#projects.list({ ...filter, visibility }, page);
    const views = await this.#view(principal, projects);
    return { projects: await withFigures(this.#projects, principal, views, page), total };
  }

  async createProject(
    creator: Principal,
    order: ProjectOrder,
  ): Promise<{ id: number; name: string }> {
    const { settings } = this.#ports;
    if (!mayCreate(creator, settings.creationRestriction())) {
      throw new AppError('denied', 'you may not create projects');
    }
    const name = parseProjectName(order.name);
    if (order.registryId !== undefined && order.registryId !== 0) {
      throw new AppError('invalid', 'proxy caches are not supported yet; leave registry_id out');
    }
    checkRetentionId(order.metadata, {});
    const metadata = parseMetadata(settableEntries(order.metadata));
    const isPublic = metadata.get(PUBLIC) === 'true';
    metadata.delete(PUBLIC);
    const project = {
      name,
      ownerId: await this.#ownerFor(creator),
      isPublic,
      metadata,
      allowlist:
        order.allowlist && parseAllowlist(order.allowlist.expiresAt, order.allowlist.items),
      storageLimit: storageLimitFor(creator, order.storageLimit, settings.storagePerProject()),
    };
    const id = await followUp(
      () => this.#projects.create(project, ROLE.projectAdmin),
      () => this.#ports.announce(name),
    );
    if (id === undefined) {
      throw new AppError('conflict', `the project named ${name} already exists`);
    }
    return { id, name };
  }

  async updateProject(project: ProjectPolicy, update: ProjectUpdate): Promise<void> {
    const { allowlist } = update;
    // 0 and nothing say nothing.
    if ((allowlist?.projectId || project.id) !== project.id) {
      throw new AppError('invalid', 'the project_id of the allowlist is that of another project');
    }
    const list = allowlist && parseAllowlist(allowlist.expiresAt, allowlist.items);
    await changeProject(this.#ports, project, ({ metadata: current }) => {
      checkRetentionId(update.metadata, current);
      const put = parseMetadata(settableEntries(update.metadata), current);
      const isPublic = put.get(PUBLIC);
      put.delete(PUBLIC);
      return {
        isPublic: isPublic === undefined ? undefined : isPublic === 'true',
        put,
        allowlist: list,
      };
    });
  }

  async deleteProject(project: ProjectPolicy): Promise<void> {
    const isDeleted = await followUp(
      () => this.#deleteEmpty(project.id),
      () => this.#ports.announce(project.name),
    );
    if (!isDeleted) throw new AppError('precondition', NOT_EMPTY);
  }

  async findObstacle({ id }: ProjectPolicy): Promise<string | undefined> {
    const { repositoryCount } = await this.#get(id);
    return repositoryCount > 0 ? NOT_EMPTY : undefined;
  }

  async getSummary(
    principal: Principal,
    policy: ProjectPolicy,
  ): Promise<Partial<ProjectSummary> & { readonly repositoryCount: number }> {
    const project = await this.#get(policy.id);
    const [view] = await this.#view(principal, [project]);
    const { memberCounts, quota } = await this.#projects.getSummary(project.id);
    const may = (resource: string, action: string) =>
      canInProject(principal, project, view?.roles ?? [], resource, action);
    return {
      repositoryCount: project.repositoryCount,
      ...(may('member', 'list') && { memberCounts }),
      ...(may('quota', 'read') && { quota }),
    };
  }

  async ensureLibrary(ownerId: number): Promise<void> {
    const project = {
      name: LIBRARY,
      ownerId,
      isPublic: true,
      metadata: new Map(),
      allowlist: undefined,
      storageLimit: this.#ports.settings.storagePerProject(),
    };
    await this.#projects.create(project, ROLE.projectAdmin);
  }

  async #get(id: number): Promise<Project> {
    const project = await this.#projects.find(id);
    if (project === undefined) throw new AppError('not-found', `project ${id} not found`);
    return project;
  }

  async #view(principal: Principal, projects: readonly Project[]): Promise<ProjectView[]> {
    const roles =
      principal.kind === 'user'
        ? await this.#projects.listRoles(
            projects.map(({ id }) => id),
            { userId: principal.id, groupIds: principal.groupIds },
          )
        : new Map<number, number[]>();
    return projects.map((project) => {
      const own = roles.get(project.id) ?? [];
      return { ...project, roles: rolesByPower.filter((role) => own.includes(role)) };
    });
  }

  /** The account a new project belongs to; what robots make is the first administrator's. */
  async #ownerFor(creator: Principal): Promise<number> {
    if (creator.kind === 'user') return creator.id;
    const id = await this.#projects.findFirstAdmin();
    if (id === undefined) {
      throw new AppError('precondition', 'there is no administrator who could own the project');
    }
    return id;
  }

  async #deleteEmpty(id: number): Promise<boolean> {
    try {
      return await this.#projects.deleteEmpty(id);
    } catch (error) {
      // A push made a repository between the check and the delete.
      if (isForeignKeyViolation(error)) return false;
      throw error;
    }
  }
}

const NOT_EMPTY = 'the project contains repositories, can not be deleted; delete them first';

function mayCreate(principal: Principal, restriction: 'everyone' | 'adminonly'): boolean {
  if (principal.kind === 'user' && restriction === 'everyone') {
    const { limits } = principal;
    return limits === undefined || (limits.api === 'write' && limits.projectIds === undefined);
  }
  if (principal.kind === 'robot' && principal.projectId !== undefined) return false;
  return canInSystem(principal, 'project', 'create');
}

/** Others than administrators get the standard, whatever they ask for. */
function storageLimitFor(creator: Principal, asked: number | undefined, standard: number): number {
  if (asked === undefined || asked === 0) return standard;
  if (asked < -1 || asked > MAX_STORAGE) {
    throw new AppError('invalid', `storage_limit must be -1, or 1 to ${MAX_STORAGE} bytes`);
  }
  return canInSystem(creator, 'quota', 'update') ? asked : standard;
}

/** Clients send the whole model back; the id in it is not theirs to change. */
function checkRetentionId(given: GivenMetadata, current: Metadata): void {
  const id = given[RETENTION_ID] ?? '';
  if (id !== '' && id !== current[RETENTION_ID]) {
    throw new AppError('invalid', 'the retention_id in the metadata is not the one of the project');
  }
}
