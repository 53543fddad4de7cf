import {
  type Descriptor,
  type Digest,
  digestAlgorithm,
  digestOf,
  type Manifest,
  OciError,
  parseManifest,
  type Reference,
  referencedBlobs,
  referencedManifests,
} from '@berth/oci';
import { isForeignKeyViolation } from '../db/index.ts';
import { followUp } from '../lib/index.ts';
import type { ArtifactContent, ArtifactRepository, NewArtifact } from './artifact.repository.ts';
import type { BlobRepository } from './blob.repository.ts';
import type { ContentCache } from './content-cache.ts';
import type { Invalidation } from './invalidation.ts';
import type { RepositoryDirectory } from './repository-directory.ts';
import type { TagRepository } from './tag.repository.ts';

/** A manifest as it is served: bytes, and the headers that go with them, made once. */
export interface StoredManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly content: Buffer;
  /**
   * The same bytes, a character each, of manifests that are small: Node sends a latin1 text in
   * one piece with its headers, and a buffer apart from them.
   */
  readonly latin1: string | undefined;
  /** Flat name, value list, ready for `writeHead`. */
  readonly headers: readonly string[];
}

export interface PutManifest {
  readonly repository: string;
  readonly projectId: number;
  readonly reference: Reference;
  /** Further tags to move (distribution spec 1.2, end-7b). */
  readonly tags: readonly string[];
  readonly contentType: string | undefined;
  readonly content: Buffer;
}

export interface ManifestsService {
  /** From memory, without waiting; `name` is a tag or a digest. */
  peek(repository: string, name: string): StoredManifest | undefined;
  find(repository: string, reference: Reference): Promise<StoredManifest | undefined>;
  /**
   * Stores a manifest and moves its tags; durable when it resolves.
   *
   * @throws OciError MANIFEST_INVALID, MANIFEST_BLOB_UNKNOWN, DIGEST_INVALID, SIZE_INVALID,
   * UNSUPPORTED, NAME_UNKNOWN
   */
  put(request: PutManifest): Promise<{ digest: Digest; subject: Digest | undefined }>;
  /** Deletes a tag, or a manifest with all its tags. @throws OciError MANIFEST_UNKNOWN */
  delete(repository: string, reference: Reference): Promise<void>;
}

export interface ManifestsPorts {
  readonly artifacts: ArtifactRepository;
  readonly blobs: BlobRepository;
  readonly tags: TagRepository;
  readonly repositories: RepositoryDirectory;
  readonly cache: ContentCache<StoredManifest>;
  readonly invalidation: Invalidation;
}

const MAX_LATIN1_BYTES = 32 * 1024;

export function createManifestsService(ports: ManifestsPorts): ManifestsService {
  return new Manifests(ports);
}

class Manifests implements ManifestsService {
  readonly #ports: ManifestsPorts;

  constructor(ports: ManifestsPorts) {
    this.#ports = ports;
  }

  peek(repository: string, name: string): StoredManifest | undefined {
    return this.#ports.cache.peek(repository, name);
  }

  find(repository: string, reference: Reference): Promise<StoredManifest | undefined> {
    const { artifacts, cache } = this.#ports;
    if ('tag' in reference) {
      const { tag } = reference;
      return cache.find(repository, tag, async () =>
        prepare(await artifacts.findByTag(repository, tag)),
      );
    }
    const { digest } = reference;
    return cache.find(repository, digest, async () =>
      prepare(await artifacts.findByDigest(repository, digest)),
    );
  }

  async put({ repository, projectId, reference, tags, contentType, content }: PutManifest) {
    const digest = verifiedDigest(reference, content);
    const manifest = parseManifest(content, contentType);
    const repositoryId = await this.#ports.repositories.ensureId(repository, projectId);
    await this.#checkReferences(repositoryId, manifest);
    const moved = 'tag' in reference ? [reference.tag, ...tags] : tags;
    const artifact = { repositoryId, digest, content, tags: moved, ...describe(manifest) };
    await followUp(
      () => this.#store(artifact),
      () => this.#ports.invalidation.manifests(repository, [digest, ...moved]),
    );
    return { digest, subject: manifest.subject?.digest };
  }

