import { type Descriptor, formatPlatform, type Manifest } from '@berth/oci';
import type { BuildStep, ImageConfig } from '../artifacts/index.ts';
import type { ArtifactRecord } from './artifact.ts';

/** A layer with the step that made it, where the config tells. */
export interface Layer {
  readonly digest: string;
  readonly mediaType: string;
  readonly size: number;
  readonly title: string | undefined;
  readonly step: BuildStep | undefined;
}

/** A step of the build with the place of its layer among the layers, if it made one. */
export interface HistoryEntry extends BuildStep {
  readonly layerIndex: number | undefined;
}

/** One of the manifests in an index. */
export interface Child {
  readonly digest: string;
  readonly mediaType: string;
  /** Of the manifest. */
  readonly size: number;
  readonly platform: string | undefined;
  readonly osVersion: string | undefined;
  readonly artifactType: string | undefined;
  readonly annotations: Readonly<Record<string, string>>;
  /** With all that it refers to; undefined when it is not in the repository. */
  readonly totalSize: number | undefined;
}

/** What an artifact is made of. */
export interface ArtifactAnatomy {
  readonly record: ArtifactRecord;
  /** The manifest as it was pushed. */
  readonly manifest: string;
  readonly config: ImageConfig | undefined;
  readonly layers: readonly Layer[];
  readonly history: readonly HistoryEntry[];
  /** Undefined unless it is an index. */
  readonly children: readonly Child[] | undefined;
}

/** Characters of what a pusher wrote. */
const MAX_TEXT = 4096;
const MAX_WORD = 64;

/**
 * The layers and the history of an image, joined. Only where there is a step for every layer: of
 * others nobody can tell which belongs to which.
 */
export function joinHistory(
  { layers }: Manifest,
  steps: readonly BuildStep[],
): Pick<ArtifactAnatomy, 'layers' | 'history'> {
  const building = steps.filter(({ isEmpty }) => !isEmpty);
  const fits = building.length === layers.length;
  const places = new Map(building.map((step, index) => [step, index]));
  return {
    layers: layers.map(({ digest, mediaType, size, annotations }, index) => ({
      digest,
      mediaType,
      size,
      title: annotations?.['org.opencontainers.image.title']?.slice(0, MAX_TEXT),
      step: fits ? building[index] : undefined,
    })),
    history: steps.map((step) => ({ ...step, layerIndex: fits ? places.get(step) : undefined })),
  };
}

/** The manifests in an index; undefined for other manifests. */
export function childrenOf(
  { kind, manifests }: Manifest,
  totalSizes: ReadonlyMap<string, number>,
): readonly Child[] | undefined {
  if (kind !== 'index') return undefined;
  return manifests.map((child) => ({
    digest: child.digest,
    mediaType: child.mediaType,
    size: child.size,
    platform: platformOf(child),
    osVersion: child.platform?.['os.version']?.slice(0, MAX_WORD),
    artifactType: child.artifactType,
    annotations: Object.fromEntries(
      Object.entries(child.annotations ?? {}).map(([key, text]) => [key, text.slice(0, MAX_TEXT)]),
    ),
    totalSize: totalSizes.get(child.digest),
  }));
}

/** As lists of tags name it; builders call the platform of attestations unknown. */
function platformOf({ platform }: Descriptor): string | undefined {
  if (platform === undefined || platform.os === '' || platform.os === 'unknown') return undefined;
  const { os, architecture, variant } = platform;
  return formatPlatform({
    os: os.slice(0, MAX_WORD),
    architecture: architecture.slice(0, MAX_WORD),
    ...(variant !== undefined && { variant: variant.slice(0, MAX_WORD) }),
  });
}
