import type { Digest } from '@berth/oci';
import { followUp } from '../lib/index.ts';
import type { Actor } from './actor.ts';
import type { ArtifactRemovalRepository } from './artifact-removal.repository.ts';
import type { Invalidation } from './invalidation.ts';
import type { ExpectedTags } from './locked-artifacts.repository.ts';
import type { Removal } from './removal.ts';
import type { RepositoryRepository } from './repository.repository.ts';
import type { TagRepository } from './tag.repository.ts';

/** Deletes by Harbor's rules, whoever asks: `/v2`, the REST API, retention. */
export interface RemovalService {
  /**
   * Deletes an artifact with its tags, accessories and dangling children. Resolves false when it
   * is not there; where `expected` is given, also when it has another tag, or one pushed at another
   * time.
   *
   * @throws AppError precondition when an index lists it or a tag is immutable
   */
  deleteArtifact(
    repository: string,
    digest: Digest,
    actor: Actor,
    expected?: ExpectedTags,
  ): Promise<boolean>;
  /**
   * Deletes an artifact that is in lists and has no tag, as above. Resolves false when there is no
   * such artifact, or it was pushed less than `ageSeconds` ago and may get its tag or index yet.
   *
   * @throws AppError precondition as above
   */
  deleteUntagged(
    repository: string,
    digest: Digest,
    actor: Actor,
    ageSeconds: number,
  ): Promise<boolean>;
  /**
   * Deletes a tag, if it is at `digest` where that is given. Resolves false when it is not there.
   *
   * @throws AppError precondition when the tag is immutable
   */
  deleteTag(repository: string, tag: string, actor: Actor, digest?: Digest): Promise<boolean>;
  /**
   * Deletes a repository with all artifacts, a batch after the other: when a tag in it is
   * immutable, the batches before are gone. Resolves false when it is not there.
   *
   * @throws AppError precondition when a tag is immutable
   */
  deleteRepository(repository: string, actor: Actor): Promise<boolean>;
}

export interface RemovalPorts {
  readonly removals: ArtifactRemovalRepository;
  readonly tags: TagRepository;
  readonly repositories: RepositoryRepository;
  readonly invalidation: Invalidation;
}

const BATCH = 200;

export function createRemovalService(ports: RemovalPorts): RemovalService {
  const { removals, tags, repositories, invalidation } = ports;

  async function find(repository: string, actor: Actor): Promise<Removal | undefined> {
    const row = await repositories.findByName(repository);
    return row && { repository, actor, repositoryId: row.id, projectId: row.projectId };
  }

  return {
    async deleteArtifact(repository, digest, actor, expected) {
      const removal = await find(repository, actor);
      if (removal === undefined) return false;
      return followUp(
        () => removals.delete(removal, digest, expected),
        // Others go with it, and nobody lists them.
        () => invalidation.repository(repository),
      );
    },
    async deleteUntagged(repository, digest, actor, ageSeconds) {
      const removal = await find(repository, actor);
      if (removal === undefined) return false;
      return followUp(
        () => removals.deleteUntagged(removal, digest, ageSeconds),
        () => invalidation.repository(repository),
      );
    },
    async deleteTag(repository, tag, actor, digest) {
      const removal = await find(repository, actor);
      if (removal === undefined) return false;
      return followUp(
        () => tags.delete({ ...removal, name: tag }, digest),
        () => invalidation.manifests(repository, [tag]),
      );
    },
    async deleteRepository(repository, actor) {
      const removal = await find(repository, actor);
      if (removal === undefined) return false;
      await removals.refuseImmutable(removal);
      return followUp(
        async () => {
          do {
            while ((await removals.deleteSome(removal, BATCH)) === BATCH);
          } while (!(await removals.deleteRepository(removal)));
          return true;
        },
        () => invalidation.repository(repository),
      );
    },
  };
}
