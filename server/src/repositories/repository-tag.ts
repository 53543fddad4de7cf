import type { Digest } from '@berth/oci';
import type { LabelRecord, Listed, Tag, TagRecord } from './artifact.ts';

/** A tag with what there is to know of its artifact at a glance, as it is stored. */
export interface RepositoryTagRecord extends TagRecord {
  readonly digest: Digest;
  /** Null in rows of an older version that nobody could read yet. */
  readonly type: string | null;
  /** Of the manifest. */
  readonly mediaType: string;
  readonly configMediaType: string | null;
  readonly artifactType: string | null;
  /** With all that it refers to, in bytes. */
  readonly size: number;
  /** Of an image, as far as its config was read. */
  readonly os: string | null;
  readonly architecture: string | null;
  /** False until somebody asked for what the config tells. */
  readonly isRead: boolean;
  /** Of the manifests in an index, the first ones. */
  readonly platforms: readonly string[];
  readonly platformCount: number;
  readonly accessoryCount: number;
  readonly isSigned: boolean;
  /** Null when nobody knows, or nobody asked. */
  readonly pushedBy: string | null;
}

/** A tag of a repository for whoever looks at it. */
export interface RepositoryTag extends Tag, RepositoryTagRecord {
  readonly labels: readonly LabelRecord[];
}

export interface RepositoryTagPage<T> extends Listed<T> {
  /** How many were left out because only tools look for them. */
  readonly hidden: number;
}
