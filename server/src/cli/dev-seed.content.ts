import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import {
  type Descriptor,
  type Digest,
  digestOf,
  mediaType,
  parseManifest,
  referencedBlobs,
} from '@berth/oci';
import { packTar } from 'modern-tar';

export interface MadeBlob {
  readonly digest: Digest;
  readonly content: Buffer;
}

export interface MadeChild {
  readonly digest: Digest;
  readonly platform: { readonly os: string; readonly architecture: string };
}

/** A manifest with all that its rows say of it. */
export interface MadeArtifact {
  readonly digest: Digest;
  readonly content: Buffer;
  readonly mediaType: string;
  /** As referrers have it. */
  readonly artifactType: string | undefined;
  readonly annotations: Readonly<Record<string, string>>;
  readonly type: string;
  readonly configMediaType: string;
  /** Bytes of the manifest and of all it refers to. */
  readonly totalSize: number;
  readonly subject: Digest | undefined;
  readonly accessoryType: string | undefined;
  readonly blobs: readonly Digest[];
  readonly children: readonly MadeChild[];
  readonly tags: readonly string[];
  /** Indexes of the project's labels. */
  readonly labels: readonly number[];
  readonly pushedAt: Date;
}

export interface MadeContent {
  readonly blobs: readonly MadeBlob[];
  readonly artifacts: readonly MadeArtifact[];
}

export interface MakerOptions {
  /** The whole name, `project/path`. */
  readonly repository: string;
  /** Another one gives other content. */
  readonly seed: number;
  readonly tags: number;
  readonly labels: number;
  readonly isChart: boolean;
  pushedAt(index: number): Date;
}

const IMAGE_CONFIG = 'application/vnd.oci.image.config.v1+json';
const IMAGE_LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip';
const CHART_CONFIG = 'application/vnd.cncf.helm.config.v1+json';
const CHART_LAYER = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip';
const EMPTY = 'application/vnd.oci.empty.v1+json';
const SIGNATURE = 'application/vnd.dev.cosign.artifact.sig.v1+json';
const EPOCH = new Date(0);
/** Images that share a layer, as the builds of one day do. */
const LAYER_SHARE = 10;
const INDEX_EVERY = 20;
const SIGNATURE_EVERY = 50;
const LABEL_EVERY = 3;

interface Layer extends MadeBlob {
  /** Of the archive before compression. */
  readonly diffId: Digest;
}

/**
 * Makes the content of one repository, artifact after artifact: images, of which every 50th is
 * signed, and for each 20th artifact an index of the two before it; or charts. The same options
 * make the same bytes.
 */
export class ContentMaker {
  readonly #options: MakerOptions;
  readonly #layers = new Map<string, Layer>();
  readonly #artifacts: MadeArtifact[] = [];
  readonly #blobs = new Map<Digest, MadeBlob>();
  /** The last two artifacts, which the next index may list. */
  #recent: MadeArtifact[] = [];

  constructor(options: MakerOptions) {
    this.#options = options;
  }

  /** The artifacts from `from` on, `count` of them and their signatures; in order, each once. */
  async make(from: number, count: number): Promise<MadeContent> {
    for (let index = from; index < from + count; index += 1) await this.#makeOne(index);
    const made = { blobs: [...this.#blobs.values()], artifacts: [...this.#artifacts] };
    this.#blobs.clear();
    this.#artifacts.length = 0;
    return made;
  }

  async #makeOne(index: number): Promise<void> {
    const isIndex = !this.#options.isChart && index % INDEX_EVERY === INDEX_EVERY - 1;
    const artifact = isIndex ? this.#makeIndex(index) : await this.#makeManifest(index);
    this.#artifacts.push(artifact);
    this.#recent = [...this.#recent.slice(-1), artifact];
    if (index % SIGNATURE_EVERY === 0) this.#artifacts.push(this.#makeSignature(artifact, index));
  }

  #makeManifest(index: number): Promise<MadeArtifact> {
    return this.#options.isChart ? this.#makeChart(index) : this.#makeImage(index);
  }

