import { NEVER, presentLabel } from './artifact.presenter.ts';
import type { RepositoryTag } from './repository-tag.ts';

/** A tag in the list of its repository; names are those of Harbor's Tag and Artifact. */
export function presentRepositoryTag(tag: RepositoryTag): object {
  return {
    id: tag.id,
    artifact_id: tag.artifactId,
    name: tag.name,
    digest: tag.digest,
    type: tag.type ?? 'UNKNOWN',
    ...(tag.configMediaType && { media_type: tag.configMediaType }),
    manifest_media_type: tag.mediaType,
    ...(tag.artifactType && { artifact_type: tag.artifactType }),
    size: tag.size,
    push_time: tag.pushedAt.toISOString(),
    pull_time: tag.pulledAt?.toISOString() ?? NEVER,
    immutable: tag.isImmutable,
    platforms: [...tag.platforms],
    platform_count: tag.platformCount,
    signed: tag.isSigned,
    accessory_count: tag.accessoryCount,
    labels: tag.labels.map(presentLabel),
    ...(tag.pushedBy !== null && { pushed_by: tag.pushedBy }),
  };
}
