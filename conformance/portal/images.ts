import { createCipheriv, createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { createOciRequests, type Descriptor, type OciRequests } from '../clients/oci-requests.ts';
import { useRegistry } from '../clients/registry.ts';
import { createTar } from '../clients/tar.ts';

/** What an image says of itself, and what it weighs. */
export interface ImageOptions {
  readonly tags: readonly string[];
  readonly architecture?: string;
  readonly created?: string;
  readonly author?: string;
  readonly env?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Each layer is known by its name: two images with one of a name share it. */
  readonly layers: readonly Layer[];
}

interface Layer {
  readonly name: string;
  readonly kilobytes: number;
  readonly createdBy: string;
}

export interface ChartOptions {
  readonly name: string;
  readonly version: string;
  /** `Chart.yaml`, with what else there is than the name and the version. */
  readonly metadata: object;
  readonly values: string;
  readonly readme: string;
}

/** Something that belongs to another artifact: a signature, an SBOM. */
export interface ReferrerOptions {
  readonly artifactType: string;
  readonly content: string;
  readonly contentType: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface Images {
  /** Whole name of the repository, `project/path`. */
  pushImage(repository: string, options: ImageOptions): Promise<Descriptor>;
  /** One image of each architecture, in an index with the tags. */
  pushIndex(
    repository: string,
    architectures: readonly string[],
    options: ImageOptions,
  ): Promise<Descriptor>;
  pushChart(repository: string, options: ChartOptions): Promise<Descriptor>;
  pushReferrer(repository: string, subject: Descriptor, options: ReferrerOptions): Promise<void>;
  pushManifest(repository: string, manifest: object, tag: string): Promise<Descriptor>;
  pushBlob(repository: string, mediaType: string, bytes: Buffer | string): Promise<Descriptor>;
}

const OCI = 'application/vnd.oci';
const MANIFEST = `${OCI}.image.manifest.v1+json`;

/** Pushes what is made here, as clients of the distribution API do. */
export function createImages(place: { readonly url: string; readonly password: string }): Images {
  const repositories = new Map<string, OciRequests>();
  function requestsOf(repository: string): OciRequests {
    const known = repositories.get(repository);
    const requests = known ?? createOciRequests(useRegistry(place.url, place.password), repository);
    repositories.set(repository, requests);
    return requests;
  }

  async function pushUntagged(repository: string, options: ImageOptions): Promise<Descriptor> {
    const requests = requestsOf(repository);
    const layers: Descriptor[] = [];
    for (const { name, kilobytes } of options.layers) {
      const bytes = bytesOf(name, kilobytes * 1024);
      layers.push(await requests.pushBlob(`${OCI}.image.layer.v1.tar+gzip`, bytes));
    }
    const config = JSON.stringify(configOf(options, layers));
    return requests.pushManifest({
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: await requests.pushBlob(`${OCI}.image.config.v1+json`, config),
      layers,
      ...(options.annotations !== undefined && { annotations: options.annotations }),
    });
  }

  async function tag(repository: string, manifest: object, tags: readonly string[]) {
    const [first = 'latest', ...others] = tags;
    const query = others.map((name, index) => `${index === 0 ? '?' : '&'}tag=${name}`).join('');
    return requestsOf(repository).pushManifest(manifest, `${first}${query}`);
  }

  return {
    async pushImage(repository, options) {
      const { digest } = await pushUntagged(repository, options);
      const response = await requestsOf(repository).send('GET', `manifests/${digest}`, {
        headers: { accept: MANIFEST },
      });
      const manifest: unknown = await response.json();
      return tag(repository, Object(manifest), options.tags);
    },
    async pushIndex(repository, architectures, options) {
      const manifests = [];
      for (const architecture of architectures) {
        const layers = options.layers.map((layer) => ({
          ...layer,
          name: `${layer.name} ${architecture}`,
        }));
        const image = await pushUntagged(repository, { ...options, architecture, layers });
        const { mediaType, digest, size } = image;
        manifests.push({ mediaType, digest, size, platform: { os: 'linux', architecture } });
      }
      const mediaType = `${OCI}.image.index.v1+json`;
      const { annotations } = options;
      const index = { schemaVersion: 2, mediaType, manifests, ...(annotations && { annotations }) };
      return tag(repository, index, options.tags);
    },
    async pushChart(repository, { name, version, metadata, values, readme }) {
      // JSON is YAML.
      const yaml = JSON.stringify({ apiVersion: 'v2', name, version, ...metadata });
      const files = { 'Chart.yaml': yaml, 'values.yaml': values, 'README.md': readme };
      const entries = Object.entries(files).map(
        ([path, text]) => [`${name}/${path}`, Buffer.from(text)] as const,
      );
      const archive = gzipSync(createTar(new Map(entries)));
      const requests = requestsOf(repository);
      const media = 'application/vnd.cncf.helm';
      return requests.pushManifest(
        {
          schemaVersion: 2,
          mediaType: MANIFEST,
          config: await requests.pushBlob(`${media}.config.v1+json`, yaml),
          layers: [await requests.pushBlob(`${media}.chart.content.v1.tar+gzip`, archive)],
        },
        version,
      );
    },
    async pushReferrer(repository, { mediaType, digest, size }, options) {
      const requests = requestsOf(repository);
      await requests.pushManifest({
        schemaVersion: 2,
        mediaType: MANIFEST,
        artifactType: options.artifactType,
        config: await requests.pushBlob(`${OCI}.empty.v1+json`, '{}'),
        layers: [await requests.pushBlob(options.contentType, options.content)],
        subject: { mediaType, digest, size },
        ...(options.annotations !== undefined && { annotations: options.annotations }),
      });
    },
    pushManifest: (repository, manifest, name) => tag(repository, manifest, [name]),
    pushBlob: (repository, mediaType, bytes) => requestsOf(repository).pushBlob(mediaType, bytes),
  };
}

function configOf(options: ImageOptions, layers: readonly Descriptor[]): object {
  const { architecture = 'amd64', created = '2026-01-05T09:30:00Z', author } = options;
  return {
    os: 'linux',
    architecture,
    created,
    ...(author !== undefined && { author }),
    config: {
      User: 'node',
      WorkingDir: '/app',
      Env: options.env ?? ['PATH=/usr/local/bin:/usr/bin:/bin', 'NODE_ENV=production'],
      Entrypoint: ['node'],
      Cmd: ['server.js'],
      ExposedPorts: { '8080/tcp': {} },
      ...(options.labels !== undefined && { Labels: options.labels }),
    },
    rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
    history: options.layers.map(({ createdBy }) => ({ created, created_by: createdBy })),
  };
}

/** As good as random, and the same for the same name, so that digests stay. */
function bytesOf(name: string, length: number): Buffer {
  const key = createHash('sha256').update(name).digest();
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length));
}