  async delete(repository: string, reference: Reference): Promise<void> {
    const { artifacts, tags, repositories, invalidation } = this.#ports;
    const repositoryId = await repositories.getId(repository);
    const deleted =
      'tag' in reference
        ? await followUp(
            () => tags.delete(repositoryId, reference.tag),
            () => invalidation.manifests(repository, [reference.tag]),
          )
        : await followUp(
            () => artifacts.delete(repositoryId, reference.digest),
            // Its tags go with it, and nobody lists them.
            () => invalidation.repository(repository),
          );
    if (!deleted) throw new OciError('MANIFEST_UNKNOWN');
  }

  /** Every blob must be in the repository, and as large as its descriptor says. */
  async #checkReferences(repositoryId: number, manifest: Manifest): Promise<void> {
    const needed = referencedBlobs(manifest);
    const children = referencedManifests(manifest);
    const [blobSizes, childSizes] = await Promise.all([
      this.#ports.blobs.listSizes(repositoryId, digestsOf(needed)),
      this.#ports.artifacts.listSizes(repositoryId, digestsOf(children)),
    ]);
    const missing = digestsOf(needed).filter((digest) => !blobSizes.has(digest));
    if (missing.length > 0) {
      throw new OciError(
        'MANIFEST_BLOB_UNKNOWN',
        `push these blobs to the repository first: ${missing.join(', ')}`,
        { detail: missing.map((digest) => ({ digest })) },
      );
    }
    // An index may be sparse: children that are not here are not checked.
    checkSizes(needed, blobSizes);
    checkSizes(children, childSizes);
  }

  async #store(artifact: NewArtifact): Promise<void> {
    try {
      if (await this.#ports.artifacts.put(artifact)) return;
    } catch (error) {
      if (!isForeignKeyViolation(error)) throw error;
      // Another request deleted it between the check and the statement that needs it.
      throw new OciError(
        'MANIFEST_BLOB_UNKNOWN',
        'a blob was deleted during the push; push it again',
      );
    }
    throw new OciError(
      'MANIFEST_INVALID',
      `${artifact.digest} is stored with another media type, which a push cannot change`,
    );
  }
}

/** What the rows keep of a manifest beside its bytes. */
function describe(manifest: Manifest) {
  return {
    mediaType: manifest.mediaType,
    artifactType: manifest.artifactType,
    subject: manifest.subject?.digest,
    annotations: manifest.annotations,
    blobs: digestsOf(referencedBlobs(manifest)),
    children: digestsOf(referencedManifests(manifest)),
  };
}

function digestsOf(descriptors: readonly Descriptor[]): Digest[] {
  return descriptors.map(({ digest }) => digest);
}

function checkSizes(descriptors: readonly Descriptor[], sizes: ReadonlyMap<string, number>): void {
  for (const { digest, size } of descriptors) {
    const actual = sizes.get(digest) ?? size;
    if (actual === size) continue;
    throw new OciError(
      'MANIFEST_INVALID',
      `the descriptor of ${digest} says ${size} bytes, but it has ${actual}`,
    );
  }
}

function verifiedDigest(reference: Reference, content: Buffer): Digest {
  if ('tag' in reference) return digestOf(content);
  const actual = digestOf(content, digestAlgorithm(reference.digest));
  if (actual === reference.digest) return actual;
  throw new OciError('DIGEST_INVALID', `the manifest's digest is ${actual}`);
}

function prepare(artifact: ArtifactContent | undefined): StoredManifest | undefined {
  if (artifact === undefined) return undefined;
  const { digest, mediaType, content } = artifact;
  return {
    digest,
    mediaType,
    content,
    latin1: content.length <= MAX_LATIN1_BYTES ? content.toString('latin1') : undefined,
    headers: [
      'Content-Type',
      mediaType,
      'Content-Length',
      String(content.length),
      'Docker-Content-Digest',
      digest,
      'Docker-Distribution-Api-Version',
      'registry/2.0',
      'ETag',
      `"${digest}"`,
      'X-Content-Type-Options',
      'nosniff',
    ],
  };
}
