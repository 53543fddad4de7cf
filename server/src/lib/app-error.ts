/** What went wrong, independent of protocol; each renderer maps kinds to its own statuses. */
export type AppErrorKind =
  | 'invalid'
  | 'unprocessable'
  | 'unauthenticated'
  | 'denied'
  /** By a rule, whoever asks. */
  | 'refused'
  | 'not-found'
  | 'not-allowed'
  | 'conflict'
  | 'precondition'
  | 'too-large'
  | 'too-many'
  | 'unavailable';

/** A refusal with a sentence for the caller. The cause is for the log only. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly kind: AppErrorKind;

  constructor(kind: AppErrorKind, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.kind = kind;
  }
}
