import { OciError } from '@berth/oci';
import { LRUCache } from 'lru-cache';
import { isForeignKeyViolation } from '../db/index.ts';
import type { RepositoryRepository } from './repository.repository.ts';

/**
 * One repository in memory, and what its caches need to be right: `changes` is raised by every
 * change, so that a read that began before one is not cached after it; `epoch` is raised when all
 * that is cached of the repository is void.
 */
export interface CachedRepository {
  readonly name: string;
  changes: number;
  epoch: number;
}

export interface RepositoryDirectory {
  /** What caches hang their entries on; exists for any name, whether or not there is a row. */
  track(name: string): CachedRepository;
  /** @throws OciError NAME_UNKNOWN when the repository is absent */
  getId(name: string): Promise<number>;
  findId(name: string): Promise<number | undefined>;
  /** Creates the repository if it is absent. @throws OciError NAME_UNKNOWN without project */
  ensureId(name: string, projectId: number): Promise<number>;
  /** Voids all that is cached of the repositories of a project. */
  forgetProject(project: string): void;
  /** Voids all that is cached of one repository, or of all. */
  forget(name?: string): void;
}

const MAX_REPOSITORIES = 50_000;
const MAX_ATTEMPTS = 5;

/**
 * Does work in a repository, which is created if it is absent: again when a foreign key refuses
 * it, since then a deletion of the repository, or of what the work needs there, came in between.
 * The work must find out anew what is there. Rejects with the violation when that does not help.
 *
 * @throws OciError NAME_UNKNOWN without project
 */
export async function linkWithin<T>(
  directory: Pick<RepositoryDirectory, 'ensureId' | 'forget'>,
  { repository, projectId }: { readonly repository: string; readonly projectId: number },
  work: (repositoryId: number) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const repositoryId = await directory.ensureId(repository, projectId);
    try {
      return await work(repositoryId);
    } catch (error) {
      if (attempt === MAX_ATTEMPTS || !isForeignKeyViolation(error)) throw error;
      directory.forget(repository);
    }
  }
}

export function createRepositoryDirectory(repositories: RepositoryRepository): RepositoryDirectory {
  return new CachedDirectory(repositories);
}

class CachedDirectory implements RepositoryDirectory {
  readonly #repositories: RepositoryRepository;
  readonly #ids = new LRUCache<string, number>({ max: MAX_REPOSITORIES });
  readonly #tracked = new LRUCache<string, CachedRepository>({
    max: MAX_REPOSITORIES,
    // Entries that hang on an evicted repository would never be voided again: void them now.
    dispose: (repository) => {
      repository.epoch = Number.NaN;
    },
  });
  /** Raised when ids are voided; an id that was read before is not kept after. */
  #generation = 0;

  constructor(repositories: RepositoryRepository) {
    this.#repositories = repositories;
  }

  track(name: string): CachedRepository {
    const known = this.#tracked.get(name);
    if (known !== undefined) return known;
    const fresh = { name, changes: 0, epoch: 0 };
    this.#tracked.set(name, fresh);
    return fresh;
  }

  async findId(name: string): Promise<number | undefined> {
    return this.#ids.get(name) ?? this.#keep(name, () => this.#repositories.findByName(name));
  }

  async getId(name: string): Promise<number> {
    const id = await this.findId(name);
    if (id === undefined) throw new OciError('NAME_UNKNOWN');
    return id;
  }

  async ensureId(name: string, projectId: number): Promise<number> {
    const cached = this.#ids.get(name);
    if (cached !== undefined) return cached;
    try {
      const id = await this.#keep(name, () => this.#repositories.ensure(name, projectId));
      if (id !== undefined) return id;
    } catch (error) {
      if (!isForeignKeyViolation(error)) throw error;
    }
    throw new OciError('NAME_UNKNOWN', 'the project is gone');
  }

  forget(name?: string): void {
    this.#generation += 1;
    if (name === undefined) {
      this.#ids.clear();
      for (const repository of this.#tracked.values()) voidAll(repository);
    } else {
      this.#ids.delete(name);
      const repository = this.#tracked.peek(name);
      if (repository !== undefined) voidAll(repository);
    }
  }

  forgetProject(project: string): void {
    this.#generation += 1;
    const prefix = `${project}/`;
    for (const name of this.#ids.keys()) if (name.startsWith(prefix)) this.#ids.delete(name);
    for (const repository of this.#tracked.values()) {
      if (repository.name.startsWith(prefix)) voidAll(repository);
    }
  }

  async #keep(
    name: string,
    read: () => Promise<{ id: number } | undefined>,
  ): Promise<number | undefined> {
    const before = this.#generation;
    const row = await read();
    if (row !== undefined && before === this.#generation) this.#ids.set(name, row.id);
    return row?.id;
  }
}

function voidAll(repository: CachedRepository): void {
  repository.changes += 1;
  repository.epoch += 1;
}
