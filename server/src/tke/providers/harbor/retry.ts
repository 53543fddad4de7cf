import { EgressError, type EgressMethod, type EgressResponse } from '../../../egress/index.ts';

const FIRST_MS = 250;
/** A server that wants more than this is down for whoever waits. */
const MAX_RETRY_AFTER_MS = 20_000;

const idempotent: ReadonlySet<EgressMethod> = new Set(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS']);

/**
 * How long to wait before a request is made again, in milliseconds; undefined when it may not be,
 * or would change nothing. What is not idempotent is repeated only if it surely was not done.
 */
export function retryDelay(
  method: EgressMethod,
  outcome: EgressResponse | EgressError,
  attempt: number,
): number | undefined {
  const backoff = FIRST_MS * 2 ** (attempt - 1);
  if (outcome instanceof EgressError) {
    const isSure = outcome.code === 'unreachable';
    const isUnsure = outcome.code === 'timeout' || outcome.code === 'protocol';
    return isSure || (isUnsure && idempotent.has(method)) ? backoff : undefined;
  }
  const { status, headers } = outcome;
  if (status !== 429 && !(status >= 500 && idempotent.has(method))) return undefined;
  const asked = parseRetryAfter(headers.get('retry-after'));
  if (asked !== undefined && asked > MAX_RETRY_AFTER_MS) return undefined;
  return Math.max(backoff, asked ?? 0);
}

/** RFC 9110 §10.2.3, in milliseconds from now. */
function parseRetryAfter(value: string | null): number | undefined {
  if (value === null) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}
