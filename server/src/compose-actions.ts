import { type Digest, parseReference } from '@berth/oci';
import { artifactName } from './artifacts/index.ts';
import type { composeContent } from './compose-content.ts';
import { AppError } from './lib/index.ts';
import type { ArtifactActions } from './repositories/index.ts';

/**
 * What the REST API writes to repositories, by the services that `/v2` uses too.
 *
 * @param wake called after something was published
 */
export function composeActions(
  content: ReturnType<typeof composeContent>,
  wake: () => void,
): ArtifactActions {
  const { manifests, removal, copies, tags, trash } = content;

  async function getDigest(repository: string, reference: string): Promise<Digest> {
    const found = await manifests.find(repository, parseReference(reference));
    if (found !== undefined) return found.digest;
    throw artifactNotFound(repository, reference);
  }

  async function published<T>(work: Promise<T>): Promise<T> {
    const result = await work;
    wake();
    return result;
  }

  return {
    async deleteRepository(_project, repository, actor) {
      if (await published(removal.deleteRepository(repository, actor))) return;
      throw new AppError('not-found', `repository ${repository} not found`);
    },
    async deleteArtifact(repository, reference, actor) {
      const digest = await getDigest(repository, reference);
      if (await published(removal.deleteArtifact(repository, digest, actor))) return;
      throw artifactNotFound(repository, reference);
    },
    async copyArtifact({ from, project, repository, actor }) {
      const digest = await getDigest(from.repository, from.reference);
      const source = { repository: from.repository, digest };
      await published(copies.copy({ repository, actor, from: source, projectId: project.id }));
      return { digest };
    },
    async createTag(repository, reference, name, actor) {
      const digest = await getDigest(repository, reference);
      await published(tags.createTag(repository, digest, name, actor));
    },
    async deleteTag(repository, reference, name, actor) {
      const digest = await getDigest(repository, reference);
      if (await published(removal.deleteTag(repository, name, actor, digest))) return;
      throw new AppError('not-found', `tag ${name} of ${repository}@${digest} not found`);
    },
    restoreTag: (repository, tag, digest, actor) =>
      published(tags.restoreTag(repository, tag, digest, actor)),
    restoreArtifact: (project, repository, digest, actor) =>
      published(trash.restore({ projectId: project.id, repository }, digest, actor)),
    async listTagHistory(repository, tag, { offset, limit }) {
      const { moves, total } = await tags.listHistory(repository, tag, { offset, limit });
      const items = moves.map(({ at, ...move }) => ({ ...move, tag, changedAt: at }));
      return { items, total };
    },
    async listDeleted(projectId, repository, { offset, limit }) {
      const found = await trash.listDeleted({ projectId, repository }, { offset, limit });
      return { items: found.artifacts, total: found.total };
    },
  };
}

function artifactNotFound(repository: string, reference: string): AppError {
  return new AppError('not-found', `artifact ${artifactName(repository, reference)} not found`);
}
