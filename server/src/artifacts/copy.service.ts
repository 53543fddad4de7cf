import type { Digest } from '@berth/oci';
import { AppError, followUp } from '../lib/index.ts';
import type { Actor } from './actor.ts';
import type { ArtifactCopyRepository, CopySource } from './artifact-copy.repository.ts';
import type { Invalidation } from './invalidation.ts';
import { linkWithin, type RepositoryDirectory } from './repository-directory.ts';
import type { Room } from './room.ts';

export interface CopyRequest {
  readonly from: { readonly repository: string; readonly digest: Digest };
  readonly projectId: number;
  readonly repository: string;
  readonly actor: Actor;
}

export interface CopyService {
  /**
   * Shows an artifact, with its children, accessories and tags, in another repository too.
   *
   * @throws AppError not-found, refused for an accessory or beyond the quota, precondition when a
   * tag of the target is immutable
   */
  copy(request: CopyRequest): Promise<void>;
}

export interface CopyPorts {
  readonly copies: ArtifactCopyRepository;
  readonly repositories: RepositoryDirectory;
  readonly room: Room;
  readonly invalidation: Invalidation;
}

const MAX_ATTEMPTS = 5;

export function createCopyService(ports: CopyPorts): CopyService {
  const { copies, repositories, room, invalidation } = ports;

  /** @throws AppError not-found, refused */
  async function getSource({ from }: CopyRequest): Promise<CopySource> {
    const source = await copies.find(from.repository, from.digest);
    if (source === undefined) {
      throw new AppError('not-found', `artifact ${from.repository}@${from.digest} not found`);
    }
    if (source.isAccessory) {
      throw new AppError('refused', 'an accessory is copied with its subject, not by itself');
    }
    return source;
  }

  /** False when some of the source was deleted meanwhile. */
  async function attempt(request: CopyRequest): Promise<boolean> {
    const source = await getSource(request);
    const { projectId, repository, actor } = request;
    const occasion = { repository, actor, tags: source.tags };
    return linkWithin(repositories, request, (repositoryId) =>
      room.within(projectId, source.content, occasion, () =>
        followUp(
          () => copies.copy(source, { repository, repositoryId, projectId, actor }),
          () => invalidation.repository(repository),
        ),
      ),
    );
  }

  return {
    async copy(request) {
      for (let attempts = 1; !(await attempt(request)); attempts += 1) {
        if (attempts < MAX_ATTEMPTS) continue;
        throw new AppError('conflict', 'what is to be copied changes all the time; try again');
      }
    },
  };
}
