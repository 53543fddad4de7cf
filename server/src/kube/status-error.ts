/** One reason of a refusal (Kubernetes' StatusCause). */
export interface Cause {
  readonly reason:
    | 'FieldValueRequired'
    | 'FieldValueDuplicate'
    | 'FieldValueInvalid'
    | 'FieldValueNotSupported'
    | 'FieldValueNotFound'
    | 'FieldValueForbidden'
    | 'FieldManagerConflict'
    | 'InternalError';
  /** As Kubernetes words it: `Required value: must specify name`. */
  readonly message: string;
  /** Such as `spec.name`. */
  readonly field: string;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly Cause[];
  readonly retryAfterSeconds?: number;
}

/** A refusal that the API answers with as a Status object (Kubernetes API conventions). */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  readonly code: number;
  /** Such as `NotFound`, `Invalid`, `Conflict`. */
  readonly reason: string;
  readonly details: StatusDetails | undefined;

  constructor(
    code: number,
    reason: string,
    message: string,
    { details, cause }: { details?: StatusDetails; cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.code = code;
    this.reason = reason;
    this.details = details;
  }
}
