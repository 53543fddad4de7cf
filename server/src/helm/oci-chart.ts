import { type Digest, OciError, parseManifest } from '@berth/oci';
import type { ChartMetadata } from './chart-store.ts';
import { readMetadata } from './metadata.ts';

/** Media types of Helm's OCI artifacts. */
export const CHART_CONFIG = 'application/vnd.cncf.helm.config.v1+json';
export const CHART_LAYER = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip';
export const PROVENANCE_LAYER = 'application/vnd.cncf.helm.chart.provenance.v1.prov';

/** A blob of a chart's manifest; size in bytes. */
export interface ChartBlob {
  readonly digest: Digest;
  readonly size: number;
}

/** What a chart's manifest refers to. */
export interface ChartBlobs {
  readonly config: ChartBlob;
  readonly archive: ChartBlob;
  readonly provenance: ChartBlob | undefined;
}

/** Undefined for a manifest that holds no chart. */
export function findChartBlobs(content: Buffer, mediaType: string): ChartBlobs | undefined {
  try {
    const manifest = parseManifest(content, mediaType);
    if (manifest.kind !== 'image') return undefined;
    const archive = manifest.layers.find((layer) => layer.mediaType === CHART_LAYER);
    const { config } = manifest;
    if (config?.mediaType !== CHART_CONFIG || archive === undefined) return undefined;
    const provenance = manifest.layers.find((layer) => layer.mediaType === PROVENANCE_LAYER);
    return { config, archive, provenance };
  } catch (error) {
    if (error instanceof OciError) return undefined;
    throw error;
  }
}

/** What the config of a chart's manifest says; undefined when it is none that Helm could read. */
export function findMetadata(config: Buffer): ChartMetadata | undefined {
  try {
    return readMetadata(JSON.parse(config.toString('utf8'))).metadata;
  } catch {
    return undefined;
  }
}

/** The manifest as `helm push` makes it, but for the time: equal charts have equal manifests. */
export function chartManifest(metadata: ChartMetadata, blobs: ChartBlobs): Buffer {
  const { config, archive, provenance } = blobs;
  const layers = [{ mediaType: CHART_LAYER, ...blobOf(archive) }];
  if (provenance !== undefined) {
    layers.push({ mediaType: PROVENANCE_LAYER, ...blobOf(provenance) });
  }
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: { mediaType: CHART_CONFIG, ...blobOf(config) },
      layers,
      annotations: annotationsOf(metadata),
    }),
  );
}

function blobOf({ digest, size }: ChartBlob): ChartBlob {
  return { digest, size };
}

const MAX_ANNOTATION = 4096;

function annotationsOf(metadata: ChartMetadata): Record<string, string> {
  const { name, version, description } = metadata;
  const { home, sources } = metadata;
  const source = Array.isArray(sources) ? sources[0] : undefined;
  const given = { title: name, version, description, url: home, source };
  return Object.fromEntries(
    Object.entries(given).flatMap(([key, value]) =>
      typeof value === 'string' && value !== '' && value.length <= MAX_ANNOTATION
        ? [[`org.opencontainers.image.${key}`, value]]
        : [],
    ),
  );
}
