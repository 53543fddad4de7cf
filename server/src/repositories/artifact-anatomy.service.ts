import { type Manifest, parseManifest } from '@berth/oci';
import type { ImageConfig } from '../artifacts/index.ts';
import { type ArtifactAnatomy, childrenOf, joinHistory } from './artifact-anatomy.ts';
import type { ArtifactReader } from './artifact-reader.service.ts';
import type { ArtifactRowRepository } from './artifact-row.repository.ts';
import { artifactNotFound, type RepositoryPath } from './repository-name.ts';

export interface ImageConfigReader {
  /** Undefined when there is none that can be read. */
  readImageConfig(repository: string, manifest: Manifest): Promise<ImageConfig | undefined>;
}

export interface ArtifactAnatomiesPorts {
  readonly artifacts: Pick<ArtifactReader, 'getRecord'>;
  readonly rows: Pick<ArtifactRowRepository, 'findContent' | 'listTotalSizes'>;
  readonly configs: ImageConfigReader;
}

export interface ArtifactAnatomies {
  /** What an artifact is made of, by tag or digest. @throws AppError not-found */
  getAnatomy(at: RepositoryPath, reference: string): Promise<ArtifactAnatomy>;
}

export function createArtifactAnatomies(ports: ArtifactAnatomiesPorts): ArtifactAnatomies {
  const { artifacts, rows, configs } = ports;
  return {
    async getAnatomy(at, reference) {
      const record = await artifacts.getRecord(at, reference);
      const found = await rows.findContent(record.id);
      if (found === undefined) throw artifactNotFound(at, reference);
      const { content, mediaType, repositoryName } = found;
      const text = content.toString('utf8');
      const manifest = findManifest(content, mediaType);
      if (manifest === undefined) {
        return { record, manifest: text, ...NOTHING };
      }
      const digests = manifest.manifests.map(({ digest }) => digest);
      const [config, sizes] = await Promise.all([
        configs.readImageConfig(repositoryName, manifest),
        digests.length === 0 ? new Map() : rows.listTotalSizes(record.repositoryId, digests),
      ]);
      return {
        record,
        manifest: text,
        config,
        ...joinHistory(manifest, config?.history ?? []),
        children: childrenOf(manifest, sizes),
      };
    },
  };
}

const NOTHING = { config: undefined, layers: [], history: [], children: undefined };

/** Undefined for what an older version took, and this one would not. */
function findManifest(content: Buffer, mediaType: string): Manifest | undefined {
  try {
    return parseManifest(content, mediaType);
  } catch {
    return undefined;
  }
}
