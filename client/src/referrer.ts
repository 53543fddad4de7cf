import { type Digest, isDigest, type ReferrerDescriptor } from '@berth/oci';
import type { CallOptions } from './blob-upload.ts';
import { collect, eachItem } from './page.ts';
import { pullScopes, repositoryPath } from './repository-path.ts';
import type { Transport } from './transport.ts';

export interface ReferrerOptions extends CallOptions {
  readonly artifactType?: string;
  /** Page size; the spec gives the client no word in it, our registry does. */
  readonly n?: number;
}

/** Throws RegistryError; 404 means that the registry has no referrers API. */
export interface ReferrerApi {
  referrerEach(
    repository: string,
    subject: Digest,
    options?: ReferrerOptions,
  ): AsyncGenerator<ReferrerDescriptor, void, void>;
  referrerList(
    repository: string,
    subject: Digest,
    options?: ReferrerOptions,
  ): Promise<ReferrerDescriptor[]>;
}

/**
 * Referrers (distribution spec, "Listing Referrers"), filtered here too, as a registry need not.
 */
export function createReferrerApi(transport: Transport): ReferrerApi {
  async function* referrerEach(
    repository: string,
    subject: Digest,
    { artifactType, n, signal }: ReferrerOptions = {},
  ) {
    const request = {
      target: repositoryPath(repository, `referrers/${subject}`),
      query: { artifactType, n },
      scopes: pullScopes(repository),
    };
    for await (const referrer of eachItem(transport, request, parseReferrers, signal)) {
      if (artifactType === undefined || referrer.artifactType === artifactType) yield referrer;
    }
  }

  return {
    referrerEach,
    referrerList: (repository, subject, options) =>
      collect(referrerEach(repository, subject, options)),
  };
}

/** The descriptors of a referrers list; undefined when it is not one. */
export function parseReferrers(body: unknown): ReferrerDescriptor[] | undefined {
  if (typeof body !== 'object' || body === null || !('manifests' in body)) return undefined;
  if (!Array.isArray(body.manifests)) return undefined;
  const items: unknown[] = body.manifests;
  const referrers = items.map(parseReferrer);
  return referrers.every((referrer) => referrer !== undefined) ? referrers : undefined;
}

function parseReferrer(value: unknown): ReferrerDescriptor | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (!('mediaType' in value && 'digest' in value && 'size' in value)) return undefined;
  const { mediaType, digest, size } = value;
  if (typeof mediaType !== 'string' || typeof size !== 'number') return undefined;
  if (typeof digest !== 'string' || !isDigest(digest)) return undefined;
  const annotations = 'annotations' in value ? parseAnnotations(value.annotations) : undefined;
  return {
    mediaType,
    digest,
    size,
    ...('artifactType' in value &&
      typeof value.artifactType === 'string' && { artifactType: value.artifactType }),
    ...(annotations && { annotations }),
  };
}

function parseAnnotations(value: unknown): Record<string, string> | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const pairs: [string, unknown][] = Object.entries(value);
  return Object.fromEntries(
    pairs.filter((pair): pair is [string, string] => typeof pair[1] === 'string'),
  );
}
