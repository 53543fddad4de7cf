import { type Digest, mediaType } from '@berth/oci';
import { z } from 'zod';
import type { ChartMetadata } from '../../../helm/index.ts';

export const HELM_CONFIG = 'application/vnd.cncf.helm.config.v1+json';
export const HELM_CHART = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip';
export const HELM_PROVENANCE = 'application/vnd.cncf.helm.chart.provenance.v1.prov';

export interface Blob {
  readonly digest: string;
  /** Bytes */
  readonly size: number;
}

/** The parts of a chart as an OCI artifact. */
export interface ChartManifest {
  readonly config: Blob;
  readonly archive: Blob;
  readonly provenance: Blob | undefined;
}

const descriptor = z.object({
  mediaType: z.string(),
  digest: z.string().regex(/^sha(?:256:[0-9a-f]{64}|512:[0-9a-f]{128})$/),
  size: z.int().min(0),
});
const manifest = z.object({ config: descriptor, layers: descriptor.array() });

/** Undefined for what is no chart. */
export function parseChartManifest(content: Buffer): ChartManifest | undefined {
  const parsed = manifest.safeParse(parseJson(content));
  if (!parsed.success || parsed.data.config.mediaType !== HELM_CONFIG) return undefined;
  const { config, layers } = parsed.data;
  const archive = layers.find((layer) => layer.mediaType === HELM_CHART);
  const provenance = layers.find((layer) => layer.mediaType === HELM_PROVENANCE);
  return archive && { config, archive, provenance };
}

/** As `helm push` makes it, without the time: equal charts are equal artifacts. */
export function buildChartManifest(
  metadata: ChartMetadata,
  { config, archive, provenance }: ChartManifest,
): Buffer {
  const { name, version, description } = metadata;
  const layers = [{ mediaType: HELM_CHART, ...plain(archive) }];
  if (provenance !== undefined) layers.push({ mediaType: HELM_PROVENANCE, ...plain(provenance) });
  const document = {
    schemaVersion: 2,
    mediaType: mediaType.ociManifest,
    config: { mediaType: HELM_CONFIG, ...plain(config) },
    layers,
    annotations: {
      ...(description && { 'org.opencontainers.image.description': description }),
      'org.opencontainers.image.title': name,
      'org.opencontainers.image.version': version,
    },
  };
  return Buffer.from(JSON.stringify(document));
}

export function blobOf(digest: Digest, content: Uint8Array): Blob {
  return { digest, size: content.length };
}

export function parseJson(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString('utf8'));
  } catch {
    return undefined;
  }
}

function plain({ digest, size }: Blob): Blob {
  return { digest, size };
}
