import type { Digest } from './digest.ts';
import { mediaType } from './media-type.ts';

/** A manifest that names another one as its subject; size in bytes. */
export interface Referrer {
  mediaType: string;
  digest: Digest;
  size: number;
  artifactType?: string;
  annotations: Record<string, string>;
}

/** A descriptor of the referrers list on the wire. */
export interface ReferrerDescriptor {
  mediaType: string;
  digest: Digest;
  size: number;
  artifactType?: string;
  annotations?: Record<string, string>;
}

/** The answer of the referrers endpoint: an image index of descriptors. */
export interface ReferrersIndex {
  readonly schemaVersion: 2;
  readonly mediaType: typeof mediaType.ociIndex;
  readonly manifests: readonly ReferrerDescriptor[];
}

/** What the referrers endpoint answers for a manifest without referrers; never a 404. */
export const emptyIndex: ReferrersIndex = Object.freeze({
  schemaVersion: 2,
  mediaType: mediaType.ociIndex,
  manifests: Object.freeze([]),
});

/** The descriptor of a referrer (distribution spec, "Listing Referrers"); empty annotations are left out. */
export function presentReferrer(referrer: Referrer): ReferrerDescriptor {
  const { mediaType, digest, size, artifactType, annotations } = referrer;
  return {
    mediaType,
    digest,
    size,
    ...(artifactType && { artifactType }),
    ...(Object.keys(annotations).length > 0 && { annotations }),
  };
}

/** The referrers list as an image index. */
export function presentReferrers(referrers: readonly Referrer[]): ReferrersIndex {
  return { ...emptyIndex, manifests: referrers.map(presentReferrer) };
}
