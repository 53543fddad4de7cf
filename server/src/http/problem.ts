import type { AppError, AppErrorKind } from '../lib/index.ts';

const table: Record<AppErrorKind, { status: number; code: string }> = {
  invalid: { status: 400, code: 'BAD_REQUEST' },
  unprocessable: { status: 422, code: 'UNPROCESSABLE_ENTITY' },
  unauthenticated: { status: 401, code: 'UNAUTHORIZED' },
  denied: { status: 403, code: 'FORBIDDEN' },
  refused: { status: 403, code: 'DENIED' },
  'not-found': { status: 404, code: 'NOT_FOUND' },
  'not-allowed': { status: 405, code: 'METHOD_NOT_ALLOWED' },
  conflict: { status: 409, code: 'CONFLICT' },
  precondition: { status: 412, code: 'PRECONDITION' },
  'too-large': { status: 413, code: 'REQUEST_ENTITY_TOO_LARGE' },
  'too-many': { status: 429, code: 'TOO_MANY_REQUEST' },
  unavailable: { status: 503, code: 'UNAVAILABLE' },
};

export interface Problem {
  readonly status: number;
  readonly body: string;
}

/** Harbor's error envelope, as every `/api` route answers. */
export function presentProblem(status: number, code: string, message: string): Problem {
  return { status, body: `${JSON.stringify({ errors: [{ code, message }] })}\n` };
}

/** The HTTP status of a refusal, in every protocol. */
export function statusOf(kind: AppErrorKind): number {
  return table[kind].status;
}

export function presentAppError(error: AppError): Problem {
  const { status, code } = table[error.kind];
  return presentProblem(status, code, error.message);
}
