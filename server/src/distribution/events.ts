import type { Digest } from '@berth/oci';
import type { Principal } from '../access/index.ts';

/** Something that happened to a manifest through `/v2`. */
export interface ManifestEvent {
  readonly principal: Principal;
  readonly projectId: number;
  readonly repository: string;
  /** The tag or digest as the client named it. */
  readonly reference: string;
  /** Of the client. */
  readonly address: string;
  readonly requestId: string;
}

/** Of a manifest that is there. */
export interface ContentEvent extends ManifestEvent {
  readonly digest: Digest;
}

/** Who wants to know; composition connects them. */
export interface DistributionEvents {
  /** Never waits: it stands in the path of every pull. */
  pulled(event: ContentEvent): void;
  /** Awaited before the client is answered. */
  pushed(event: ContentEvent): Promise<void>;
  /** Awaited before the client is answered. */
  deleted(event: ManifestEvent): Promise<void>;
}
