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
import type { Actor } from './actor.ts';
import type { ArtifactContent, ArtifactRepository, ArtifactSize } from './artifact.repository.ts';
import type { BlobRepository } from './blob.repository.ts';
import type { ContentCache } from './content-cache.ts';
import type { ImmutableAmong } from './immutable-tags.ts';
import type { Invalidation } from './invalidation.ts';
import { describeArtifact, digestsOf, type Placement } from './new-artifact.ts';
import type { RemovalService } from './removal.service.ts';
import { linkWithin, type RepositoryDirectory } from './repository-directory.ts';
import type { Room } from './room.ts';
import type { TrashRepository } from './trash.repository.ts';

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
  readonly actor: Actor;
}

/** What is to be deleted through `/v2`. */
export interface DeleteManifest {
  readonly repository: string;
  readonly reference: Reference;
  readonly actor: Actor;
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
   * @throws AppError precondition for a tag that may not move, refused beyond the quota
   */
  put(request: PutManifest): Promise<{ digest: Digest; subject: Digest | undefined }>;
  /**
   * Deletes a tag, or a manifest with its tags, accessories and dangling children.
   *
   * @throws OciError NAME_UNKNOWN, MANIFEST_UNKNOWN
   * @throws AppError precondition when an index lists it or a tag is immutable
   */
  delete(request: DeleteManifest): Promise<void>;
}

export interface ManifestsPorts {
  readonly artifacts: ArtifactRepository;
  readonly blobs: BlobRepository;
  readonly removal: RemovalService;
  readonly trash: Pick<TrashRepository, 'listHeld' | 'relinkBlobs'>;
  readonly room: Room;
  readonly immutableAmong: ImmutableAmong;
  readonly repositories: RepositoryDirectory;
  readonly cache: ContentCache<StoredManifest>;
  readonly invalidation: Invalidation;
  /** Told of a manifest whose bytes in the database are not those of its digest. */
  readonly onDamaged?: ((repository: string, digest: Digest) => void) | undefined;
}

