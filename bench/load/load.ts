import type { Address } from './connection.ts';

/** What a generator shall do; plain data, because it crosses to another process. */
export interface Load {
  readonly address: Address;
  readonly connections: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly until: { readonly seconds: number } | { readonly operations: number };
  readonly operation: Operation;
  /** Rest of each connection between two operations, in milliseconds. */
  readonly pauseMs?: number;
}

export type Operation = ReadOperation | BlobPutOperation | ManifestPutOperation;

export interface ReadOperation {
  readonly kind: 'read';
  readonly method: 'GET' | 'HEAD';
  readonly paths: readonly string[];
  /** Indexes into `paths`, in the order to ask for; repeated from the start when used up. */
  readonly order: readonly number[];
  /** Sent as If-None-Match, one for each path. */
  readonly etags?: readonly string[];
  readonly status: 200 | 304;
  /** Body bytes of every answer; undefined where targets answer differently long lists. */
  readonly bytes?: number;
}

/** POST an upload, then PUT all bytes: what a client does for every layer. */
export interface BlobPutOperation {
  readonly kind: 'blob-put';
  readonly repository: string;
  readonly size: number;
}

export interface ManifestPutOperation {
  readonly kind: 'manifest-put';
  readonly puts: ManifestSeries;
}

export interface ManifestSeries {
  /** Paths are `prefix` + number, numbers counting up from `first`. */
  readonly prefix: string;
  readonly suffix: string;
  readonly first: number;
  readonly mediaType: string;
  /** Two halves of the JSON text; the number goes between them, so all manifests differ. */
  readonly text: readonly [string, string];
}

export interface LoadResult {
  readonly operations: number;
  readonly seconds: number;
  /** Body bytes, received by reads and sent by PUTs. */
  readonly bytes: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  /** Seconds since the start at which every 1,000th operation was complete. */
  readonly marks: readonly number[];
}
