import { type Digest, parseManifest, referencedManifests } from '@berth/oci';
import { type DatabaseTransaction, isForeignKeyViolation } from '../db/index.ts';
import { AppError, followUp } from '../lib/index.ts';
import type { Actor } from './actor.ts';
import type { ArtifactRepository } from './artifact.repository.ts';
import { childrenOf, listDeletedFamily } from './deleted-family.ts';
import type { Invalidation } from './invalidation.ts';
import { describeArtifact, digestsOf } from './new-artifact.ts';
import { linkWithin, type RepositoryDirectory } from './repository-directory.ts';
import type { Room } from './room.ts';
import type {
  DeletedArtifact,
  DeletedFilter,
  Restorable,
  TrashRepository,
} from './trash.repository.ts';

export interface TrashService {
  /** What can be brought back, newest first. */
  listDeleted(
    filter: DeletedFilter,
    page: { offset: number; limit: number },
  ): Promise<{ artifacts: DeletedArtifact[]; total: number }>;
  /**
   * Brings a deleted artifact back, with what was deleted of its accessories and children, and
   * with those of its tags that are free.
   *
   * @throws AppError not-found, refused beyond the quota
   */
  restore(
    place: { projectId: number; repository: string },
    digest: Digest,
    actor: Actor,
  ): Promise<void>;
  /** Forgets what was deleted before; then its blobs can go. @returns how many artifacts */
  purge(before: Date): Promise<number>;
}

export interface TrashPorts {
  readonly trash: TrashRepository;
  readonly artifacts: ArtifactRepository;
  readonly repositories: RepositoryDirectory;
  readonly room: Room;
  readonly invalidation: Invalidation;
}

/** Where something comes back, and for whom. */
interface Place {
  readonly repository: string;
  readonly projectId: number;
  readonly actor: Actor;
}

/** What was asked for, with all that comes back; in that order. */
interface Restoration {
  readonly root: Restorable;
  readonly found: readonly Restorable[];
}

const PURGE_BATCH = 500;

export function createTrashService(ports: TrashPorts): TrashService {
  return new Trash(ports);
}

class Trash implements TrashService {
  readonly #ports: TrashPorts;

  constructor(ports: TrashPorts) {
    this.#ports = ports;
  }

  listDeleted(filter: DeletedFilter, page: { offset: number; limit: number }) {
    return this.#ports.trash.list(filter, page);
  }

  async restore(
    { projectId, repository }: { projectId: number; repository: string },
    digest: Digest,
    actor: Actor,
  ): Promise<void> {
    const { trash, room, invalidation } = this.#ports;
    const place = { repository, projectId, actor };
    const found = await listDeletedFamily((named) => trash.listNamed(place, named), digest);
    const root = found.find((artifact) => artifact.digest === digest);
    if (root === undefined) throw notDeleted(repository, digest);
    const blobs = await trash.listBlobs(found.map(({ id }) => id));
    const manifests = found.map((one) => ({ digest: one.digest, size: one.content.length }));
    const occasion = { repository, actor, tags: root.tags };
    await room.within(projectId, [...blobs, ...manifests], occasion, () =>
      followUp(
        () => this.#restoreAll({ root, found }, place),
        () => invalidation.repository(repository),
      ),
    );
  }

  async purge(before: Date): Promise<number> {
    let purged = 0;
    for (let last = PURGE_BATCH; last === PURGE_BATCH; purged += last) {
      last = await this.#ports.trash.purge(before, PURGE_BATCH);
    }
    return purged;
  }

  async #restoreAll({ root, found }: Restoration, place: Place): Promise<void> {
    const { trash, repositories } = this.#ports;
    try {
      await linkWithin(repositories, place, (repositoryId) =>
        trash.transact(async (tx) => {
          const ids = found.map(({ id }) => id);
          const named = found.flatMap((one) => [one.digest, ...childrenOf(one)]);
          await trash.lockLive(tx, repositoryId, named);
          const taken = await trash.take(tx, ids, repositoryId);
          if (!taken.has(root.id)) throw notDeleted(place.repository, root.digest);
          for (const one of found) {
            if (taken.has(one.id)) await this.#restoreOne(tx, one, { ...place, repositoryId });
          }
        }),
      );
    } catch (error) {
      if (!isForeignKeyViolation(error)) throw error;
      const what = `${place.repository}@${root.digest}`;
      throw new AppError('precondition', `the bytes of a blob of ${what} are lost; push it again`);
    }
  }

  async #restoreOne(
    tx: DatabaseTransaction,
    { digest, content, mediaType, tags, accessoryOf }: Restorable,
    place: Place & { readonly repositoryId: number },
  ): Promise<void> {
    const { trash, artifacts } = this.#ports;
    const { repositoryId } = place;
    const manifest = parseManifest(content, mediaType);
    const listed = digestsOf(referencedManifests(manifest));
    const children = await artifacts.listSizes(repositoryId, listed, tx);
    const free = await trash.listFreeTags(tx, repositoryId, tags);
    const rules = { tags: free, immutableTags: new Set<string>() };
    const described = describeArtifact({ digest, content }, manifest, children, {
      ...place,
      ...rules,
    });
    // Without subject it was the tag that told so, which may not be free.
    const signed = accessoryOf && { of: accessoryOf, type: 'signature.cosign' };
    const accessory = described.accessory ?? signed;
    if (!(await artifacts.put({ ...described, accessory, tags: [] }, tx))) {
      throw new AppError('conflict', `${digest} is there again with another media type`);
    }
    await trash.putFreeTags(tx, { repositoryId, digest }, free);
  }
}

function notDeleted(repository: string, digest: Digest): AppError {
  return new AppError('not-found', `${repository}@${digest} is not among the deleted artifacts`);
}
