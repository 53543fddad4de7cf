import type { RegistryClient } from '@berth/client';
import { type Descriptor, parseManifest } from '@berth/oci';
import type { SourceChart } from './migration-source.ts';

const ARCHIVE = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip';
const PROVENANCE = 'application/vnd.cncf.helm.chart.provenance.v1.prov';

/** The charts of a repository of OCI artifacts, as `helm push` makes them; other tags are left out. */
export async function* readOciCharts(
  client: RegistryClient,
  repository: string,
  signal: AbortSignal,
): AsyncGenerator<SourceChart, void, void> {
  const name = repository.slice(repository.lastIndexOf('/') + 1);
  for await (const tag of client.tagEach(repository, { signal })) {
    const { bytes, mediaType } = await client.manifestGet(repository, tag, { signal });
    const { layers } = parseManifest(bytes, mediaType);
    const archive = layers.find((layer) => layer.mediaType === ARCHIVE);
    if (archive === undefined) continue;
    const provenance = layers.find((layer) => layer.mediaType === PROVENANCE);
    const read = ({ digest }: Descriptor, signal: AbortSignal) =>
      client.blobGet(repository, digest, { signal });
    yield {
      // A tag cannot have the plus of a version.
      label: `${name}-${tag.replaceAll('_', '+')}`,
      digest: archive.digest.startsWith('sha256:') ? archive.digest : undefined,
      archive: (signal) => read(archive, signal),
      provenance: async (signal) => (provenance ? read(provenance, signal) : undefined),
    };
  }
}
