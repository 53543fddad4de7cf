import { OciError, type OciErrorCode } from '@berth/oci';
import { BlobStoreError } from '../../blobstore/index.ts';
import { isForeignKeyViolation, isUnavailable } from '../../db/index.ts';
import { AppError, type AppErrorKind } from '../../lib/index.ts';
import { statusOf } from '../problem.ts';

/** What a `/v2` client is told of an error; what it must not know stays in `cause`. */
export function toOciError(error: unknown): OciError {
  if (error instanceof OciError) return error;
  if (error instanceof BlobStoreError) return fromBlobStore(error);
  if (error instanceof AppError) return fromAppError(error);
  if (isForeignKeyViolation(error)) {
    // The only rows that can go while a request uses them are those of a deleted project.
    return new OciError('NAME_UNKNOWN', 'the repository was deleted meanwhile', { cause: error });
  }
  if (isUnavailable(error)) {
    return new OciError('UNAVAILABLE', 'the database is out of reach; try again shortly', {
      cause: error,
    });
  }
  return new OciError('UNKNOWN', 'internal server error', { cause: error });
}

const codes: Readonly<Record<AppErrorKind, OciErrorCode>> = {
  invalid: 'UNSUPPORTED',
  unprocessable: 'UNSUPPORTED',
  unauthenticated: 'UNAUTHORIZED',
  denied: 'DENIED',
  refused: 'DENIED',
  'not-found': 'NAME_UNKNOWN',
  'not-allowed': 'UNSUPPORTED',
  conflict: 'UNSUPPORTED',
  precondition: 'DENIED',
  'too-large': 'SIZE_INVALID',
  'too-many': 'TOOMANYREQUESTS',
  unavailable: 'UNAVAILABLE',
};

/** Refusals of the modules behind: their sentence is for the caller in every protocol. */
function fromAppError(error: AppError): OciError {
  return new OciError(codes[error.kind], error.message, {
    cause: error,
    status: statusOf(error.kind),
  });
}

/**
 * Whether a rule of the project, such as a quota or an immutable tag, refused what the caller may
 * otherwise do: then many clients show the warning rather than the error.
 */
export function isPolicyRefusal({ cause }: OciError): boolean {
  return cause instanceof AppError && policyKinds.has(cause.kind);
}

const policyKinds: ReadonlySet<AppErrorKind> = new Set(['denied', 'refused', 'precondition']);

function fromBlobStore(error: BlobStoreError): OciError {
  switch (error.kind) {
    case 'not-found':
      return new OciError('BLOB_UNKNOWN', undefined, { cause: error });
    case 'no-space':
      return new OciError('UNKNOWN', 'the storage of the registry is full; nothing was stored', {
        cause: error,
        status: 507,
      });
    case 'too-large':
      return new OciError('SIZE_INVALID', error.message, { status: 413, cause: error });
    case 'interrupted':
      return new OciError(
        'BLOB_UPLOAD_INVALID',
        'the body ended early; ask for the offset and go on',
        {
          status: 408,
          cause: error,
        },
      );
    case 'invalid':
      return new OciError('BLOB_UPLOAD_INVALID', undefined, { cause: error });
    case 'io':
      return new OciError('UNKNOWN', 'the storage of the registry failed', { cause: error });
  }
}
