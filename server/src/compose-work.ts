import type { Parts } from './compose-parts.ts';
import type { Settings } from './configuration/index.ts';
import { createEgress } from './egress/index.ts';
import { createOutbox, createOutboxDispatcher } from './events/index.ts';
import { createExecutions, createJobQueue, createJobWorker } from './jobs/index.ts';
import { createWebhooks } from './webhooks/index.ts';

/** For each policy (Harbor's number for webhooks). */
const KEPT_EXECUTIONS = 50;

/** What happens after the answer: events, those who are told of them, and jobs. */
export function composeWork(parts: Parts, settings: () => Settings) {
  const { config, db, log, metrics, secrets } = parts;
  const executions = createExecutions(db, (taskIds) => worker.abort(taskIds));
  const webhooks = createWebhooks({
    db,
    log,
    metrics,
    secrets,
    egress: createEgress({ allowedNetworks: config.egressNetworks }),
    jobs: createJobQueue(),
    executions,
    outbox: createOutbox(),
    wake: { jobs: () => worker.wake(), events: () => dispatcher.wake() },
    isEnabled: () => settings().notification_enable,
    externalUrl: config.http.externalUrl ?? `http://localhost:${config.http.port}`,
  });
  const worker = createJobWorker({ db, log, metrics, jobs: webhooks.deliveries });
  const dispatcher = createOutboxDispatcher({
    db,
    log,
    metrics,
    subscribers: [webhooks.subscriber],
    dispatched: () => worker.wake(),
  });
  return {
    webhooks,
    /** To be called after something was published. */
    wake: () => dispatcher.wake(),
    /** Deletes executions beyond those that are kept for each policy. */
    sweep: () => executions.sweepExecutions(() => KEPT_EXECUTIONS),
    start() {
      worker.start();
      dispatcher.start();
    },
    async stop() {
      await webhooks.pullEvents.flush();
      await dispatcher.stop();
      await worker.stop();
    },
  };
}
