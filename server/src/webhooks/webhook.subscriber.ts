import { randomUUID } from 'node:crypto';
import type { DatabaseTransaction } from '../db/index.ts';
import type { RecordedEvent, Subscriber } from '../events/index.ts';
import type { JobQueue, NewExecution } from '../jobs/index.ts';
import { deliveryExecution, vendorOf } from './delivery.ts';
import { formatMessage } from './formats.ts';
import { type EventPlace, isWebhookEvent, presentPayload, type WebhookEvent } from './payload.ts';
import type {
  ListeningPolicy,
  Trigger,
  WebhookEventsRepository,
} from './webhook-events.repository.ts';
import type { WebhookTarget } from './webhook-policy.ts';

export interface WebhookSubscriberPorts {
  readonly repository: WebhookEventsRepository;
  readonly jobs: JobQueue;
  /** The setting `notification_enable`. */
  isEnabled(): boolean;
  /** Where clients find the registry, such as `https://registry.example.com`. */
  readonly externalUrl: string;
  /** Milliseconds since the epoch; the system's clock unless told. */
  readonly now?: () => number;
}

/** Turns events into deliveries: their payloads are what was so at that moment. */
export function createWebhookSubscriber(ports: WebhookSubscriberPorts): Subscriber {
  const subscriber = new WebhookSubscriber(ports);
  return { name: 'webhooks', handle: (tx, events) => subscriber.handle(tx, events) };
}

interface ToldEvent extends RecordedEvent {
  readonly event: WebhookEvent;
}

interface Telling {
  readonly recorded: ToldEvent;
  readonly policy: ListeningPolicy;
}

class WebhookSubscriber {
  readonly #ports: WebhookSubscriberPorts;
  readonly #host: string;

  constructor(ports: WebhookSubscriberPorts) {
    this.#ports = ports;
    this.#host = new URL(ports.externalUrl).host;
  }

  async handle(tx: DatabaseTransaction, events: readonly RecordedEvent[]): Promise<void> {
    if (!this.#ports.isEnabled()) return;
    const tellings = await this.#findTellings(tx, events.filter(isTold));
    if (tellings.length === 0) return;
    const { repository, jobs } = this.#ports;
    const repositories = tellings.map(({ recorded }) => recorded.event.repository);
    const createdAt = await repository.findCreationTimes(tx, [...new Set(repositories)]);
    const executions = tellings.flatMap((telling) =>
      this.#deliver(telling, {
        projectName: telling.policy.projectName,
        isPublic: telling.policy.isPublic,
        repositoryCreatedAt: createdAt.get(telling.recorded.event.repository),
        host: this.#host,
      }),
    );
    if (executions.length > 0) await jobs.enqueue(tx, executions);
    await repository.putTriggers(tx, triggersOf(tellings));
  }

  /** Who is told what, in the order of the events. */
  async #findTellings(tx: DatabaseTransaction, events: readonly ToldEvent[]): Promise<Telling[]> {
    const policies = await this.#ports.repository.listListening(
      tx,
      [...new Set(events.map(({ event }) => event.projectId))],
      [...new Set(events.map(({ event }) => event.type))],
    );
    const byProject = Map.groupBy(policies, ({ projectId }) => projectId);
    return events.flatMap((recorded) =>
      (byProject.get(recorded.event.projectId) ?? [])
        .filter(({ eventTypes }) => eventTypes.has(recorded.event.type))
        .map((policy) => ({ recorded, policy })),
    );
  }

  #deliver({ recorded, policy }: Telling, place: EventPlace): NewExecution[] {
    const { event } = recorded;
    const payload = presentPayload(recorded, event, place);
    const origin = {
      id: randomUUID(),
      requestId: event.requestId,
      projectId: policy.projectId,
      policyId: policy.id,
    };
    const since = (this.#ports.now ?? Date.now)();
    return policy.targets.map((target: WebhookTarget) =>
      deliveryExecution({
        policyId: policy.id,
        vendorType: vendorOf(target.type),
        trigger: 'EVENT',
        repository: event.repository,
        delivery: {
          ...formatMessage(target, payload, origin),
          targetId: target.id,
          eventType: event.type,
          since,
        },
      }),
    );
  }
}

function isTold(recorded: RecordedEvent): recorded is ToldEvent {
  return isWebhookEvent(recorded.event);
}

/** Each once, in one order for all who write them. */
function triggersOf(tellings: readonly Telling[]): Trigger[] {
  const triggers = new Map<string, Trigger>();
  for (const { recorded, policy } of tellings) {
    const eventType = recorded.event.type;
    triggers.set(`${policy.id} ${eventType}`, { policyId: policy.id, eventType });
  }
  return [...triggers.keys()].toSorted().flatMap((key) => triggers.get(key) ?? []);
}
