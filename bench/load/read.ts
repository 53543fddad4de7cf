import type { Sample } from '../figure.ts';
import type { Load, LoadResult, ReadOperation } from './load.ts';
import { runOwn } from './own.ts';
import { hasWrk, runWrk } from './wrk.ts';

const CHECKED_ANSWERS = 200;

/**
 * Reads for `seconds`: with wrk where it is installed, otherwise with our own generator. wrk does
 * not look at each answer, so a sample of them is checked exactly before.
 */
export async function runRead(
  load: Omit<Load, 'until' | 'operation'>,
  operation: ReadOperation,
  seconds: number,
): Promise<LoadResult & Required<Pick<Sample, 'generator'>>> {
  // wrk waits for the body that Content-Length announces, also after HEAD.
  if (operation.method === 'HEAD' || !(await hasWrk())) {
    return { ...(await runOwn({ ...load, operation, until: { seconds } })), generator: 'own' };
  }
  await runOwn({ ...load, operation, until: { operations: CHECKED_ANSWERS } });
  return { ...(await runWrk({ ...load, operation, until: { seconds } })), generator: 'wrk' };
}
