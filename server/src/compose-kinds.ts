import { z } from 'zod';
import { createPurgeJob, newPurge, purgeParameters } from './audit/index.ts';
import type { composeAudit } from './compose-audit.ts';
import type { composeContent } from './compose-content.ts';
import type { composeIdentity } from './compose-identity.ts';
import type { Parts } from './compose-parts.ts';
import type { composeRules } from './compose-rules.ts';
import type { Settings } from './configuration/index.ts';
import { transact } from './db/index.ts';
import type { Outbox } from './events/index.ts';
import {
  createGarbageCollectionJob,
  createGarbageCollector,
  type GarbageCollector,
  gcParameters,
  newCollection,
  registryControllerRoutes,
} from './gc/index.ts';
import {
  type Executions,
  type Job,
  type JobQueue,
  type NewExecution,
  retainedExecutions,
} from './jobs/index.ts';
import type { SubmittableJobs } from './jobservice/index.ts';
import { AppError } from './lib/index.ts';
import type { ProjectsService } from './projects/index.ts';
import { dropExpiredReservations, type QuotaRefresh } from './quotas/index.ts';
import { acrossRepositories } from './repositories/index.ts';
import { createRetention } from './retention/index.ts';
import type { ScheduledWork, Schedules } from './schedules/index.ts';
import { createScrub, newScrub } from './scrub/index.ts';
import { createSystemJobs } from './system-jobs/index.ts';

export interface KindsParts extends Parts {
  readonly settings: () => Settings;
  readonly content: ReturnType<typeof composeContent>;
  readonly rules: ReturnType<typeof composeRules>;
  readonly audit: ReturnType<typeof composeAudit>;
  readonly who: ReturnType<typeof composeIdentity>;
  readonly projects: ProjectsService;
  readonly quotaRefresh: QuotaRefresh;
  /** Whether bytes lie in the store that the database knows nothing of yet. */
  readonly isForeign: () => Promise<boolean>;
}

/** What work is made of, whatever its kind. */
export interface WorkTools {
  readonly queue: JobQueue;
  readonly executions: Executions;
  readonly schedules: Schedules;
  readonly outbox: Outbox;
  readonly wake: { jobs(): void; events(): void };
}

/** The kinds of work that run by themselves, beside what tells others of events. */
export function composeKinds(parts: KindsParts, tools: WorkTools) {
  const { content, config, settings, audit } = parts;
  const collector = createGarbageCollector({
    ...parts,
    ...content,
    settings: { ...config.gc, undeleteDays: () => settings().undelete_days },
  });
  const retention = composeRetention(parts, tools);
  const system = composeSystemJobs(parts, tools, collector);
  const scrub = createScrub({
    ...parts,
    invalidation: content.invalidation,
    bytesPerSecond: config.scrub.bytesPerSecond,
  });
  const jobs: readonly Job[] = [
    ...system.jobs,
    retention.job,
    scrub.job,
    createGarbageCollectionJob(collector, async ({ signal, log }) => {
      const { projects, mended } = await parts.quotaRefresh.refresh(signal);
      log(`the usage of ${projects} projects was counted anew, ${mended} were mended`);
    }),
    createPurgeJob(audit.service),
  ];
  const scheduled: readonly ScheduledWork[] = [
    ...system.scheduledWork,
    retention.scheduled,
    scrub.scheduledWork,
  ];
  return {
    jobs,
    scheduled,
    collector,
    submittable,
    routes: [
      ...acrossRepositories(retention.routes),
      ...system.routes,
      ...composeRegistryController(parts, tools),
    ],
    refreshScrub: () => scrub.refresh(),
    async ensureSchedules() {
      await system.ensureSchedules();
      await scrub.ensureSchedule(tools.schedules);
    },
  };
}

/** What those who script the job service may ask for by name. */
const submittable: SubmittableJobs = new Map<string, Submission>([
  ['GARBAGE_COLLECTION', (given) => newCollection(parse(gcParameters, given), 'MANUAL')],
  ['PURGE_AUDIT_LOG', (given) => newPurge(parse(purgeParameters, given), 'MANUAL')],
  ['DATA_SCRUB', () => newScrub('MANUAL')],
]);

type Submission = (parameters: Readonly<Record<string, unknown>>) => NewExecution;

function parse<T>(schema: z.ZodType<T>, given: unknown): T {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new AppError('invalid', z.prettifyError(parsed.error));
}

function composeRetention(parts: KindsParts, { queue, ...tools }: WorkTools) {
  return createRetention({
    ...tools,
    db: parts.db,
    projects: parts.projects,
    access: parts.who.access,
    jobs: queue,
    removal: parts.content.removal,
    immutableAmong: parts.rules.immutableAmong,
    announce: (project) => parts.content.invalidation.project(project),
  });
}

function composeRegistryController({ db }: KindsParts, { queue, wake }: WorkTools) {
  return registryControllerRoutes({
    async collect() {
      const execution = newCollection(gcParameters.parse({}), 'MANUAL');
      const [id = 0] = await transact(db, (tx) => queue.enqueue(tx, [execution]));
      wake.jobs();
      return id;
    },
  });
}

function composeSystemJobs(parts: KindsParts, tools: WorkTools, collector: GarbageCollector) {
  const { db, log, config, content, who } = parts;
  return createSystemJobs({
    ...tools,
    db,
    log,
    jobs: tools.queue,
    wake: () => tools.wake.jobs(),
    keep: retainedExecutions,
    gc: { parameters: gcParameters, plan: newCollection, estimate: () => collector.estimate() },
    auditPurge: { parameters: purgeParameters, plan: newPurge },
    cleanups: [
      {
        name: 'idle uploads',
        run: () => content.uploads.sweep(new Date(Date.now() - config.uploadExpirySeconds * 1000)),
      },
      {
        name: 'ended sessions',
        async run() {
          await who.login.sweep();
          return undefined;
        },
      },
      {
        name: 'expired quota reservations',
        run: (signal) => dropExpiredReservations(db, signal),
      },
    ],
  });
}
