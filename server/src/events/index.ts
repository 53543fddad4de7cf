export type { DomainEvent, DomainEventType, RecordedEvent } from './event.ts';
export { createOutbox, type Outbox } from './outbox.repository.ts';
export { createOutboxDispatcher, type OutboxDispatcher } from './outbox-dispatcher.ts';
export type { Subscriber } from './subscriber.ts';
