import type { ArtifactWorld } from './artifact-world.ts';
import { pushArgs } from './artifact-world.ts';
import { assertEqual, listAt, textAt, valueAt } from './assertion.ts';
import type { Step } from './client.ts';
import { type Layout, writeImageLayout } from './layout.ts';
import type { Descriptor } from './oci-requests.ts';

const PATH = 'notation';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const NOTATION = 'application/vnd.cncf.notary.signature';
const EMPTY = 'application/vnd.oci.empty.v1+json';

/** notation cannot be had here, so this sends what its library (with oras-go below) sends. */
export function createNotationSteps(world: ArtifactWorld): Step[] {
  const { context } = world;
  let image: Layout;
  let subject: Descriptor;

  /** Resolves the tag, pushes envelope and config, puts the manifest with its subject. */
  async function sign(envelope: string, kind: 'config' | 'artifactType'): Promise<string> {
    const requests = world.requests(PATH);
    const resolved = await requests.send('HEAD', 'manifests/1', { headers: { accept: MANIFEST } });
    subject = {
      mediaType: resolved.headers.get('content-type') ?? '',
      digest: resolved.headers.get('docker-content-digest') ?? '',
      size: Number(resolved.headers.get('content-length')),
    };
    assertEqual(subject.digest, image.digest, 'digest of the subject');
    const layer = await requests.pushBlob('application/jose+json', envelope);
    const config = await requests.pushBlob(kind === 'config' ? NOTATION : EMPTY, '{}');
    const pushed = await requests.pushManifest({
      schemaVersion: 2,
      mediaType: MANIFEST,
      ...(kind === 'artifactType' && { artifactType: NOTATION }),
      config,
      layers: [layer],
      subject,
      annotations: {
        'io.cncf.notary.x509chain.thumbprint#S256': '["9f5f5aecee24b5cfdc7a91f6d5ac5c3a5348feb1"]',
        'org.opencontainers.image.created': '2026-01-01T00:00:00Z',
      },
    });
    // Without it oras-go would go on with a tag that holds an index of referrers.
    assertEqual(pushed.subject, subject.digest, 'OCI-Subject');
    return pushed.digest;
  }

  return (['config', 'artifactType'] as const).map((kind, index) => ({
    name: `notation sign, told by its ${kind}: signature.notation, found as a referrer, not listed`,
    async run() {
      if (index === 0) {
        image = await writeImageLayout(await context.directory('accessories/notation'));
        await world.skopeo(pushArgs(image, world.remote(`${PATH}:1`)));
      }
      const digest = await sign(JSON.stringify({ payload: kind }), kind);
      const artifact = await world.getArtifact(PATH, '1');
      const types = listAt(artifact, 'accessories').map((one) => textAt(one, 'type'));
      assertEqual(
        types,
        types.map(() => 'signature.notation'),
        'types',
      );
      assertEqual(types.length, index + 1, 'accessories');
      const referrers = await world
        .requests(PATH)
        .send('GET', `referrers/${image.digest}?artifactType=${encodeURIComponent(NOTATION)}`);
      const listed = listAt(await referrers.json(), 'manifests');
      const found = listed.find((one) => valueAt(one, 'digest') === digest);
      assertEqual(valueAt(found, 'artifactType'), NOTATION, 'artifactType of the referrer');
      assertEqual(listAt(await world.listArtifacts(PATH)).length, 1, 'artifacts listed');
    },
  }));
}
