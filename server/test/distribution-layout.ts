import { randomBytes } from 'node:crypto';
import { mkdir, rm, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Digest, digestAlgorithm, digestEncoded, digestOf, mediaType } from '@berth/oci';

export interface LaidOut {
  readonly digest: Digest;
  readonly size: number;
}

export interface LaidOutImage extends LaidOut {
  readonly content: Buffer;
  readonly config: LaidOut;
  readonly layer: LaidOut;
}

export interface LayOptions {
  readonly tags?: readonly string[];
  /** Over the fields of the manifest; undefined leaves one out. */
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly layer?: LaidOut;
  readonly pushedAt?: Date;
}

/** Writes what a distribution's storage holds, as its pushes leave it. */
export class DistributionLayout {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  repositoryPath(repository: string, ...rest: string[]): string {
    return join(this.root, 'docker/registry/v2/repositories', repository, ...rest);
  }

  blobPath(digest: Digest): string {
    const hex = digestEncoded(digest);
    const algorithm = digestAlgorithm(digest);
    return join(this.root, 'docker/registry/v2/blobs', algorithm, hex.slice(0, 2), hex, 'data');
  }

  async blob(bytes: Buffer = randomBytes(200)): Promise<LaidOut> {
    const digest = digestOf(bytes);
    await put(this.blobPath(digest), bytes);
    return { digest, size: bytes.length };
  }

  async image(repository: string, options: LayOptions = {}): Promise<LaidOutImage> {
    const config = await this.blob();
    const layer = options.layer ?? (await this.blob());
    const laid = await this.manifest(repository, options, {
      mediaType: mediaType.ociManifest,
      config: { mediaType: mediaType.ociConfig, ...only(config) },
      layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', ...only(layer) }],
    });
    for (const blob of [config, layer]) {
      await this.link(repository, ['_layers', ...blob.digest.split(':')], blob.digest);
    }
    return { ...laid, config, layer };
  }

  index(repository: string, children: readonly LaidOut[], options: LayOptions = {}) {
    const manifests = children.map((child, at) => ({
      mediaType: mediaType.ociManifest,
      ...only(child),
      platform: { os: 'linux', architecture: at === 0 ? 'amd64' : 'arm64' },
    }));
    return this.manifest(repository, options, { mediaType: mediaType.ociIndex, manifests });
  }

  async manifest(
    repository: string,
    { tags = [], fields = {}, pushedAt }: LayOptions,
    document: object,
  ): Promise<LaidOut & { readonly content: Buffer }> {
    const content = Buffer.from(JSON.stringify({ schemaVersion: 2, ...document, ...fields }));
    const blob = await this.blob(content);
    await this.revision(repository, blob.digest, pushedAt);
    for (const tag of tags) await this.tag(repository, tag, blob.digest, pushedAt);
    return { ...blob, content };
  }

  revision(repository: string, digest: Digest, pushedAt?: Date): Promise<void> {
    const parts = ['_manifests', 'revisions', ...digest.split(':')];
    return this.link(repository, parts, digest, pushedAt);
  }

  async tag(repository: string, tag: string, digest: Digest, pushedAt?: Date): Promise<void> {
    const base = ['_manifests', 'tags', tag];
    await this.link(repository, [...base, 'current'], digest, pushedAt);
    await this.link(repository, [...base, 'index', ...digest.split(':')], digest, pushedAt);
  }

  /** What a DELETE leaves: the revision's directory without its link, and no tags. */
  async deleteManifest(repository: string, digest: Digest, tags: readonly string[]): Promise<void> {
    const parts = ['_manifests', 'revisions', ...digest.split(':'), 'link'];
    await rm(this.repositoryPath(repository, ...parts));
    for (const tag of tags) {
      await rm(this.repositoryPath(repository, '_manifests', 'tags', tag), { recursive: true });
    }
  }

  async link(
    repository: string,
    parts: readonly string[],
    content: string,
    modifiedAt?: Date,
  ): Promise<void> {
    const path = this.repositoryPath(repository, ...parts, 'link');
    await put(path, content);
    if (modifiedAt !== undefined) await utimes(path, modifiedAt, modifiedAt);
  }
}

function only({ digest, size }: LaidOut): LaidOut {
  return { digest, size };
}

async function put(path: string, content: Buffer | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}
