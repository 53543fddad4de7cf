/** Why the bundled PostgreSQL cannot run; the message is a sentence for the operator. */
export class BundledPostgresError extends Error {
  override readonly name = 'BundledPostgresError';
  readonly kind: BundledPostgresErrorKind;

  constructor(kind: BundledPostgresErrorKind, message: string, options: { cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.kind = kind;
  }
}

export type BundledPostgresErrorKind =
  | 'unsupported' // no binaries for this platform, or they do not run here
  | 'in-use' // another program holds the data directory
  | 'version' // the cluster was made by another major version
  | 'permission' // the directory belongs to somebody else
  | 'failed'; // initdb or postgres exited; the message carries its last lines
