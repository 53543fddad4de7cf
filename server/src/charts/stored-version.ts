import type { Digest } from '@berth/oci';
import type { ChartBlob, ChartVersion } from '../helm/index.ts';

/** A version with where it is kept. */
export interface StoredVersion extends ChartVersion {
  readonly artifactId: number;
  /** The whole name. */
  readonly repository: string;
  readonly manifest: Digest;
  readonly tags: readonly string[];
  readonly archive: ChartBlob;
  readonly provenance: ChartBlob | undefined;
}
