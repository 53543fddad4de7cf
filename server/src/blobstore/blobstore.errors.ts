/** Why storage refused: what the HTTP layer needs to tell a full disk from a broken one. */
export type BlobStoreErrorKind =
  | 'not-found'
  | 'no-space' // ENOSPC, EDQUOT, or no inodes left
  | 'io' // EIO and everything else the device or the service reports
  | 'too-large'
  | 'interrupted' // the sender stopped before the end
  | 'invalid'; // an id or digest that must not become a path

export class BlobStoreError extends Error {
  override readonly name = 'BlobStoreError';
  readonly kind: BlobStoreErrorKind;
  /** For `interrupted`: bytes that are staged and durable. */
  readonly offset: number | undefined;

  constructor(
    kind: BlobStoreErrorKind,
    message: string,
    options: { cause?: unknown; offset?: number } = {},
  ) {
    super(message, { cause: options.cause });
    this.kind = kind;
    this.offset = options.offset;
  }
}
