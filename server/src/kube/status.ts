import { isTooSlow, isUnavailable } from '../db/index.ts';
import { AppError, type AppErrorKind } from '../lib/index.ts';
import { StatusError } from './status-error.ts';

const codes: Readonly<Record<AppErrorKind, readonly [number, string]>> = {
  invalid: [400, 'BadRequest'],
  unprocessable: [422, 'Invalid'],
  unauthenticated: [401, 'Unauthorized'],
  denied: [403, 'Forbidden'],
  refused: [403, 'Forbidden'],
  'not-found': [404, 'NotFound'],
  'not-allowed': [405, 'MethodNotAllowed'],
  conflict: [409, 'Conflict'],
  precondition: [409, 'Conflict'],
  'too-large': [413, 'RequestEntityTooLarge'],
  'too-many': [429, 'TooManyRequests'],
  unavailable: [503, 'ServiceUnavailable'],
};

const RETRY_SECONDS = 5;
const BUSY: ReadonlySet<number> = new Set([429, 503]);

/** What a caller is told of an error, and whether it is a failure of ours that is to be logged. */
export function statusOfError(error: unknown): {
  readonly status: StatusError;
  readonly isFault: boolean;
} {
  if (error instanceof StatusError) return { status: error, isFault: false };
  if (error instanceof AppError) return { status: fromAppError(error), isFault: false };
  if (isUnavailable(error) || isTooSlow(error)) {
    const message = 'the database is out of reach or too slow; try again shortly';
    const details = { retryAfterSeconds: RETRY_SECONDS };
    const status = new StatusError(503, 'ServiceUnavailable', message, { details });
    return { status, isFault: true };
  }
  const status = new StatusError(500, 'InternalError', 'Internal error occurred', {
    details: { causes: [] },
  });
  return { status, isFault: true };
}

function fromAppError(error: AppError): StatusError {
  const [code, reason] = codes[error.kind];
  if (error.kind === 'unauthenticated') return new StatusError(code, reason, 'Unauthorized');
  const details = BUSY.has(code) ? { retryAfterSeconds: RETRY_SECONDS } : undefined;
  return new StatusError(code, reason, error.message, details === undefined ? {} : { details });
}

/** Kubernetes' Status of a failure. */
export function presentStatus({ code, reason, message, details }: StatusError): object {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    ...(details !== undefined && { details }),
    code,
  };
}
