import type { RegistryClient } from '@berth/client';
import { RegistryError } from '@berth/client';
import { type Digest, type Manifest, parseManifest } from '@berth/oci';
import { AppError } from '../../lib/index.ts';
import type { MigrationDestination } from './migration-destination.ts';
import {
  type MigrationSource,
  SHARED,
  type SourceNamespace,
  type SourceReference,
} from './migration-source.ts';

/** One repository at both ends. */
export interface RepositoryPair {
  readonly tenant: string;
  /** `tenant/namespace/repository`, or `library/repository`. */
  readonly label: string;
  readonly from: RepositoryEnd;
  readonly to: RepositoryEnd;
}

export interface RepositoryEnd {
  readonly client: RegistryClient;
  readonly name: string;
}

export interface ReadManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly manifest: Manifest;
}

export function pairOf(
  source: MigrationSource,
  destination: MigrationDestination,
  namespace: SourceNamespace,
  repository: string,
): RepositoryPair {
  const { tenant, name } = namespace;
  const images = source.images(tenant);
  const below = `${name}/${repository}`;
  return {
    tenant,
    label: tenant === SHARED ? below : `${tenant}/${below}`,
    from: { client: images.client, name: images.nameOf(namespace, repository) },
    to: { client: destination.images(tenant), name: below },
  };
}

export function itemOf({ label }: RepositoryPair, { tag, digest }: SourceReference): string {
  return tag === undefined ? `${label}@${digest}` : `${label}:${tag}`;
}

/** The digest that a reference has now. @throws AppError not-found when it is gone */
export async function resolveReference(
  { client, name }: RepositoryEnd,
  { tag, digest }: SourceReference,
  signal: AbortSignal,
): Promise<Digest> {
  if (digest !== undefined) return digest;
  const stat = await client.manifestFind(name, tag ?? '', { signal });
  if (stat === undefined) throw new AppError('not-found', 'it is gone from the source');
  return stat.digest ?? (await client.manifestGet(name, tag ?? '', { signal })).digest;
}

/** @returns undefined when it is not there. @throws OciError for bytes that are no manifest */
export async function readManifest(
  { client, name }: RepositoryEnd,
  digest: Digest,
  signal: AbortSignal,
): Promise<ReadManifest | undefined> {
  try {
    const { bytes, mediaType } = await client.manifestGet(name, digest, { signal });
    const manifest = parseManifest(bytes, mediaType);
    return { digest, mediaType: manifest.mediaType, bytes: new Uint8Array(bytes), manifest };
  } catch (error) {
    if (error instanceof RegistryError && error.status === 404) return undefined;
    throw error;
  }
}

/** Digests of what refers to a manifest; none where the registry has no such list. */
export async function listReferrers(
  { client, name }: RepositoryEnd,
  subject: Digest,
  signal: AbortSignal,
): Promise<Digest[]> {
  try {
    const referrers = await client.referrerList(name, subject, { signal });
    return referrers.map(({ digest }) => digest);
  } catch (error) {
    // 404 by the distribution spec; others answer an unknown route in ways of their own.
    if (error instanceof RegistryError && [400, 404, 405].includes(error.status)) return [];
    throw error;
  }
}
