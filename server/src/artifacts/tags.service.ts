import type { Digest } from '@berth/oci';
import { AppError, followUp } from '../lib/index.ts';
import type { Actor } from './actor.ts';
import { parseTagName } from './artifact-name.ts';
import type { Invalidation } from './invalidation.ts';
import type { RepositoryRepository } from './repository.repository.ts';
import type { TagChange, TagRepository } from './tag.repository.ts';
import type { TagHistoryRepository, TagMove } from './tag-history.repository.ts';

export interface TagsService {
  /** @throws AppError invalid, not-found, conflict when the tag exists */
  createTag(repository: string, digest: Digest, name: string, actor: Actor): Promise<void>;
  /** Newest first; also of tags and repositories that are gone. */
  listHistory(
    repository: string,
    tag: string,
    page: { offset: number; limit: number },
  ): Promise<{ moves: TagMove[]; total: number }>;
  /**
   * Puts a tag back to a digest where it was before; the artifact must be there.
   *
   * @throws AppError not-found, precondition when the tag is immutable
   */
  restoreTag(repository: string, name: string, digest: Digest, actor: Actor): Promise<void>;
}

export interface TagsPorts {
  readonly tags: TagRepository;
  readonly history: TagHistoryRepository;
  readonly repositories: RepositoryRepository;
  readonly invalidation: Invalidation;
}

export function createTagsService(ports: TagsPorts): TagsService {
  const { tags, history, repositories, invalidation } = ports;

  async function change(repository: string, name: string, actor: Actor): Promise<TagChange> {
    const row = await repositories.findByName(repository);
    if (row === undefined) throw new AppError('not-found', `repository ${repository} not found`);
    return { repository, name, actor, repositoryId: row.id, projectId: row.projectId };
  }

  return {
    async createTag(repository, digest, name, actor) {
      parseTagName(name);
      const wanted = await change(repository, name, actor);
      const outcome = await followUp(
        () => tags.create(wanted, digest),
        () => invalidation.manifests(repository, [name]),
      );
      if (outcome === 'absent') throw absent(repository, digest);
      if (outcome === 'taken') {
        throw new AppError('conflict', `tag ${name} already exists in ${repository}`);
      }
    },
    listHistory: (repository, tag, page) => history.list(repository, tag, page),
    async restoreTag(repository, name, digest, actor) {
      const wanted = await change(repository, name, actor);
      if (!(await history.includes(repository, name, digest))) {
        throw new AppError('not-found', `tag ${name} of ${repository} was never at ${digest}`);
      }
      const moved = await followUp(
        () => tags.move(wanted, digest),
        () => invalidation.manifests(repository, [name]),
      );
      if (!moved) throw absent(repository, digest);
    },
  };
}

function absent(repository: string, digest: Digest): AppError {
  return new AppError('not-found', `artifact ${repository}@${digest} not found`);
}
