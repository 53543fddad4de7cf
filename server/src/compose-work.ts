import { composeKinds, type KindsParts } from './compose-kinds.ts';
import type { ComposedLive } from './compose-live.ts';
import { createEgress } from './egress/index.ts';
import { createOutbox, createOutboxDispatcher } from './events/index.ts';
import {
  createExecutions,
  createJobMonitor,
  createJobQueue,
  createJobQueues,
  createJobWorker,
} from './jobs/index.ts';
import {
  createJobService,
  createLaunches,
  createLaunchService,
  jobServiceRoutes,
  launchRoutes,
} from './jobservice/index.ts';
import { withinReach } from './repositories/index.ts';
import { createScheduler, createSchedules } from './schedules/index.ts';
import { createWebhooks } from './webhooks/index.ts';

export interface WorkParts extends KindsParts {
  readonly live: Pick<ComposedLive, 'onJobChange' | 'subscriber'>;
}

/** What happens after the answer, or by itself: events, jobs, schedules. */
export function composeWork(parts: WorkParts) {
  const { db, log, metrics } = parts;
  const common = { db, log, metrics };
  const { onJobChange } = parts.live;
  const abort = (taskIds: readonly number[]) => worker.abort(taskIds);
  const wake = { jobs: () => worker.wake(), events: () => dispatcher.wake() };
  const schedules = createSchedules(db);
  const tools = {
    schedules,
    wake,
    queue: createJobQueue(onJobChange),
    executions: createExecutions(db, abort, onJobChange),
    outbox: createOutbox(),
  };
  const webhooks = composeWebhooks(parts, tools);
  const kinds = composeKinds(parts, tools);
  const service = composeJobService(parts, tools, {
    submittable: kinds.submittable,
    abort,
    resumed() {
      worker.wake();
      scheduler.wake();
    },
  });
  const worker = createJobWorker({
    ...common,
    onChange: onJobChange,
    jobs: [...webhooks.deliveries, ...kinds.jobs],
  });
  const scheduler = createScheduler({
    ...common,
    work: [...kinds.scheduled, service.scheduled],
    jobs: tools.queue,
    enqueued: wake.jobs,
  });
  const dispatcher = createOutboxDispatcher({
    ...common,
    subscribers: [webhooks.subscriber, parts.live.subscriber],
    dispatched: wake.jobs,
  });
  return {
    ...kinds,
    webhooks,
    routes: [...withinReach(parts.who.access, webhooks.routes), ...kinds.routes, ...service.routes],
    /** To be called after something was published. */
    wake: wake.events,
    start() {
      worker.start();
      scheduler.start();
      dispatcher.start();
    },
    async stop() {
      await scheduler.stop();
      await webhooks.pullEvents.flush();
      await dispatcher.stop();
      await worker.stop();
    },
  };
}

type Tools = Parameters<typeof composeKinds>[1];

function composeWebhooks(parts: WorkParts, { queue, ...tools }: Tools) {
  const { config, settings } = parts;
  return createWebhooks({
    ...parts,
    ...tools,
    jobs: queue,
    egress: createEgress({ allowedNetworks: config.egressNetworks }),
    isEnabled: () => settings().notification_enable,
    externalUrl: config.http.externalUrl ?? `http://localhost:${config.http.port}`,
  });
}

interface ServiceWishes {
  readonly submittable: ReturnType<typeof composeKinds>['submittable'];
  readonly abort: (taskIds: readonly number[]) => void;
  readonly resumed: () => void;
}

/** The job service as administrators see it, and those who script it. */
function composeJobService(
  { db, live }: WorkParts,
  { queue, wake }: Tools,
  { submittable, abort, resumed }: ServiceWishes,
) {
  const schedules = createSchedules(db);
  const monitor = createJobMonitor(db, abort, live.onJobChange);
  const jobService = createJobService({
    monitor,
    schedules,
    resumed,
    queues: createJobQueues(db, live.onJobChange),
  });
  const launcher = createLaunchService({
    submittable,
    monitor,
    schedules,
    launches: createLaunches(db, queue),
    enqueued: wake.jobs,
  });
  return {
    scheduled: launcher.work,
    routes: [...jobServiceRoutes({ jobService }), ...launchRoutes({ launcher, jobService })],
  };
}
