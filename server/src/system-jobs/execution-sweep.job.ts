import type { Executions, Job, JobTrigger, NewExecution, VendorType } from '../jobs/index.ts';
import { SYSTEM } from './system-job.ts';

const vendorType = 'EXECUTION_SWEEP';
const HOUR_MS = 3_600_000;
/** Harbor's 168 hours. */
const DANGLING_MS = 168 * HOUR_MS;

export function newExecutionSweep(trigger: JobTrigger): NewExecution {
  return {
    vendorType,
    trigger,
    vendorId: SYSTEM,
    extraAttrs: {},
    tasks: [{ payload: {}, lane: 'execution-sweep' }],
  };
}

/**
 * Deletes executions beyond those that are kept, and closes those that nothing will ever end.
 *
 * @param keep how many of a kind stay for each vendor id
 */
export function createExecutionSweepJob(
  executions: Pick<Executions, 'sweepExecutions' | 'failDangling'>,
  keep: (vendorType: VendorType) => number,
): Job {
  return {
    vendorType,
    concurrency: 1,
    retryDelay: () => undefined,
    timeoutMs: 6 * HOUR_MS,
    async run(_payload, { signal, log }) {
      const closed = await executions.failDangling(DANGLING_MS);
      log(`${closed} executions without an end closed`);
      signal.throwIfAborted();
      log(`${await executions.sweepExecutions(keep)} executions deleted`);
    },
  };
}
