/** Why something that storage holds was not taken over. */
export type SkipReason =
  /** Docker's image manifest schema 1, which this registry does not store. */
  | 'schema1'
  | 'invalid-manifest'
  /** Other bytes than the digest says. */
  | 'damaged'
  | 'missing-blob'
  | 'wrong-size'
  | 'broken-link'
  | 'invalid-name'
  /** A tag of a manifest that was not taken over. */
  | 'dangling-tag'
  | 'unreadable';

/** Ends the import of one thing, and of nothing else. The message is for the operator. */
export class SkippedError extends Error {
  override readonly name = 'SkippedError';
  readonly reason: SkipReason;

  constructor(reason: SkipReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** The error as one that ends the import of one thing; undefined for what ends all of it. */
export function findSkip(error: unknown): SkippedError | undefined {
  if (error instanceof SkippedError) return error;
  if (!(error instanceof Error) || !('syscall' in error)) return undefined;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'an error';
  return new SkippedError('unreadable', `it cannot be read: ${code}`);
}
