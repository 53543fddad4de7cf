import { type Digest, digestOf, mediaType } from '@berth/oci';
import { contentOf, type Random } from './random.ts';
import { createTagWatch, type TagWatch } from './tag-watch.ts';

export interface BlobItem {
  readonly digest: Digest;
  readonly size: number;
  /** For `contentOf`. */
  readonly seed: string;
}

export interface Image {
  readonly digest: Digest;
  readonly bytes: Buffer;
  readonly blobs: readonly BlobItem[];
}

/** Everything that clients have ever tried to push, by repository. */
export interface World {
  readonly repositories: readonly string[];
  readonly tags: readonly string[];
  readonly tagging: TagWatch;
  /** Whether pushes to the repository may be refused for its project's quota. */
  isLimited(repository: string): boolean;
  blobs(repository: string): Map<string, BlobItem>;
  images(repository: string): Map<string, Image>;
  createBlob(random: Random, low: number, high: number): BlobItem;
  createImage(config: BlobItem, layers: readonly BlobItem[]): Image;
  remember(repository: string, item: { readonly blob: BlobItem } | { readonly image: Image }): void;
}

export const CRASH_PROJECT = 'crash';
/** One with a quota. */
export const LIMITED_PROJECT = 'tight';

const plain = ['a', 'b', 'c/deep'].map((name) => `${CRASH_PROJECT}/${name}`);
const limited = ['a', 'b/deep'].map((name) => `${LIMITED_PROJECT}/${name}`);

export function createWorld(
  seed: string,
  options: { withLimited?: boolean; repositories?: readonly string[] } = {},
): World {
  const own = options.repositories ?? plain;
  const repositories = options.withLimited === true ? [...own, ...limited] : own;
  const tags = Array.from({ length: 12 }, (_, index) => `t${index}`);
  const blobs = new Map(repositories.map((name) => [name, new Map<string, BlobItem>()]));
  const images = new Map(repositories.map((name) => [name, new Map<string, Image>()]));
  let made = 0;
  return {
    repositories,
    tags,
    tagging: createTagWatch(),
    isLimited: (repository) => repository.startsWith(`${LIMITED_PROJECT}/`),
    blobs: (repository) => blobs.get(repository) ?? new Map(),
    images: (repository) => images.get(repository) ?? new Map(),
    createBlob(random, low, high) {
      made += 1;
      const name = `${seed}/${made}`;
      const size = random.size(low, high);
      return { digest: digestOf(contentOf(name, size)), size, seed: name };
    },
    createImage(config, layers) {
      const bytes = Buffer.from(
        JSON.stringify({
          schemaVersion: 2,
          mediaType: mediaType.ociManifest,
          config: descriptorOf(mediaType.ociConfig, config),
          layers: layers.map((layer) => descriptorOf(mediaType.ociLayerGzip, layer)),
        }),
      );
      return { digest: digestOf(bytes), bytes, blobs: [config, ...layers] };
    },
    remember(repository, item) {
      if ('blob' in item) blobs.get(repository)?.set(item.blob.digest, item.blob);
      else images.get(repository)?.set(item.image.digest, item.image);
    },
  };
}

function descriptorOf(type: string, { digest, size }: BlobItem) {
  return { mediaType: type, digest, size };
}
