import type { Readable, Writable } from 'node:stream';
import type { Digest } from '@berth/oci';

/** Inclusive byte range of a blob, as HTTP ranges are after normalisation. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export interface BlobStat {
  /** Bytes. */
  readonly size: number;
}

export interface BlobEntry extends BlobStat {
  readonly digest: Digest;
}

/** One blob, open for reading. Whoever opened it closes it, exactly once. */
export interface BlobReader extends AsyncDisposable {
  /** Bytes of the whole blob. */
  readonly size: number;
  /**
   * Copies the range (default: everything) into `sink`, keeping its backpressure, without ending
   * it. Rejects with kind `io` when storage yields fewer bytes than `size` promised, `invalid` when
   * the range does not lie within the blob, `interrupted` when the sink closes or fails before the
   * end (no `offset`), and with the reason of `signal` itself when that fires.
   */
  copyTo(sink: Writable, range?: ByteRange, signal?: AbortSignal): Promise<void>;
}

/** A blob of the store, open for reading. */
export interface StoredReader extends BlobReader {
  /** Another one when the bytes were placed anew; for `quarantine`. */
  readonly version: string;
}

/** What an append consumed: the new end of the staged bytes. */
export interface Appended {
  /** Offset after the append, which is also the durable size of the staged bytes. */
  readonly offset: number;
}

export interface AppendOptions {
  /**
   * Called with each chunk in order, before it is written; used to hash as bytes flow. When the
   * append resolves or is `interrupted`, the chunks seen are exactly the bytes appended; after any
   * other rejection they are not. If it throws, the append is `interrupted` before that chunk.
   */
  readonly onChunk?: (chunk: Buffer) => void;
  /**
   * The append rejects with kind `too-large` when the staged bytes would exceed this, and keeps
   * nothing of `source`. What is left unread stays with the caller, to drain or to destroy.
   */
  readonly maxSize?: number;
  /**
   * The caller commits at once when the append resolves, and answers nothing before: the bytes are
   * fsynced but the staging entry may be lost in a power cut until `commit` resolves.
   */
  readonly willCommit?: boolean;
  /** Firing stops the append as if the sender had stopped: `interrupted`, with the offset. */
  readonly signal?: AbortSignal;
}

/**
 * Where blob bytes live. Members: filesystem, memory, s3. Keys are made of validated digests and
 * upload ids only, never of names. Every method rejects with `BlobStoreError` and nothing else.
 */
export interface BlobStore {
  readonly kind: 'filesystem' | 'memory' | 's3';

  /**
   * Appends `source` to the staged bytes of `uploadId` at `offset`; staging is created by the
   * first append at 0. Bytes staged beyond `offset` (a crash left them) are cut first, also when
   * `source` is empty; fewer staged bytes than `offset` are kind `invalid`. Resolves once the bytes
   * are fsynced. When `source` fails or is cut, rejects with kind `interrupted` whose `offset`
   * tells how many bytes are durable, so that the client can go on from there. After any other
   * rejection the staged bytes end at `offset` at the most; after a failed fsync they are gone.
   *
   * The caller lets one append, commit or cancel of an upload run at a time, and hands in a source
   * nobody has begun to read. Errors of `source` that come later are swallowed.
   */
  append(
    uploadId: string,
    offset: number,
    source: Readable,
    options?: AppendOptions,
  ): Promise<Appended>;

  /** Staged bytes of an upload, for hashing again after a restart. Absent staging reads empty. */
  readStaged(uploadId: string): Readable;

  /**
   * Makes the staged bytes (fsynced by `append`) the blob `digest`: renamed, then each new
   * directory and its parent fsynced, before it resolves. All staged bytes count: after a crash
   * cut them first by an append at the known offset. The caller has verified the digest. A blob
   * already there is replaced, whose bytes nobody looked at since they came: a re-push heals it.
   * Absent or zero staged bytes make an empty blob, if `digest` is the digest of no bytes; else
   * absent ones are kind `not-found` and zero ones `invalid`.
   */
  commit(uploadId: string, digest: Digest): Promise<BlobStat>;

  /** Staged bytes of an upload; undefined when it has none. */
  statStaged(uploadId: string): Promise<BlobStat | undefined>;

  /** Drops staged bytes. Succeeds when there are none. */
  cancel(uploadId: string): Promise<void>;

  /** Ids of uploads with staged bytes, with their last change, for the upload sweep. */
  listStaged(): AsyncIterable<{ readonly uploadId: string; readonly modifiedAt: Date }>;

  stat(digest: Digest): Promise<BlobStat | undefined>;

  /** Rejects with kind `not-found` when the blob is absent. */
  open(digest: Digest): Promise<StoredReader>;

  /**
   * Moves the blob to the trash directory, from where `emptyTrash` unlinks it after a grace
   * period. Resolves false when it was not there. Open readers read on.
   */
  delete(digest: Digest): Promise<boolean>;

  /**
   * Puts a trashed blob back. Resolves false when the trash does not hold it. A blob that was
   * pushed again meanwhile stays as it is.
   */
  restore(digest: Digest): Promise<boolean>;

  /**
   * Unlinks trashed blobs older than `olderThan`, of these digests only if they are given; returns
   * how many.
   */
  emptyTrash(olderThan: Date, among?: readonly Digest[]): Promise<number>;

  /** What the trash holds, in no particular order. */
  listTrashed(): AsyncIterable<BlobEntry>;

  /**
   * Puts bytes aside that are not what the digest says, for somebody to look at: never served, and
   * never removed but by hand or by the next bad bytes of the same digest. Only those that a reader
   * of this `version` read; resolves false when they are gone or were placed anew since.
   */
  quarantine(digest: Digest, version: string): Promise<boolean>;

  /** What was put aside, in no particular order. */
  listQuarantined(): AsyncIterable<BlobEntry>;

  /**
   * All blobs, in no particular order. Foreign files in the layout are skipped; whatever else
   * keeps the listing from being whole makes it reject, it never ends early.
   */
  list(): AsyncIterable<BlobEntry>;

  /** Whether the store takes a write, end to end, for readiness. Rejects when it does not. */
  probe(): Promise<void>;
}
