import { DatabaseError } from 'pg';

/** SQLSTATE class or code of a PostgreSQL error; undefined for anything else. */
function findSqlState(error: unknown): string | undefined {
  return error instanceof DatabaseError ? error.code : undefined;
}

/** Whether a row with this key exists already; `constraint` narrows it to one index by name. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  return violates(error, '23505', constraint);
}

/** Whether a referenced row is missing, or a row to delete is still referenced. */
export function isForeignKeyViolation(error: unknown, constraint?: string): boolean {
  // 23001: what RESTRICT raises since PostgreSQL 18.
  return violates(error, '23503', constraint) || violates(error, '23001', constraint);
}

function violates(error: unknown, code: string, constraint: string | undefined): boolean {
  if (!(error instanceof DatabaseError) || error.code !== code) return false;
  return constraint === undefined || error.constraint === constraint;
}

/** Deadlock or serialization failure: the same transaction may succeed the next time. */
export function isConflict(error: unknown): boolean {
  const state = findSqlState(error);
  return state === '40001' || state === '40P01';
}

/** Whether a statement was ended because it took longer than any may take. */
export function isTooSlow(error: unknown): boolean {
  return findSqlState(error) === '57014';
}

const UNAVAILABLE_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOENT',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EACCES',
]);
/** What pg says without any code. */
const UNAVAILABLE_MESSAGES = [
  'Connection terminated',
  'timeout exceeded when trying to connect',
  'Client has encountered a connection error and is not queryable',
  'Query read timeout',
];
const UNAVAILABLE_STATES = /^(08|57P0)|^53300$/;

/**
 * Whether the database could not be reached, is starting or stopping, or dropped the connection:
 * the caller answers 503, and whether a COMMIT under way took effect is unknown.
 */
export function isUnavailable(error: unknown): boolean {
  const state = findSqlState(error);
  if (state !== undefined) return UNAVAILABLE_STATES.test(state);
  if (error instanceof AggregateError) return error.errors.some(isUnavailable);
  if (!(error instanceof Error)) return false;
  if ('syscall' in error && 'code' in error && typeof error.code === 'string') {
    return UNAVAILABLE_CODES.has(error.code) && error.syscall !== 'open';
  }
  return UNAVAILABLE_MESSAGES.some((message) => error.message.startsWith(message));
}
