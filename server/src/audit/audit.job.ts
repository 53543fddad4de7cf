import { z } from 'zod';
import type { Job, JobTrigger, NewExecution } from '../jobs/index.ts';
import { isPurgeable } from './audit.events.ts';
import type { AuditService, PurgeProgress } from './audit.service.ts';

const MAX_RETENTION_HOURS = 240_000;
const RETENTION = `must be a whole number of hours between 0 and ${MAX_RETENTION_HOURS}`;

const eventTypes = z
  .string('must be given, as event types with commas between')
  .transform((list, context) => {
    const types = list
      .split(',')
      .map((type) => type.trim().toLowerCase())
      .filter((type) => type !== '');
    const unknown = types.find((type) => !isPurgeable(type));
    if (unknown === undefined) return [...new Set(types)].join(',');
    context.addIssue({ code: 'custom', message: `"${unknown.slice(0, 100)}" is no event type` });
    return z.NEVER;
  });

const ignored = z.unknown().optional();

/**
 * Harbor's parameters of a purge. A misspelt `dry_run` must not delete anything, so only what is
 * reported of a run is taken beside them, since clients send it back.
 */
export const purgeParameters = z
  .strictObject({
    /** Entries of the last so many hours stay; with 0 all do, as in Harbor. */
    audit_retention_hour: z.int(RETENTION).min(0, RETENTION).max(MAX_RETENTION_HOURS, RETENTION),
    /** With commas between; empty purges nothing. */
    include_event_types: eventTypes,
    dry_run: z.boolean().default(false),
    purged_entries: ignored,
  })
  .transform(({ audit_retention_hour, include_event_types, dry_run }) => ({
    audit_retention_hour,
    include_event_types,
    dry_run,
  }));

export type PurgeParameters = z.output<typeof purgeParameters>;

/** An execution of a purge, to be enqueued; one runs at a time. */
export function newPurge(parameters: PurgeParameters, trigger: JobTrigger): NewExecution {
  return {
    trigger,
    vendorType: 'PURGE_AUDIT_LOG',
    vendorId: -1,
    extraAttrs: parameters,
    tasks: [{ payload: parameters, lane: 'audit-purge' }],
  };
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Entries looked at from one line of the log to the next. */
const LOG_EVERY = 100_000;

/**
 * Deletes old entries of the audit log. A run that ends early leaves what it did not come to, to
 * the next one.
 *
 * @param now milliseconds since the epoch
 */
export function createPurgeJob(
  audit: Pick<AuditService, 'purge'>,
  now: () => number = Date.now,
): Job {
  return {
    vendorType: 'PURGE_AUDIT_LOG',
    concurrency: 1,
    retryDelay: () => undefined,
    timeoutMs: DAY_MS,
    async run(payload, { signal, log, checkIn }) {
      const parameters = purgeParameters.parse(payload);
      const { audit_retention_hour: hours, include_event_types: types, dry_run } = parameters;
      const prefix = dry_run ? '[DRYRUN] ' : '';
      log(`purge of the audit log: ${JSON.stringify(parameters)}`);
      if (hours === 0 || types === '') {
        log(hours === 0 ? 'a retention of 0 hours keeps everything' : 'no event type is chosen');
        return;
      }
      const before = new Date(now() - hours * HOUR_MS);
      let logged = 0;
      const onProgress = ({ looked, purged }: PurgeProgress) => {
        checkIn({ execution: { purged_entries: purged } });
        if (looked - logged < LOG_EVERY) return;
        logged = looked;
        log(`${prefix}${purged} of ${looked} entries so far`);
      };
      const purge = { before, eventTypes: types.split(','), isDryRun: dry_run, signal, onProgress };
      const purged = await audit.purge(purge);
      log(`${prefix}Purged ${purged} audit logs from before ${before.toISOString()}`);
      if (signal.aborted) log('stopped; the next run goes on from here');
      signal.throwIfAborted();
    },
  };
}
