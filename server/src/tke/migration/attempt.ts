import { setTimeout as sleep } from 'node:timers/promises';
import { RegistryError } from '@berth/client';
import { OciError } from '@berth/oci';
import { AppError } from '../../lib/index.ts';

const PAUSES_MS = [500, 2_000, 5_000];

/** Does `work`, and does it again after what may pass by itself: three times, with pauses. */
export async function attempt<T>(
  work: () => Promise<T>,
  signal: AbortSignal,
  pausesMs: readonly number[] = PAUSES_MS,
): Promise<T> {
  for (const ms of pausesMs) {
    try {
      return await work();
    } catch (error) {
      if (signal.aborted || !mayPass(error)) throw error;
      await sleep(ms, undefined, { signal });
    }
  }
  return work();
}

/** Whether another try could do better. */
export function mayPass(error: unknown): boolean {
  if (error instanceof RegistryError) {
    const isDamaged = error.code === 'DIGEST_INVALID';
    return !isDamaged && (error.status >= 500 || error.status === 429 || error.status === 408);
  }
  if (error instanceof AppError) return error.kind === 'unavailable' || error.kind === 'too-many';
  if (error instanceof OciError) return false;
  // What fetch throws when a connection fails or breaks.
  return error instanceof TypeError;
}

/** A sentence about an error, for the report. */
export function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return error.message === 'fetch failed' ? `the connection failed${cause}` : error.message;
}
