import { type Job, JobFailed, type JobTrigger, type NewExecution } from '../jobs/index.ts';
import type { Log } from '../telemetry/index.ts';
import { SYSTEM } from './system-job.ts';

/** Something that piles up. */
export interface Cleanup {
  /** Plural, for a sentence: `expired reservations`. */
  readonly name: string;
  /** How many went; undefined if nobody counted. To be done again when it did not come to its end. */
  run(signal: AbortSignal): Promise<number | undefined>;
}

const vendorType = 'SYSTEM_ARTIFACT_CLEANUP';
const SIX_HOURS_MS = 6 * 3_600_000;

export function newCleanup(trigger: JobTrigger): NewExecution {
  return {
    vendorType,
    trigger,
    vendorId: SYSTEM,
    extraAttrs: {},
    tasks: [{ payload: {}, lane: 'system-cleanup' }],
  };
}

/** Removes what nothing needs any more: one after the other, each whatever became of the others. */
export function createCleanupJob(cleanups: readonly Cleanup[], programLog: Log): Job {
  return {
    vendorType,
    concurrency: 1,
    retryDelay: () => undefined,
    timeoutMs: SIX_HOURS_MS,
    async run(_payload, { signal, log }) {
      const failed: string[] = [];
      for (const { name, run } of cleanups) {
        signal.throwIfAborted();
        try {
          const count = await run(signal);
          log(count === undefined ? `${name} removed` : `${name}: ${count} removed`);
        } catch (error) {
          signal.throwIfAborted();
          programLog.error({ err: error, cleanup: name }, 'a cleanup failed');
          log(`${name}: failed; the log of the program has more`);
          failed.push(name);
        }
      }
      if (failed.length > 0) throw new JobFailed(`not removed: ${failed.join(', ')}`);
    },
  };
}