const MAX_LATIN1_BYTES = 32 * 1024;
/** Deletions that may take a push's blobs away again before it has them. */
const MAX_RELINKS = 3;

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
        this.#prepare(repository, await artifacts.findByTag(repository, tag)),
      );
    }
    const { digest } = reference;
    return cache.find(repository, digest, async () =>
      this.#prepare(repository, await artifacts.findByDigest(repository, digest)),
    );
  }

  /** A damaged manifest is as good as none: so the next push of it is not skipped, and heals it. */
  #prepare(repository: string, artifact: ArtifactContent | undefined): StoredManifest | undefined {
    if (artifact === undefined) return undefined;
    const { digest, content } = artifact;
    if (digestOf(content, digestAlgorithm(digest)) === digest) return prepare(artifact);
    this.#ports.onDamaged?.(repository, digest);
    return undefined;
  }

  async put(request: PutManifest) {
    const { repository, projectId, reference, tags, contentType, content, actor } = request;
    const digest = verifiedDigest(reference, content);
    const manifest = parseManifest(content, contentType);
    const moved = 'tag' in reference ? [reference.tag, ...tags] : tags;
    const immutableTags = await this.#ports.immutableAmong(projectId, repository, moved);
    const place = { repository, projectId, tags: moved, immutableTags, actor };
    try {
      await linkWithin(this.#ports.repositories, place, (repositoryId) =>
        this.#store({ digest, content }, manifest, { ...place, repositoryId }),
      );
    } catch (error) {
      if (!isForeignKeyViolation(error)) throw error;
      throw new OciError(
        'MANIFEST_BLOB_UNKNOWN',
        'a blob was deleted during the push; push it again',
      );
    }
    return { digest, subject: manifest.subject?.digest };
  }

  async delete({ repository, reference, actor }: DeleteManifest): Promise<void> {
    const { removal, repositories } = this.#ports;
    await repositories.getId(repository);
    const deleted =
      'tag' in reference
        ? await removal.deleteTag(repository, reference.tag, actor)
        : await removal.deleteArtifact(repository, reference.digest, actor);
    if (!deleted) throw new OciError('MANIFEST_UNKNOWN');
  }

  /**
   * Every blob must be in the repository, and as large as its descriptor says.
   *
   * @returns what of the listed manifests is in the repository
   */
  async #checkReferences(
    place: Placement,
    manifest: Manifest,
  ): Promise<ReadonlyMap<string, ArtifactSize>> {
    const needed = referencedBlobs(manifest);
    const listed = referencedManifests(manifest);
    const [blobs, children] = await Promise.all([
      this.#listBlobSizes(place, digestsOf(needed)),
      this.#ports.artifacts.listSizes(place.repositoryId, digestsOf(listed)),
    ]);
    const missing = digestsOf(needed).filter((digest) => !blobs.has(digest));
    if (missing.length > 0) {
      throw new OciError(
        'MANIFEST_BLOB_UNKNOWN',
        `push these blobs to the repository first: ${missing.join(', ')}`,
        { detail: missing.map((digest) => ({ digest })) },
      );
    }
    checkSizes(needed, (digest) => blobs.get(digest));
    // An index may be sparse: children that are not here are not checked.
    checkSizes(listed, (digest) => children.get(digest)?.size);
    return children;
  }

  /** With those that a deletion unlinked while they were pushed for this manifest. */
  async #listBlobSizes(
    place: Placement,
    digests: readonly Digest[],
  ): Promise<ReadonlyMap<string, number>> {
    const { blobs } = this.#ports;
    const { repositoryId } = place;
    let sizes = await blobs.listSizes(repositoryId, digests);
    for (let attempt = 0; attempt < MAX_RELINKS; attempt += 1) {
      const missing = digests.filter((digest) => !sizes.has(digest));
      if (missing.length === 0) break;
      await this.#relink(place, missing);
      // Also when the trash had none: an undeletion may have linked them before.
      sizes = await blobs.listSizes(repositoryId, digests);
    }
    return sizes;
  }

  /** Brings back what the trash holds, if there is room for it. */
  async #relink(
    { repository, repositoryId, projectId, tags, actor }: Placement,
    digests: readonly Digest[],
  ): Promise<void> {
    const { trash, room } = this.#ports;
    const held = await trash.listHeld(repository, digests);
    if (held.length === 0) return;
    const found = held.map(({ digest }) => digest);
    await room.within(projectId, held, { repository, tags, actor }, () =>
      trash.relinkBlobs(repository, repositoryId, found),
    );
  }

  /** Rejects with a foreign key violation when a blob, or the repository, is gone again. */
  async #store(
    { digest, content }: { digest: Digest; content: Buffer },
    manifest: Manifest,
    place: Placement,
  ): Promise<void> {
    const { artifacts, invalidation, room } = this.#ports;
    const { repository, projectId, tags, actor } = place;
    const children = await this.#checkReferences(place, manifest);
    const artifact = describeArtifact({ digest, content }, manifest, children, place);
    const part = { digest, size: content.length };
    const stored = await room.within(projectId, [part], { repository, tags, actor }, () =>
      followUp(
        () => artifacts.put(artifact),
        () => invalidation.manifests(repository, [digest, ...tags]),
      ),
    );
    if (stored) return;
    throw new OciError(
      'MANIFEST_INVALID',
      `${digest} is stored with another media type, which a push cannot change`,
    );
  }
}

function checkSizes(
  descriptors: readonly Descriptor[],
  sizeOf: (digest: Digest) => number | undefined,
): void {
  for (const { digest, size } of descriptors) {
    const actual = sizeOf(digest) ?? size;
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

function prepare({ digest, mediaType, content }: ArtifactContent): StoredManifest {
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
