import type { DatabaseTransaction } from '../db/index.ts';
import type { RecordedEvent } from './event.ts';

/**
 * Is given every event, in order, at least once. What it writes belongs to the transaction that
 * takes the events out of the outbox, so that nothing is lost or done twice by a crash; it must
 * only write rows (jobs, say), and never wait for the world outside.
 */
export interface Subscriber {
  readonly name: string;
  handle(tx: DatabaseTransaction, events: readonly RecordedEvent[]): Promise<void>;
}
