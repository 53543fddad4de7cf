import type { Job, JobContext, JobTrigger, NewExecution } from '../jobs/index.ts';
import type { Collected } from './collection.ts';
import type { GarbageCollector } from './garbage-collector.ts';
import { type GcParameters, gcParameters } from './gc-parameters.ts';

const DAY_MS = 24 * 3_600_000;
/** One collection by hand or schedule at a time. */
const LANE = 'gc';

/** An execution of a collection of everything, to be enqueued. */
export function newCollection(parameters: GcParameters, trigger: JobTrigger): NewExecution {
  return {
    trigger,
    vendorType: 'GARBAGE_COLLECTION',
    vendorId: -1,
    extraAttrs: parameters,
    tasks: [{ payload: parameters, lane: LANE }],
  };
}

/**
 * Collects everything; tells `freed_space`, `purged_blobs` and `purged_manifests` on the way.
 *
 * @param afterwards what is to be done when something may have been deleted
 */
export function createGarbageCollectionJob(
  collector: Pick<GarbageCollector, 'collect'>,
  afterwards: (context: Pick<JobContext, 'signal' | 'log'>) => Promise<void>,
): Job {
  return {
    vendorType: 'GARBAGE_COLLECTION',
    concurrency: 1,
    retryDelay: () => undefined,
    timeoutMs: DAY_MS,
    async run(payload, context) {
      const { signal, log, checkIn } = context;
      const parameters = gcParameters.parse(payload);
      log(`Garbage Collection parameters: ${JSON.stringify(parameters)}`);
      const collected = await collector.collect(
        {
          full: true,
          deleteUntagged: parameters.delete_untagged,
          dryRun: parameters.dry_run,
          workers: parameters.workers,
          purgeDeleted: parameters.purge_deleted,
        },
        { signal, log, checkIn: (progress) => checkIn({ execution: present(progress) }) },
      );
      checkIn({ execution: present(collected) });
      if (signal.aborted) log('stopped; the next run goes on from here');
      signal.throwIfAborted();
      if (parameters.dry_run) return;
      log(
        `${collected.purgedBlobs} blobs and ${collected.purgedManifests} manifests are actually ` +
          `deleted, ${collected.freedSpace} bytes are freed`,
      );
      await afterwards(context);
    },
  };
}

function present({ freedSpace, purgedBlobs, purgedManifests }: Collected) {
  return {
    freed_space: freedSpace,
    purged_blobs: purgedBlobs,
    purged_manifests: purgedManifests,
  };
}
