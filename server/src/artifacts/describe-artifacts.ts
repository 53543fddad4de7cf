import { OciError, parseManifest, referencedManifests } from '@berth/oci';
import type { ArtifactRepository } from './artifact.repository.ts';
import { describeArtifact, digestsOf } from './new-artifact.ts';
import type {
  ArtifactDescription,
  UndescribedArtifact,
  UndescribedArtifacts,
} from './undescribed-artifacts.repository.ts';

export interface DescribePorts {
  readonly undescribed: UndescribedArtifacts;
  readonly artifacts: Pick<ArtifactRepository, 'listSizes'>;
}

const BATCH = 200;

/**
 * Reads the manifests that an older version stored, and keeps of them what a push keeps today.
 * Resolves with how many there were when none is left, or when `signal` fires. Runs beside pushes
 * and other replicas, and begins where an earlier run was stopped.
 */
export async function describeArtifacts(
  ports: DescribePorts,
  signal?: AbortSignal,
): Promise<number> {
  let described = 0;
  for (const kind of ['other', 'index'] as const) {
    for (let after = 0; ; ) {
      if (signal?.aborted === true) return described;
      const batch = await ports.undescribed.list({ kind, after, limit: BATCH });
      const last = batch.at(-1);
      if (last === undefined) break;
      // Indexes after what they list, whose sizes they count; one may list another.
      for (const group of kind === 'index' ? batch.map((one) => [one]) : [batch]) {
        const descriptions = await Promise.all(group.map((one) => describe(ports, one)));
        await ports.undescribed.describe(descriptions);
      }
      described += batch.length;
      after = last.id;
    }
  }
  return described;
}

async function describe(
  { artifacts }: DescribePorts,
  row: UndescribedArtifact,
): Promise<ArtifactDescription> {
  try {
    const manifest = parseManifest(row.content, row.mediaType);
    const listed = digestsOf(referencedManifests(manifest));
    const children = await artifacts.listSizes(row.repositoryId, listed);
    const { type, configMediaType, totalSize, accessory, ...described } = describeArtifact(
      row,
      manifest,
      children,
      { ...row, repository: '', immutableTags: new Set(), actor: { name: '', requestId: '' } },
    );
    return {
      id: row.id,
      type,
      configMediaType,
      totalSize,
      accessory,
      children: described.children,
    };
  } catch (error) {
    if (!(error instanceof OciError)) throw error;
    return undescribable(row);
  }
}

/** Of a manifest that is refused today, and of which nothing can be told. */
function undescribable({ id, mediaType, content }: UndescribedArtifact): ArtifactDescription {
  return {
    id,
    type: 'UNKNOWN',
    configMediaType: mediaType,
    totalSize: content.length,
    accessory: undefined,
    children: [],
  };
}
