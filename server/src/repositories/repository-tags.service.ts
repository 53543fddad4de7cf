import { formatPlatform, isIndex } from '@berth/oci';
import type { RepositoryDirectory } from '../artifacts/index.ts';
import type { Page } from './artifact.ts';
import type { ArtifactCompletion } from './artifact-completion.ts';
import type { ArtifactDetailRepository } from './artifact-detail.repository.ts';
import type { ArtifactDetails } from './artifact-details.ts';
import type { ArtifactRowRepository } from './artifact-row.repository.ts';
import { findRepositoryName, type RepositoryPath } from './repository-name.ts';
import type { RepositoryTagFilter, RepositoryTagRepository } from './repository-tag.repository.ts';
import type { RepositoryTag, RepositoryTagPage, RepositoryTagRecord } from './repository-tag.ts';

export interface RepositoryTagsPorts {
  readonly directory: Pick<RepositoryDirectory, 'findId'>;
  readonly tags: RepositoryTagRepository;
  readonly rows: Pick<ArtifactRowRepository, 'listByIds'>;
  readonly detailRows: Pick<ArtifactDetailRepository, 'listLabels'>;
  readonly details: Pick<ArtifactDetails, 'markImmutable'>;
  readonly completion: ArtifactCompletion;
}

/** The tags of a repository with what one wants to know of each. */
export interface RepositoryTags {
  /**
   * Empty for a repository that does not exist, as its list of artifacts is.
   *
   * @param options `pushers`: whether the caller may know who pushed
   */
  list(
    at: RepositoryPath,
    filter: RepositoryTagFilter,
    options: Page & { readonly pushers: boolean },
  ): Promise<RepositoryTagPage<RepositoryTag>>;
}

/** Characters of what a config calls a platform. */
const MAX_NAME = 64;

export function createRepositoryTags(ports: RepositoryTagsPorts): RepositoryTags {
  const { directory, tags, rows, detailRows, details, completion } = ports;

  /** The platform of each image among them, read now where nobody asked before. */
  async function listPlatforms(
    records: readonly RepositoryTagRecord[],
  ): Promise<ReadonlyMap<number, string>> {
    const images = records.filter(({ mediaType }) => !isIndex(mediaType));
    const unread = images.filter(({ isRead }) => !isRead).map(({ artifactId }) => artifactId);
    const read = unread.length === 0 ? [] : await completion.complete(await rows.listByIds(unread));
    const known = [
      ...images.map(({ artifactId, os, architecture }) => ({ id: artifactId, os, architecture })),
      ...read.map(({ id, extraAttrs }) => ({
        id,
        os: extraAttrs?.['os'],
        architecture: extraAttrs?.['architecture'],
      })),
    ];
    return new Map(
      known.flatMap(({ id, os, architecture }) => {
        const platform = platformOf(os, architecture);
        return platform === undefined ? [] : [[id, platform] as const];
      }),
    );
  }

  return {
    async list(at, filter, options) {
      const name = findRepositoryName(at);
      const id = name === undefined ? undefined : await directory.findId(name);
      if (name === undefined || id === undefined) return { items: [], total: 0, hidden: 0 };
      const { items, total, hidden } = await tags.list({ id, name }, filter, options);
      const ids = [...new Set(items.map(({ artifactId }) => artifactId))];
      const [platforms, labels, marked] = await Promise.all([
        listPlatforms(items),
        ids.length === 0 ? [] : detailRows.listLabels(ids),
        details.markImmutable({ projectId: at.project.id, repositoryName: name }, items),
      ]);
      const labelsOf = Map.groupBy(labels, ({ artifactId }) => artifactId);
      const immutable = new Set(marked.filter((tag) => tag.isImmutable).map((tag) => tag.id));
      const view = (tag: RepositoryTagRecord): RepositoryTag => ({
        ...tag,
        ...ownPlatform(platforms.get(tag.artifactId)),
        labels: labelsOf.get(tag.artifactId) ?? [],
        isImmutable: immutable.has(tag.id),
      });
      return { items: items.map(view), total, hidden };
    },
  };
}

function ownPlatform(platform: string | undefined) {
  return platform === undefined ? {} : { platforms: [platform], platformCount: 1 };
}

function platformOf(os: unknown, architecture: unknown): string | undefined {
  if (typeof os !== 'string' || typeof architecture !== 'string' || os === '') return undefined;
  return formatPlatform({
    os: os.slice(0, MAX_NAME),
    architecture: architecture.slice(0, MAX_NAME),
  });
}
