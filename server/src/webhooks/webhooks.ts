import type { ApiRoute } from '../api/index.ts';
import { type Database, transact } from '../db/index.ts';
import type { Egress } from '../egress/index.ts';
import type { Outbox, Subscriber } from '../events/index.ts';
import type { Job, JobQueue } from '../jobs/index.ts';
import type { SecretBox } from '../secrets/index.ts';
import type { Log, Metrics } from '../telemetry/index.ts';
import { createPullEvents, type PullEvents } from './pull-events.ts';
import { createWebhookJobs } from './webhook.job.ts';
import { createWebhookRepository } from './webhook.repository.ts';
import { createWebhookSubscriber } from './webhook.subscriber.ts';
import { createWebhookEventsRepository } from './webhook-events.repository.ts';
import {
  createWebhookExecutionsService,
  type ExecutionsPort,
} from './webhook-executions.service.ts';
import { webhooksRoutes } from './webhooks.routes.ts';
import { createWebhooksService } from './webhooks.service.ts';

export interface WebhooksModulePorts {
  readonly db: Database;
  readonly secrets: Pick<SecretBox, 'seal' | 'open'>;
  /** Its `allowedNetworks` are the private ones that webhooks may reach. */
  readonly egress: Pick<Egress, 'request' | 'parseUrl'>;
  readonly jobs: JobQueue;
  readonly executions: ExecutionsPort;
  readonly outbox: Outbox;
  /** Called when executions were started outside of the dispatcher, or pulls were published. */
  readonly wake: { jobs(): void; events(): void };
  /** The setting `notification_enable`. */
  isEnabled(): boolean;
  /** Where clients find the registry, such as `https://registry.example.com`. */
  readonly externalUrl: string;
  /** Tells other replicas to call `pullEvents.forget()`; without, they know within 30 s. */
  readonly announce?: (() => Promise<void>) | undefined;
  readonly log: Log;
  readonly metrics: Metrics;
}

export interface Webhooks {
  readonly routes: readonly ApiRoute[];
  /** For the dispatcher of events. */
  readonly subscriber: Subscriber;
  /** For the worker. */
  readonly deliveries: readonly Job[];
  /** To be told of pulls, and flushed before the process ends. */
  readonly pullEvents: PullEvents;
}

/** All of this module, on one database. */
export function createWebhooks(ports: WebhooksModulePorts): Webhooks {
  const { db, secrets, egress, jobs, wake } = ports;
  const isEnabled = () => ports.isEnabled();
  const repository = createWebhookRepository(db);
  const pullEvents = createPullEvents({
    isEnabled,
    listProjectsWanting: () => repository.listProjectsWanting('PULL_ARTIFACT'),
    async publish(events) {
      await transact(db, (tx) => ports.outbox.publish(tx, events));
      wake.events();
    },
    log: ports.log,
    metrics: ports.metrics,
  });
  const webhooks = createWebhooksService({
    repository,
    secrets,
    parseUrl: (url) => egress.parseUrl(url, 'public'),
    async announce() {
      pullEvents.forget();
      await ports.announce?.();
    },
  });
  const executions = createWebhookExecutionsService({
    executions: ports.executions,
    getPolicy: (projectId, id) => webhooks.getPolicy(projectId, id),
    async enqueue(executions) {
      const ids = await transact(db, (tx) => jobs.enqueue(tx, executions));
      wake.jobs();
      return ids;
    },
  });
  return {
    routes: webhooksRoutes({ webhooks, executions }),
    subscriber: createWebhookSubscriber({
      repository: createWebhookEventsRepository(),
      jobs,
      isEnabled,
      externalUrl: ports.externalUrl,
    }),
    deliveries: createWebhookJobs({ repository, secrets, egress }),
    pullEvents,
  };
}
