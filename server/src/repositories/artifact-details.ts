import { isIndex } from '@berth/oci';
import type {
  ArtifactDetail,
  ArtifactRecord,
  ArtifactView,
  ScanOverview,
  Tag,
  TagRecord,
} from './artifact.ts';
import type { ArtifactCompletion } from './artifact-completion.ts';
import type { ArtifactDetailRepository } from './artifact-detail.repository.ts';

export interface ArtifactDetailsPorts {
  readonly details: ArtifactDetailRepository;
  readonly completion: ArtifactCompletion;
  /** Which of the tags of a repository, by its whole name, no push may move. */
  immutableAmong(
    projectId: number,
    repository: string,
    tags: readonly string[],
  ): Promise<ReadonlySet<string>>;
  /** By id of the artifact; those that nothing is known of are left out. */
  scanOverviews(
    artifacts: readonly ArtifactRecord[],
    wanted: { readonly vulnerabilities: boolean; readonly sbom: boolean },
  ): Promise<ReadonlyMap<number, ScanOverview>>;
}

/** Gives artifacts of a page what was asked for, by one query a kind. */
export interface ArtifactDetails {
  view(artifacts: readonly ArtifactRecord[], detail: ArtifactDetail): Promise<ArtifactView[]>;
  /** Tags of one repository, with whether they are immutable. */
  markImmutable(
    repository: { readonly projectId: number; readonly repositoryName: string },
    tags: readonly TagRecord[],
  ): Promise<Tag[]>;
}

export function createArtifactDetails(ports: ArtifactDetailsPorts): ArtifactDetails {
  return new Details(ports);
}

class Details implements ArtifactDetails {
  readonly #ports: ArtifactDetailsPorts;

  constructor(ports: ArtifactDetailsPorts) {
    this.#ports = ports;
  }

  async view(found: readonly ArtifactRecord[], detail: ArtifactDetail): Promise<ArtifactView[]> {
    if (found.length === 0) return [];
    const artifacts = await this.#ports.completion.complete(found);
    const { details } = this.#ports;
    const ids = artifacts.map(({ id }) => id);
    const indexes = artifacts.filter(({ mediaType }) => isIndex(mediaType)).map(({ id }) => id);
    const [references, tags, labels, accessories, inherited, overviews] = await Promise.all([
      indexes.length > 0 ? details.listReferences(indexes) : [],
      detail.tags ? this.#listTags(artifacts, detail.immutability) : undefined,
      detail.labels ? details.listLabels(ids) : undefined,
      detail.accessories ? details.listAccessories(ids) : undefined,
      detail.inheritedAccessories ? details.listInheritedSignatures(ids) : undefined,
      this.#ports.scanOverviews(artifacts, detail),
    ]);
    const referencesOf = grouped(references, ({ parentId }) => parentId);
    const tagsOf = tags && grouped(tags, ({ artifactId }) => artifactId);
    const labelsOf = labels && grouped(labels, ({ artifactId }) => artifactId);
    const accessoriesOf = accessories && grouped(accessories, ({ subjectId }) => subjectId);
    const inheritedOf = inherited && grouped(inherited, ({ childId }) => childId);
    return artifacts.map((artifact) => ({
      ...artifact,
      references: referencesOf(artifact.id),
      tags: tagsOf?.(artifact.id),
      labels: labelsOf?.(artifact.id),
      accessories: accessoriesOf?.(artifact.id),
      inheritedAccessories: inheritedOf?.(artifact.id),
      overview: overviews.get(artifact.id),
    }));
  }

  async markImmutable(
    { projectId, repositoryName }: Pick<ArtifactRecord, 'projectId' | 'repositoryName'>,
    tags: readonly TagRecord[],
  ): Promise<Tag[]> {
    if (tags.length === 0) return [];
    const names = tags.map(({ name }) => name);
    const immutable = await this.#ports.immutableAmong(projectId, repositoryName, names);
    return tags.map((tag) => ({ ...tag, isImmutable: immutable.has(tag.name) }));
  }

  async #listTags(artifacts: readonly ArtifactRecord[], immutability: boolean): Promise<Tag[]> {
    const tags = await this.#ports.details.listTags(artifacts.map(({ id }) => id));
    if (!immutability) return tags.map((tag) => ({ ...tag, isImmutable: false }));
    const repositories = new Map(artifacts.map((artifact) => [artifact.repositoryId, artifact]));
    const marked = await Promise.all(
      [...Map.groupBy(tags, ({ repositoryId }) => repositoryId)].map(async ([id, own]) => {
        const repository = repositories.get(id);
        return repository === undefined ? [] : this.markImmutable(repository, own);
      }),
    );
    return marked.flat();
  }
}

function grouped<T>(items: readonly T[], idOf: (item: T) => number): (id: number) => readonly T[] {
  const groups = Map.groupBy(items, idOf);
  return (id) => groups.get(id) ?? [];
}
