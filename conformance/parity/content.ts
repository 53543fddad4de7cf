import { once } from 'node:events';
import { createServer } from 'node:http';
import { type Descriptor, mediaType } from '@berth/oci';
import {
  addImage,
  createDataSet,
  type DataSet,
  encodeJson,
  type ImageOptions,
  type ManifestOptions,
} from '../data.ts';
import type { TestRegistry } from '../registry.ts';

/** Where an artifact's life goes on in the REST API. */
export interface RepositoryPaths {
  /** `project/path` */
  readonly name: string;
  /** Of the REST API, the path encoded twice (harbor.md §0.3). */
  readonly path: string;
  readonly artifacts: string;
  artifact(reference: string): string;
}

export function repositoryPaths(project: string, path: string): RepositoryPaths {
  const encoded = encodeURIComponent(encodeURIComponent(path));
  const base = `/projects/${project}/repositories/${encoded}`;
  return {
    name: `${project}/${path}`,
    path: base,
    artifacts: `${base}/artifacts`,
    artifact: (reference) => `${base}/artifacts/${reference}`,
  };
}

/** Pushes all of a set as clients do: blobs, then manifests by tag, or by digest without one. */
export async function pushSet(
  { client }: TestRegistry,
  repository: string,
  set: DataSet,
): Promise<void> {
  for (const [digest, bytes] of set.blobs) await client.blobPush(repository, digest, bytes);
  for (const { bytes, descriptor, tags } of set.manifests) {
    for (const reference of tags.length === 0 ? [descriptor.digest] : tags) {
      await client.manifestPut(repository, reference, bytes, descriptor.mediaType);
    }
  }
}

/** Builds a set, pushes it, and gives what the builder gave. */
export async function pushBuilt<T>(
  registry: TestRegistry,
  repository: string,
  build: (set: DataSet) => T,
): Promise<T> {
  const set = createDataSet();
  const built = build(set);
  await pushSet(registry, repository, set);
  return built;
}

/** An image of one layer with these tags. */
export function pushTagged(
  registry: TestRegistry,
  repository: string,
  ...tags: readonly string[]
): Promise<Descriptor> {
  return pushBuilt(registry, repository, (set) => addImage(set, { layerCount: 1, tags }));
}

/** What `cosign sign` pushes until 2.x: an image under a tag made of the digest. */
export function addCosignTagSignature(set: DataSet, subject: Descriptor): Descriptor {
  const payload = encodeJson({
    critical: {
      identity: { 'docker-reference': '' },
      image: { 'docker-manifest-digest': subject.digest },
      type: 'cosign container image signature',
    },
    optional: null,
  });
  const zero = '0001-01-01T00:00:00Z';
  return addImage(set, {
    layerCount: 1,
    layerType: 'application/vnd.dev.cosign.simplesigning.v1+json',
    layerBytes: payload,
    config: {
      mediaType: mediaType.ociConfig,
      bytes: encodeJson({
        architecture: '',
        created: zero,
        history: [{ created: zero }],
        os: '',
        rootfs: { type: 'layers', diff_ids: [subject.digest] },
        config: {},
      }),
    },
    tags: [`${subject.digest.replace(':', '-')}.sig`],
  });
}

/** What cosign 3 pushes: a bundle that refers to its subject. */
export function addCosignBundle(set: DataSet, subject: Descriptor): Descriptor {
  const bundle = 'application/vnd.dev.sigstore.bundle.v0.3+json';
  return addImage(set, {
    artifactType: bundle,
    config: { mediaType: mediaType.ociEmpty, bytes: encodeJson({}) },
    layerCount: 1,
    layerType: bundle,
    layerBytes: encodeJson({ mediaType: bundle, dsseEnvelope: { payload: subject.digest } }),
    annotations: {
      'dev.sigstore.bundle.content': 'dsse-envelope',
      'dev.sigstore.bundle.predicateType': 'https://sigstore.dev/cosign/sign/v1',
    },
    subject,
  });
}

/** What `notation sign` pushes. */
export function addNotation(
  set: DataSet,
  subject: Descriptor,
  options: ManifestOptions = {},
): Descriptor {
  return addImage(set, {
    config: {
      mediaType: 'application/vnd.cncf.notary.signature',
      bytes: encodeJson({}),
    },
    artifactType: 'application/vnd.cncf.notary.signature',
    layerCount: 1,
    layerType: 'application/jose+json',
    layerBytes: encodeJson({ payload: subject.digest, signature: 'none' }),
    annotations: { 'io.cncf.notary.x509chain.thumbprint#S256': '[]' },
    subject,
    ...options,
  } satisfies ImageOptions);
}

/** One request that a webhook made. */
export interface Delivery {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly json: unknown;
}

export interface HookReceiver extends AsyncDisposable {
  readonly url: string;
  /** The next delivery that was not taken yet; the test's own time limit ends the waiting. */
  next(): Promise<Delivery>;
}

/** A server that webhooks call, and that says yes to all. */
export async function openHookReceiver(): Promise<HookReceiver> {
  const deliveries: Delivery[] = [];
  let heard = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const json: unknown = JSON.parse(Buffer.concat(chunks).toString() || 'null');
      deliveries.push({ headers: request.headers, json });
      response.end();
      heard.resolve();
      heard = Promise.withResolvers();
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    async next() {
      for (;;) {
        const delivery = deliveries.shift();
        if (delivery !== undefined) return delivery;
        await heard.promise;
      }
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
