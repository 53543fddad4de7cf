import {
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
import type { ArtifactContent, ArtifactRepository } from './artifact.repository.ts';
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

export function createManifestsService(ports: ManifestsPorts): ManifestsService {
  const { artifacts, blobs, repositories, cache, invalidation } = ports;

  function load(repository: string, reference: Reference) {
    return 'tag' in reference
      ? artifacts.findByTag(repository, reference.tag)
      : artifacts.findByDigest(repository, reference.digest);
  }

  /** Every blob must be in the repository, and as large as its descriptor says. */
  async function checkReferences(repositoryId: number, manifest: Manifest): Promise<void> {
    const needed = referencedBlobs(manifest);
    const children = referencedManifests(manifest);
    const [blobSizes, childSizes] = await Promise.all([
      blobs.listSizes(
        repositoryId,
        needed.map(({ digest }) => digest),
      ),
      artifacts.listSizes(
        repositoryId,
        children.map(({ digest }) => digest),
      ),
    ]);
    const missing = needed.filter(({ digest }) => !blobSizes.has(digest));
    if (missing.length > 0) {
      throw new OciError(
        'MANIFEST_BLOB_UNKNOWN',
        `push these blobs to the repository first: ${missing.map(({ digest }) => digest).join(', ')}`,
        { detail: missing.map(({ digest }) => ({ digest })) },
      );
    }
    // An index may be sparse: children that are not here are not checked.
    for (const { digest, size } of [...needed, ...children]) {
      const actual = blobSizes.get(digest) ?? childSizes.get(digest) ?? size;
      if (actual !== size) {
        throw new OciError(
          'MANIFEST_INVALID',
          `the descriptor of ${digest} says ${size} bytes, but it has ${actual}`,
        );
      }
    }
  }

  return {
    peek: cache.peek,
    find: (repository, reference) =>
      cache.find(repository, 'tag' in reference ? reference.tag : reference.digest, async () => {
        const row = await load(repository, reference);
        return row && prepare(row);
      }),
    async put({ repository, projectId, reference, tags, contentType, content }) {
      const digest = verifiedDigest(reference, content);
      const manifest = parseManifest(content, contentType);
      const repositoryId = await repositories.ensureId(repository, projectId);
      await checkReferences(repositoryId, manifest);
      const allTags = 'tag' in reference ? [reference.tag, ...tags] : tags;
      const stored = await storeOrExplain(() =>
        artifacts.put({
          repositoryId,
          digest,
          mediaType: manifest.mediaType,
          content,
          artifactType: manifest.artifactType,
          subject: manifest.subject?.digest,
          annotations: manifest.annotations,
          blobs: referencedBlobs(manifest).map((descriptor) => descriptor.digest),
          children: referencedManifests(manifest).map((descriptor) => descriptor.digest),
          tags: allTags,
        }),
      );
      if (!stored) {
        throw new OciError(
          'MANIFEST_INVALID',
          `${digest} is stored with another media type, which a push cannot change`,
        );
      }
      await invalidation.manifests(repository, [digest, ...allTags]);
      return { digest, subject: manifest.subject?.digest };
    },
    async delete(repository, reference) {
      const repositoryId = await repositories.getId(repository);
      if ('tag' in reference) {
        const deleted = await ports.tags.delete(repositoryId, reference.tag);
        if (!deleted) throw new OciError('MANIFEST_UNKNOWN');
        await invalidation.manifests(repository, [reference.tag]);
        return;
      }
      const deleted = await artifacts.delete(repositoryId, reference.digest);
      if (!deleted) throw new OciError('MANIFEST_UNKNOWN');
      // Its tags went with it, and nobody listed them.
      await invalidation.repository(repository);
    },
  };
}

function verifiedDigest(reference: Reference, content: Buffer): Digest {
  if ('tag' in reference) return digestOf(content);
  const actual = digestOf(content, digestAlgorithm(reference.digest));
  if (actual === reference.digest) return actual;
  throw new OciError('DIGEST_INVALID', `the manifest's digest is ${actual}`);
}

/** Another request may delete a blob between the check and the statement that needs it. */
async function storeOrExplain<T>(store: () => Promise<T>): Promise<T> {
  try {
    return await store();
  } catch (error) {
    if (isForeignKeyViolation(error)) {
      throw new OciError(
        'MANIFEST_BLOB_UNKNOWN',
        'a blob was deleted during the push; push it again',
      );
    }
    throw error;
  }
}

function prepare({ digest, mediaType, content }: ArtifactContent): StoredManifest {
  return {
    digest,
    mediaType,
    content,
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
