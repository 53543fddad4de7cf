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
  /** Voids all that is cached of one repository, or of all. */
  forget(name?: string): void;
}

const MAX_REPOSITORIES = 50_000;

export function createRepositoryDirectory(repositories: RepositoryRepository): RepositoryDirectory {
  const tracked = new LRUCache<string, CachedRepository>({
    max: MAX_REPOSITORIES,
    // Entries that hang on an evicted repository would never be voided again: void them now.
    dispose: (repository) => {
      repository.epoch = Number.NaN;
    },
  });
  const ids = new LRUCache<string, number>({ max: MAX_REPOSITORIES });

  function track(name: string): CachedRepository {
    const known = tracked.get(name);
    if (known !== undefined) return known;
    const fresh = { name, changes: 0, epoch: 0 };
    tracked.set(name, fresh);
    return fresh;
  }

  async function findId(name: string): Promise<number | undefined> {
    const cached = ids.get(name);
    if (cached !== undefined) return cached;
    const row = await repositories.findByName(name);
    if (row !== undefined) ids.set(name, row.id);
    return row?.id;
  }

  return {
    track,
    findId,
    async getId(name) {
      const id = await findId(name);
      if (id === undefined) throw new OciError('NAME_UNKNOWN');
      return id;
    },
    async ensureId(name, projectId) {
      const cached = ids.get(name);
      if (cached !== undefined) return cached;
      try {
        const row = await repositories.ensure(name, projectId);
        ids.set(name, row.id);
        return row.id;
      } catch (error) {
        if (isForeignKeyViolation(error)) throw new OciError('NAME_UNKNOWN', 'the project is gone');
        throw error;
      }
    },
    forget(name) {
      if (name === undefined) {
        ids.clear();
        for (const repository of tracked.values()) {
          repository.changes += 1;
          repository.epoch += 1;
        }
        return;
      }
      ids.delete(name);
      const repository = tracked.peek(name);
      if (repository === undefined) return;
      repository.changes += 1;
      repository.epoch += 1;
    },
  };
}
