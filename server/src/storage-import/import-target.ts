import { type Digest, referencedManifests } from '@berth/oci';
import { ROLE } from '../access/index.ts';
import type { ArtifactImportRepository, FoundManifest, ImportOutcome } from '../artifacts/index.ts';
import { AppError } from '../lib/index.ts';
import { isProjectName, type ProjectRepository } from '../projects/index.ts';
import { SkippedError } from './skipped-error.ts';

/** Where a repository of the tree goes. */
export interface TargetName {
  readonly project: string;
  /** The whole name, `project/path`. */
  readonly repository: string;
}

export interface KnownNames {
  readonly digests: ReadonlySet<string>;
  readonly tags: ReadonlySet<string>;
}

/** What takes what is found. */
export interface ImportTarget {
  listKnown(name: TargetName): Promise<KnownNames>;
  /** Keeps those that are known from being swept, for some minutes. */
  claim(digests: readonly Digest[]): Promise<void>;
  put(name: TargetName, found: FoundManifest): Promise<ImportOutcome>;
}

/**
 * The name that a repository of the tree gets here.
 *
 * @param single project of names without one, such as `nginx`
 * @throws SkippedError invalid-name
 */
export function targetOf(name: string, single: string): TargetName {
  const slash = name.indexOf('/');
  const project = slash === -1 ? single : name.slice(0, slash);
  const repository = slash === -1 ? `${single}/${name}` : name;
  if (!isProjectName(project)) {
    throw new SkippedError('invalid-name', `${project} cannot be the name of a project`);
  }
  if (repository.length > 255) throw new SkippedError('invalid-name', `${repository} is too long`);
  return { project, repository };
}

export interface TargetPorts {
  readonly projects: Pick<ProjectRepository, 'create' | 'findPolicy' | 'findFirstAdmin'>;
  readonly repositories: {
    ensure(name: string, projectId: number): Promise<{ readonly id: number }>;
  };
  readonly artifacts: ArtifactImportRepository;
  readonly isPublic: boolean;
  readonly onProject: (name: string) => void;
}

/** Stores what is found, in projects that are made as they are needed. */
export class DatabaseTarget implements ImportTarget {
  readonly #ports: TargetPorts;
  readonly #projects = new Map<string, Promise<number>>();
  /** Few are worked on at a time. */
  readonly #repositories = new Map<string, Promise<number>>();

  constructor(ports: TargetPorts) {
    this.#ports = ports;
  }

  listKnown({ repository }: TargetName): Promise<KnownNames> {
    return this.#ports.artifacts.listKnown(repository);
  }

  claim(digests: readonly Digest[]): Promise<void> {
    return this.#ports.artifacts.claim(digests);
  }

  async put({ project, repository }: TargetName, found: FoundManifest): Promise<ImportOutcome> {
    const projectId = await remember(this.#projects, project, () => this.#ensureProject(project));
    const repositoryId = await remember(this.#repositories, repository, async () => {
      return (await this.#ports.repositories.ensure(repository, projectId)).id;
    });
    return this.#ports.artifacts.put({ repository, repositoryId, projectId }, found);
  }

  /** @throws AppError precondition without an administrator, who owns new projects */
  async #ensureProject(name: string): Promise<number> {
    const { projects, isPublic, onProject } = this.#ports;
    const known = await projects.findPolicy(name);
    if (known !== undefined) return known.id;
    const ownerId = await projects.findFirstAdmin();
    if (ownerId === undefined) {
      throw new AppError('precondition', 'there is no administrator yet; start the registry once');
    }
    const order = { name, ownerId, isPublic, metadata: new Map(), storageLimit: -1 };
    const id = await projects.create({ ...order, allowlist: undefined }, ROLE.projectAdmin);
    if (id === undefined) return this.#ensureProject(name);
    onProject(name);
    return id;
  }
}

/** Counts what would be stored where nothing is. */
export class DryTarget implements ImportTarget {
  readonly #blobs = new Set<string>();
  readonly #projects = new Set<string>();
  readonly #onProject: (name: string) => void;

  constructor(onProject: (name: string) => void) {
    this.#onProject = onProject;
  }

  listKnown(): Promise<KnownNames> {
    return Promise.resolve({ digests: new Set(), tags: new Set() });
  }

  claim(): Promise<void> {
    return Promise.resolve();
  }

  put({ project }: TargetName, found: FoundManifest): Promise<ImportOutcome> {
    if (!this.#projects.has(project)) this.#onProject(project);
    this.#projects.add(project);
    const blobs = found.blobs.filter(({ digest }) => !this.#blobs.has(digest));
    for (const { digest } of blobs) this.#blobs.add(digest);
    const bytes = blobs.reduce((sum, { size }) => sum + size, 0);
    const tags = found.tags.map(({ name }) => name);
    return Promise.resolve({ artifact: 'added', tags, blobs: blobs.length, bytes });
  }
}

/** Digests of what an index lists. */
export function childrenOf({ manifest }: Pick<FoundManifest, 'manifest'>): string[] {
  return referencedManifests(manifest).map(({ digest }) => digest);
}

function remember(
  known: Map<string, Promise<number>>,
  name: string,
  make: () => Promise<number>,
): Promise<number> {
  const found = known.get(name);
  if (found !== undefined) return found;
  const made = make();
  known.set(name, made);
  // A failure may pass.
  made.catch(() => known.delete(name));
  return made;
}
