export type { DomainEvent, DomainEventType, RecordedEvent } from './event.ts';
export { createOutbox, eventRows, type Outbox } from './outbox.repository.ts';
export {
  createOutboxDispatcher,
  type OutboxDispatcher,
  type OutboxDispatcherPorts,
} from './outbox-dispatcher.ts';
export type { Subscriber } from './subscriber.ts';
