import { type Database, type DatabaseTransaction, isConflict, isUnavailable } from '../db/index.ts';
import { createKeyedMutex, pause } from '../lib/index.ts';
import type { HotCounter, Log, Metrics } from '../telemetry/index.ts';
import { parseEvent } from './event.schema.ts';
import type { RecordedEvent } from './event.ts';
import { createOutboxRows, type OutboxRow, type OutboxRows } from './outbox.repository.ts';
import type { Subscriber } from './subscriber.ts';

/** Tells subscribers what happened, in this process or, one at a time, in others. */
export interface OutboxDispatcher {
  start(): void;
  /** Looks for events now rather than within a second: after a commit that published some. */
  wake(): void;
  /** Resolves when it has found the outbox empty. Works without `start` too. */
  drain(): Promise<void>;
  /** Puts events that no subscriber could take back into the outbox. @returns how many */
  restoreFailedEvents(): Promise<number>;
  stop(): Promise<void>;
}

export interface OutboxDispatcherPorts {
  readonly db: Database;
  readonly subscribers: readonly Subscriber[];
  readonly log: Log;
  readonly metrics: Metrics;
  /** Called after each commit that took events out: what subscribers wrote can be seen now. */
  readonly dispatched?: (() => void) | undefined;
  /** How often it looks for events while there are none; 1 s, more or less. */
  readonly pollMs?: number;
  /** The first pause after a failure, doubled each time; 100 ms. */
  readonly retryMs?: number;
}

const BATCH = 200;
const POLL_MS = 1_000;
const RETRY_MS = 100;
const MAX_RETRY_MS = 5_000;
const BUSY_MS = 50;
/** What is published within that time goes in one transaction, and not in one for each push. */
const GATHER_MS = 50;
/** Of a batch, before its events are tried one by one. */
const MAX_BATCH_FAILURES = 5;
/** Of one event, before it is put aside. */
const MAX_EVENT_FAILURES = 3;

export function createOutboxDispatcher(ports: OutboxDispatcherPorts): OutboxDispatcher {
  return new PollingDispatcher(ports);
}

class PollingDispatcher implements OutboxDispatcher {
  readonly #ports: OutboxDispatcherPorts;
  readonly #rows: OutboxRows;
  readonly #putAside: HotCounter;
  readonly #passes = createKeyedMutex();
  /** How often in a row the oldest events failed, but not the database. */
  #failures = 0;
  /** How often in a row anything failed. */
  #setbacks = 0;
  /** The first of those that were handed out last. */
  #oldest: number | undefined;
  /** How many of them are tried one by one. */
  #suspects = 0;
  #waiting = 0;
  #stopping = new AbortController();
  #isWoken = false;
  #notify: (() => void) | undefined;
  #loop: Promise<void> | undefined;

  constructor(ports: OutboxDispatcherPorts) {
    this.#ports = ports;
    this.#rows = createOutboxRows(ports.db);
    this.#putAside = ports.metrics.counter(
      'berth_outbox_failed_events_total',
      'Events put aside because a subscriber could not take them',
    );
    ports.metrics.gauge(
      'berth_outbox_events',
      'Events that wait for their subscribers, about',
      () => this.#waiting,
    );
  }

  start(): void {
    if (this.#loop !== undefined) return;
    this.#stopping = new AbortController();
    this.#loop = this.#run(this.#stopping.signal);
  }

  wake(): void {
    this.#isWoken = true;
    this.#notify?.();
  }

  async drain(): Promise<void> {
    const { signal } = this.#stopping;
    while ((await this.#pass(signal)) !== 'empty' && !signal.aborted);
  }

  restoreFailedEvents(): Promise<number> {
    return this.#rows.restore();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.wake();
    await this.#loop;
    this.#loop = undefined;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      // Lowered first: what is published from here on is looked for in the next pass.
      this.#isWoken = false;
      if ((await this.#pass(signal)) === 'more') continue;
      if (!this.#isWoken) await this.#sleep();
      await pause(GATHER_MS, signal);
    }
  }

  /** Until somebody wakes it, or about a second. */
  #sleep(): Promise<void> {
    const ms = (this.#ports.pollMs ?? POLL_MS) * (0.75 + Math.random() / 2);
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      timer.unref();
      this.#notify = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** One batch; after a failure, with the pause that follows. Never rejects. */
  #pass(signal: AbortSignal): Promise<'empty' | 'more'> {
    return this.#passes.run('pass', async () => {
      try {
        return await this.#dispatch(signal);
      } catch (error) {
        await this.#recover(error, signal);
        return 'more';
      }
    });
  }

  async #dispatch(signal: AbortSignal): Promise<'empty' | 'more'> {
    const limit = this.#suspects > 0 ? 1 : BATCH;
    const taken = await this.#rows.take(limit, (tx, rows) => this.#tell(tx, rows));
    if (taken === 'busy') {
      await this.#measure();
      await pause(BUSY_MS, signal);
      return 'more';
    }
    this.#failures = 0;
    this.#setbacks = 0;
    this.#suspects = taken === 0 ? 0 : Math.max(0, this.#suspects - taken);
    if (taken > 0) this.#ports.dispatched?.();
    if (taken === limit) await this.#measure();
    else this.#waiting = 0;
    return taken === limit ? 'more' : 'empty';
  }

  async #tell(tx: DatabaseTransaction, rows: readonly OutboxRow[]): Promise<void> {
    this.#oldest = rows[0]?.id;
    const events = rows.flatMap((row) => this.#parse(row) ?? []);
    if (events.length === 0) return;
    for (const subscriber of this.#ports.subscribers) await subscriber.handle(tx, events);
  }

  #parse({ id, payload, occurred_at }: OutboxRow): RecordedEvent | undefined {
    const event = parseEvent(payload);
    if (event !== undefined) return { id, occurredAt: occurred_at, event };
    this.#ports.log.warn({ event: id }, 'an event of an unknown type was skipped');
    return undefined;
  }

  async #recover(error: unknown, signal: AbortSignal): Promise<void> {
    const { log, retryMs = RETRY_MS } = this.#ports;
    this.#setbacks += 1;
    log.warn({ err: error }, 'events could not be handed to their subscribers');
    try {
      if (!isUnavailable(error) && !isConflict(error)) await this.#isolate(error);
      await this.#measure();
    } catch (cause) {
      log.warn({ err: cause }, 'the outbox is out of reach');
    }
    await pause(Math.min(MAX_RETRY_MS, retryMs * 2 ** Math.min(this.#setbacks, 16)), signal);
  }

  /** A batch that fails again and again is tried one by one, and what then fails is put aside. */
  async #isolate(error: unknown): Promise<void> {
    this.#failures += 1;
    if (this.#suspects === 0) {
      if (this.#failures < MAX_BATCH_FAILURES) return;
      this.#suspects = BATCH;
      this.#failures = 0;
      return;
    }
    if (this.#failures < MAX_EVENT_FAILURES || this.#oldest === undefined) return;
    const id = this.#oldest;
    const isAside = await this.#rows.putAside(id);
    this.#failures = 0;
    this.#setbacks = 0;
    this.#suspects -= 1;
    if (!isAside) return;
    this.#putAside.value += 1;
    this.#ports.log.error({ err: error, event: id }, 'an event was put aside');
  }

  async #measure(): Promise<void> {
    this.#waiting = await this.#rows.estimate();
  }
}
