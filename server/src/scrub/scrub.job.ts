import type { Invalidation } from '../artifacts/index.ts';
import type { BlobStore } from '../blobstore/index.ts';
import type { Database } from '../db/index.ts';
import { createIntegrityRepository } from '../integrity/index.ts';
import type { Job, JobTrigger, NewExecution } from '../jobs/index.ts';
import type { ScheduledWork, Schedules } from '../schedules/index.ts';
import type { Log, Metrics } from '../telemetry/index.ts';
import { type Clock, processClock } from './pacer.ts';
import { type ScrubPorts, scrub } from './scrub.service.ts';
import { createScrubPassRepository, isUnderWay } from './scrub-pass.repository.ts';

export interface ScrubParts {
  readonly db: Database;
  readonly store: BlobStore;
  readonly invalidation: Pick<Invalidation, 'blob'>;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Setting `scrub.bytesPerSecond`; 0 for as fast as it goes. */
  readonly bytesPerSecond: number;
  readonly clock?: Clock | undefined;
}

export interface Scrub {
  readonly job: Job;
  readonly scheduledWork: ScheduledWork;
  /** Has it run every week, unless it has another schedule. */
  ensureSchedule(schedules: Schedules): Promise<void>;
  /** Brings the gauge `berth_corrupt_blobs` up to date; every minute or so. */
  refresh(): Promise<void>;
}

const vendorType = 'DATA_SCRUB';
const vendorId = -1;
/** Saturdays at 02:00 UTC. */
const WEEKLY = '0 0 2 * * 6';
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const MAX_RETRIES = 10;
/** Timers take no longer ones. A run that is cut goes on with the next one. */
const TIMEOUT_MS = 20 * 24 * HOUR_MS;

/** The reading of all data: one run at a time, on whichever replica. */
export function newScrub(trigger: JobTrigger): NewExecution {
  return {
    vendorType,
    vendorId,
    trigger,
    extraAttrs: {},
    tasks: [{ payload: {}, lane: 'scrub' }],
  };
}

export function createScrub({ db, clock = processClock, ...parts }: ScrubParts): Scrub {
  const rows = createIntegrityRepository(db);
  const passes = createScrubPassRepository(db);
  const { log, store, invalidation, bytesPerSecond } = parts;
  const meters = registerMetrics(parts.metrics);
  const ports: ScrubPorts = {
    rows,
    passes,
    store,
    invalidation,
    log,
    clock,
    bytesPerSecond,
    onFinding(kind) {
      meters.findings[kind].value += 1;
    },
    onBytes(bytes) {
      meters.bytes.value += bytes;
    },
  };
  async function refresh(): Promise<void> {
    meters.missing.value = await rows.countMissing();
  }
  return {
    job: {
      vendorType,
      concurrency: 1,
      retryDelay: (attempt) =>
        attempt <= MAX_RETRIES ? Math.min(MINUTE_MS * 2 ** (attempt - 1), HOUR_MS) : undefined,
      timeoutMs: TIMEOUT_MS,
      async run(_payload, context) {
        try {
          await scrub(ports, context);
        } finally {
          await refresh().catch(() => undefined);
        }
      },
    },
    scheduledWork: {
      vendorType,
      // A pass may take longer than a week: the next one begins with the schedule after its end.
      plan: async (tx) => ((await isUnderWay(tx, vendorType)) ? undefined : newScrub('SCHEDULE')),
    },
    async ensureSchedule(schedules) {
      if ((await schedules.find(vendorType, vendorId)) !== undefined) return;
      const cron = { cronType: 'Weekly', cron: WEEKLY } as const;
      await schedules.put({ vendorType, vendorId, ...cron, parameters: {} });
    },
    refresh,
  };
}

function registerMetrics(metrics: Metrics) {
  const missing = { value: 0 };
  metrics.gauge(
    'berth_corrupt_blobs',
    'Blobs whose bytes are lost or damaged, until somebody pushes them again.',
    () => missing.value,
  );
  return {
    missing,
    bytes: metrics.counter('berth_scrub_bytes_total', 'Bytes read and held against digests.'),
    findings: metrics.counters(
      'berth_scrub_findings_total',
      'What reading all data brought to light.',
      'kind',
      ['corrupt', 'missing', 'unreadable', 'healed', 'damaged_manifest'],
    ),
  };
}
