import { isIndex } from '@berth/oci';
import { API_BASE } from '../api/index.ts';
import type { DeletedArtifact } from '../artifacts/index.ts';
import { iconOf } from '../artifacts/index.ts';
import type { TagChange } from './actions.ts';
import type {
  Accessory,
  ArtifactReference,
  ArtifactView,
  LabelRecord,
  RepositoryView,
  Tag,
} from './artifact.ts';

/** What Harbor says instead of never. */
export const NEVER = '0001-01-01T00:00:00.000Z';

/** Harbor's Artifact. Its lists are null, and not absent, when there is nothing in them. */
export function presentArtifact(artifact: ArtifactView): object {
  const { extraAttrs, annotations, overview, inheritedAccessories: inherited = [] } = artifact;
  return {
    id: artifact.id,
    ...presentKind(artifact),
    project_id: artifact.projectId,
    repository_id: artifact.repositoryId,
    repository_name: artifact.repositoryName,
    digest: artifact.digest,
    size: artifact.size,
    push_time: artifact.pushedAt.toISOString(),
    pull_time: artifact.pulledAt?.toISOString() ?? NEVER,
    ...(extraAttrs !== null && isFilled(extraAttrs) && { extra_attrs: extraAttrs }),
    ...(isFilled(annotations) && { annotations }),
    references: presentAll(artifact.references, presentReference),
    tags: presentAll(artifact.tags, presentTag),
    ...presentLinks(artifact),
    labels: presentAll(artifact.labels, presentLabel),
    ...(overview?.vulnerabilities && { scan_overview: overview.vulnerabilities }),
    ...(overview?.sbom && { sbom_overview: overview.sbom }),
    accessories: presentAll(artifact.accessories, presentAccessory),
    ...(inherited.length > 0 && { inherited_accessories: inherited.map(presentAccessory) }),
  };
}

function presentKind(artifact: ArtifactView): object {
  const { type, mediaType, configMediaType, artifactType, accessoryType } = artifact;
  return {
    type: type ?? 'UNKNOWN',
    ...(configMediaType && { media_type: configMediaType }),
    manifest_media_type: mediaType,
    ...(artifactType && { artifact_type: artifactType }),
    icon: iconOf(type ?? 'UNKNOWN', accessoryType),
  };
}

/** What artifacts of a type have beside their manifest; an index has it in its parts. */
const additionsByType: Readonly<Record<string, readonly string[]>> = {
  IMAGE: ['build_history'],
  WASM: ['build_history'],
  CHART: ['values.yaml', 'readme.md', 'dependencies'],
  SBOM: ['sbom'],
  CNAI: ['readme.md', 'license', 'files'],
};

function presentLinks(artifact: ArtifactView): object {
  const { type, mediaType, overview, repositoryName, digest } = artifact;
  const own = isIndex(mediaType) ? [] : (additionsByType[type ?? ''] ?? []);
  const additions = [...own, ...(overview?.additions ?? [])];
  if (additions.length === 0) return {};
  const slash = repositoryName.indexOf('/');
  const project = repositoryName.slice(0, slash);
  // Encoded twice, as clients write it: once for the URL, once against routers that split.
  const path = encodeURIComponent(encodeURIComponent(repositoryName.slice(slash + 1)));
  const base = `${API_BASE}/projects/${project}/repositories/${path}/artifacts/${digest}/additions`;
  const links = additions.map((name) => [name, { href: `${base}/${name}`, absolute: false }]);
  return { addition_links: Object.fromEntries(links) };
}

/** Harbor's Tag. */
export function presentTag(tag: Tag): object {
  return {
    id: tag.id,
    repository_id: tag.repositoryId,
    artifact_id: tag.artifactId,
    name: tag.name,
    push_time: tag.pushedAt.toISOString(),
    pull_time: tag.pulledAt?.toISOString() ?? NEVER,
    immutable: tag.isImmutable,
  };
}

/** Harbor's Accessory; its id is that of the artifact that it is. */
export function presentAccessory(accessory: Accessory): object {
  return {
    id: accessory.artifactId,
    artifact_id: accessory.artifactId,
    subject_artifact_id: accessory.subjectId,
    subject_artifact_digest: accessory.subjectDigest,
    subject_artifact_repo: accessory.subjectRepository,
    size: accessory.size,
    digest: accessory.digest,
    type: accessory.type,
    icon: iconOf(accessory.artifactKind ?? 'UNKNOWN', accessory.type),
    creation_time: accessory.createdAt.toISOString(),
  };
}

function presentReference(reference: ArtifactReference): object {
  const { platform, annotations } = reference;
  return {
    parent_id: reference.parentId,
    ...(reference.childId !== null && { child_id: reference.childId }),
    child_digest: reference.childDigest,
    ...(platform !== null && { platform: presentPlatform(platform) }),
    ...(annotations !== null && isFilled(annotations) && { annotations }),
    urls: reference.urls,
  };
}

/** The quotes are part of two of Harbor's names. */
function presentPlatform(platform: Readonly<Record<string, unknown>>): object {
  const { architecture, os, variant } = platform;
  const version = platform['os.version'];
  return {
    ...(typeof architecture === 'string' && { architecture }),
    ...(typeof os === 'string' && { os }),
    ...(typeof version === 'string' && { "'os.version'": version }),
    "'os.features'": platform['os.features'] ?? null,
    ...(typeof variant === 'string' && { variant }),
  };
}

/** Harbor's Label. */
export function presentLabel(label: LabelRecord): object {
  return {
    id: label.id,
    name: label.name,
    ...(label.description !== '' && { description: label.description }),
    ...(label.color !== '' && { color: label.color }),
    scope: label.projectId === null ? 'g' : 'p',
    ...(label.projectId !== null && { project_id: label.projectId }),
    creation_time: label.createdAt.toISOString(),
    update_time: label.updatedAt.toISOString(),
  };
}

/** Harbor's Repository. The description is as it was given: whoever renders it escapes. */
export function presentRepository(repository: RepositoryView): object {
  const { description, figures } = repository;
  return {
    id: repository.id,
    project_id: repository.projectId,
    name: repository.name,
    ...(description !== '' && { description }),
    artifact_count: repository.artifactCount,
    pull_count: repository.pullCount,
    creation_time: repository.createdAt.toISOString(),
    update_time: repository.updatedAt.toISOString(),
    ...(figures !== undefined && {
      size: figures.size,
      ...(figures.latestTag !== null && { latest_tag: figures.latestTag }),
      types: figures.types,
    }),
  };
}

export function presentTagChange(change: TagChange): object {
  return {
    id: change.id,
    tag_name: change.tag,
    ...(change.from !== undefined && { from_digest: change.from }),
    ...(change.to !== undefined && { to_digest: change.to }),
    actor: change.actor,
    change_time: change.changedAt.toISOString(),
  };
}

export function presentDeletedArtifact(artifact: DeletedArtifact): object {
  return {
    id: artifact.id,
    repository_name: artifact.repository,
    digest: artifact.digest,
    ...(artifact.type !== undefined && { type: artifact.type }),
    manifest_media_type: artifact.mediaType,
    size: artifact.size,
    tags: artifact.tags,
    push_time: artifact.pushedAt.toISOString(),
    deleted_by: artifact.deletedBy,
    delete_time: artifact.deletedAt.toISOString(),
  };
}

function presentAll<T>(
  items: readonly T[] | undefined,
  present: (item: T) => object,
): object[] | null {
  return items === undefined || items.length === 0 ? null : items.map(present);
}

function isFilled(object: object): boolean {
  return Object.keys(object).length > 0;
}