  async #makeImage(index: number): Promise<MadeArtifact> {
    const { repository, seed } = this.#options;
    const group = Math.floor(index / LAYER_SHARE);
    const base = await this.#layer(`etc/base-${group % 8}`, `${seed} base ${group % 8}`);
    const app = await this.#layer('app/bin', `${seed} ${repository} ${group}`);
    const revision = this.#hex(`revision ${index}`);
    const created = this.#options.pushedAt(index).toISOString();
    const config = this.#put({
      created,
      architecture: architectureOf(index),
      os: 'linux',
      config: { Cmd: ['/app/bin'], Env: [`REVISION=${revision}`] },
      rootfs: { type: 'layers', diff_ids: [base.diffId, app.diffId] },
      history: [{ created, created_by: 'COPY app/bin /app/bin' }],
    });
    const body = {
      schemaVersion: 2,
      mediaType: mediaType.ociManifest,
      config: describe(IMAGE_CONFIG, config),
      layers: [describe(IMAGE_LAYER, base), describe(IMAGE_LAYER, app)],
      annotations: {
        'org.opencontainers.image.created': created,
        'org.opencontainers.image.revision': revision,
        'org.opencontainers.image.source': `https://git.example.com/${repository}`,
        'org.opencontainers.image.version': versionOf(index),
      },
    };
    return this.#describe(body, { index, type: 'IMAGE', configMediaType: IMAGE_CONFIG });
  }

  async #makeChart(index: number): Promise<MadeArtifact> {
    const { repository, seed } = this.#options;
    const name = repository.slice(repository.lastIndexOf('/') + 1);
    const chart = {
      apiVersion: 'v2',
      name,
      version: versionOf(index),
      description: `Chart ${index} of ${name}, seed ${seed}`,
      type: 'application',
    };
    const config = this.#put(chart);
    const yaml = Object.entries(chart).map(([key, value]) => `${key}: ${value}\n`);
    const layer = await this.#layer(`${name}/Chart.yaml`, yaml.join(''));
    const body = {
      schemaVersion: 2,
      mediaType: mediaType.ociManifest,
      config: describe(CHART_CONFIG, config),
      layers: [describe(CHART_LAYER, layer)],
      annotations: {
        'org.opencontainers.image.description': chart.description,
        'org.opencontainers.image.title': name,
        'org.opencontainers.image.version': chart.version,
      },
    };
    return this.#describe(body, { index, type: 'CHART', configMediaType: CHART_CONFIG });
  }

  #makeIndex(index: number): MadeArtifact {
    const children = this.#recent.map((child, place) => ({
      digest: child.digest,
      platform: { os: 'linux', architecture: architectureOf(index - 2 + place) },
    }));
    const body = {
      schemaVersion: 2,
      mediaType: mediaType.ociIndex,
      manifests: this.#recent.map((child, place) => ({
        ...describe(child.mediaType, child),
        platform: children[place]?.platform,
      })),
      annotations: { 'org.opencontainers.image.version': versionOf(index) },
    };
    const childrenSize = this.#recent.reduce((sum, child) => sum + child.totalSize, 0);
    const made = this.#describe(body, {
      index,
      type: 'IMAGE',
      configMediaType: mediaType.ociIndex,
    });
    return { ...made, children, totalSize: made.content.length + childrenSize };
  }

  #makeSignature(subject: MadeArtifact, index: number): MadeArtifact {
    const config = this.#put({});
    const payload = this.#put({ critical: { image: { digest: subject.digest } } });
    const body = {
      schemaVersion: 2,
      mediaType: mediaType.ociManifest,
      artifactType: SIGNATURE,
      config: describe(EMPTY, config),
      layers: [describe('application/vnd.dev.cosign.simplesigning.v1+json', payload)],
      subject: describe(subject.mediaType, subject),
    };
    const made = this.#describe(body, { index, type: 'UNKNOWN', configMediaType: EMPTY });
    return { ...made, tags: [], labels: [], accessoryType: 'signature.cosign' };
  }

  #describe(
    body: object,
    of: { readonly index: number; readonly type: string; readonly configMediaType: string },
  ): MadeArtifact {
    const { tags, labels, pushedAt } = this.#options;
    const content = Buffer.from(JSON.stringify(body));
    // What a push would read out of it.
    const manifest = parseManifest(content, undefined);
    const needed = referencedBlobs(manifest);
    const digest = digestOf(content);
    return {
      digest,
      content,
      mediaType: manifest.mediaType,
      artifactType: manifest.artifactType,
      annotations: manifest.annotations,
      type: of.type,
      configMediaType: of.configMediaType,
      totalSize: needed.reduce((sum, { size }) => sum + size, content.length),
      subject: manifest.subject?.digest,
      accessoryType: undefined,
      blobs: needed.map((blob) => blob.digest),
      children: [],
      tags: tagsOf(digest, of.index, tags),
      labels: labels > 0 && of.index % LABEL_EVERY === 0 ? labelsOf(of.index, labels) : [],
      pushedAt: pushedAt(of.index),
    };
  }

  #put(value: object): MadeBlob {
    return this.#keep(Buffer.from(JSON.stringify(value)));
  }

  #keep(content: Buffer): MadeBlob {
    const blob = { digest: digestOf(content), content };
    this.#blobs.set(blob.digest, blob);
    return blob;
  }

  /** A compressed archive with one file; small, since it is kept in the database. */
  async #layer(name: string, text: string): Promise<Layer> {
    const known = this.#layers.get(text);
    if (known !== undefined) {
      this.#blobs.set(known.digest, known);
      return known;
    }
    const body = `${text}\n${createHash('sha512').update(text).digest('hex')}\n`;
    const header = { name, size: Buffer.byteLength(body), mtime: EPOCH };
    const archive = Buffer.from(await packTar([{ header, body }]));
    const layer = { ...this.#keep(gzipSync(archive)), diffId: digestOf(archive) };
    // Bases come again; what else came before does not.
    if (this.#layers.size > 2 * LAYER_SHARE) this.#layers.clear();
    this.#layers.set(text, layer);
    return layer;
  }

  /** 40 digits that depend on the seed, the repository and `text`. */
  #hex(text: string): string {
    const { seed, repository } = this.#options;
    return createHash('sha1').update(`${seed} ${repository} ${text}`).digest('hex');
  }
}

function describe(
  type: string,
  { digest, content }: { readonly digest: Digest; readonly content: Buffer },
): Pick<Descriptor, 'mediaType' | 'digest' | 'size'> {
  return { mediaType: type, digest, size: content.length };
}

function architectureOf(index: number): string {
  return index % 2 === 0 ? 'arm64' : 'amd64';
}

function versionOf(index: number): string {
  return `${Math.floor(index / 1000) + 1}.${Math.floor(index / 10) % 100}.${index % 10}`;
}

/** `count` names that nothing else in the repository has. */
function tagsOf(digest: Digest, index: number, count: number): string[] {
  const names = [versionOf(index), `sha-${digest.slice(7, 27)}`, `v${versionOf(index)}`];
  for (let extra = names.length; extra < count; extra += 1) names.push(`build-${index}-${extra}`);
  return names.slice(0, count);
}

function labelsOf(index: number, count: number): number[] {
  return [...new Set([index % count, (index * 7 + 1) % count])];
}
