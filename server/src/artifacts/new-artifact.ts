import {
  type Descriptor,
  type Digest,
  type Manifest,
  parseDigest,
  referencedBlobs,
  referencedManifests,
} from '@berth/oci';
import type { Actor } from './actor.ts';
import type { Accessory, ArtifactSize, NewArtifact } from './artifact.repository.ts';
import { accessoryTypeOf, artifactTypeOf, findCosignSubject } from './artifact-type.ts';

/** Where an artifact is stored, and for whom. */
export interface Placement {
  readonly repository: string;
  readonly repositoryId: number;
  readonly projectId: number;
  readonly tags: readonly string[];
  readonly immutableTags: ReadonlySet<string>;
  readonly actor: Actor;
}

/** The record of a manifest. @param children what of the listed manifests is in the repository */
export function describeArtifact(
  { digest, content }: { digest: Digest; content: Buffer },
  manifest: Manifest,
  children: ReadonlyMap<string, ArtifactSize>,
  { repository, ...place }: Placement,
): NewArtifact {
  const { type, configMediaType } = artifactTypeOf(manifest);
  const { name: operator, requestId } = place.actor;
  const { projectId, tags } = place;
  return {
    ...place,
    digest,
    content,
    type,
    configMediaType,
    mediaType: manifest.mediaType,
    artifactType: manifest.artifactType,
    subject: manifest.subject?.digest,
    annotations: manifest.annotations,
    totalSize: totalSize(content.length, manifest, children),
    accessory: accessoryOf(manifest, tags),
    blobs: digestsOf(referencedBlobs(manifest)),
    children: referencedManifests(manifest),
    event: { type: 'PUSH_ARTIFACT', projectId, repository, digest, tags, operator, requestId },
  };
}

export function digestsOf(descriptors: readonly Descriptor[]): Digest[] {
  return descriptors.map(({ digest }) => digest);
}

/** Bytes of the manifest and of everything it refers to, layers that are elsewhere too. */
function totalSize(
  length: number,
  { config, layers, manifests }: Manifest,
  children: ReadonlyMap<string, ArtifactSize>,
): number {
  const blobs = config === undefined ? layers : [config, ...layers];
  const sizes = [
    ...blobs.map(({ size }) => size),
    ...manifests.map(({ digest }) => children.get(digest)?.totalSize ?? 0),
  ];
  return Math.min(
    Number.MAX_SAFE_INTEGER,
    sizes.reduce((sum, size) => sum + size, length),
  );
}

/** By `subject`, or by the tag that cosign gives its signatures. */
function accessoryOf(manifest: Manifest, tags: readonly string[]): Accessory | undefined {
  const type = accessoryTypeOf(manifest);
  if (manifest.subject !== undefined && type !== undefined) {
    return { of: manifest.subject.digest, type };
  }
  const signed = tags.map((tag) => findCosignSubject(tag, manifest)).find((it) => it !== undefined);
  return signed === undefined ? undefined : { of: parseDigest(signed), type: 'signature.cosign' };
}
