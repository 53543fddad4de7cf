import type { DomainEvent } from '../events/index.ts';
import type { HotCounter, Log, Metrics } from '../telemetry/index.ts';

/** A pull, as the registry sees it. */
export type PullEvent = Extract<
  DomainEvent,
  { readonly type: 'PUSH_ARTIFACT' | 'PULL_ARTIFACT' }
> & { readonly type: 'PULL_ARTIFACT' };

export interface PullEventsPorts {
  /** Projects that have an enabled policy for pulls. */
  listProjectsWanting(): Promise<readonly number[]>;
  /** Writes to the outbox. */
  publish(events: readonly PullEvent[]): Promise<void>;
  /** The setting `notification_enable`. */
  isEnabled(): boolean;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Milliseconds that never go back; of the process unless told. */
  readonly now?: () => number;
}

/**
 * Tells webhooks of pulls. `pulled` is cheap and never waits: most projects have nobody who wants
 * to know, and for the others the outbox is written in batches. Best effort: what a crash or a
 * long absence of the database catches in memory is lost.
 */
export interface PullEvents {
  pulled(event: PullEvent): void;
  /** To be called when policies have changed, here or elsewhere. */
  forget(): void;
  /** Writes what waits; for the end of the process. */
  flush(): Promise<void>;
}

/** Other replicas may not hear of a change. */
const MAX_AGE_MS = 30_000;
const INTERVAL_MS = 250;
const LONGEST_PAUSE_MS = 8_000;
const BATCH = 500;
const MAX_BUFFERED = 20_000;

export function createPullEvents(ports: PullEventsPorts): PullEvents {
  const tally = new BufferedPulls(ports);
  return {
    pulled: (event) => tally.pulled(event),
    forget: () => tally.forget(),
    flush: () => tally.flush(),
  };
}

class BufferedPulls {
  readonly #ports: PullEventsPorts;
  readonly #dropped: HotCounter;
  #wanting: { readonly projects: ReadonlySet<number>; readonly at: number } | undefined;
  /** Tells answers that were asked for before a change. */
  #epoch = 0;
  #buffer: PullEvent[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;
  #isDropping = false;
  /** Of writing, one after the other. */
  #failures = 0;

  constructor(ports: PullEventsPorts) {
    this.#ports = ports;
    this.#dropped = ports.metrics.counter(
      'berth_pull_events_dropped_total',
      'Pulls that webhooks were not told of, since the outbox could not be written.',
    );
  }

  pulled(event: PullEvent): void {
    if (!this.#ports.isEnabled()) return;
    const wanting = this.#freshWanting();
    // Who wants it is not known yet: that is found out before it is written.
    if (wanting !== undefined && !wanting.has(event.projectId)) return;
    if (this.#buffer.length >= MAX_BUFFERED) {
      this.#drop();
      return;
    }
    this.#buffer.push(event);
    if (this.#buffer.length === BATCH) this.#write();
    else this.#schedule();
  }

  forget(): void {
    this.#epoch += 1;
    this.#wanting = undefined;
  }

  async flush(): Promise<void> {
    await this.#writing;
    if (this.#buffer.length > 0) this.#write();
    await this.#writing;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #freshWanting(): ReadonlySet<number> | undefined {
    if (this.#wanting === undefined || this.#now() - this.#wanting.at > MAX_AGE_MS) {
      return undefined;
    }
    return this.#wanting.projects;
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#writing !== undefined) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#write();
      },
      Math.min(INTERVAL_MS * 2 ** this.#failures, LONGEST_PAUSE_MS),
    );
    this.#timer.unref();
  }

  #write(): void {
    if (this.#writing !== undefined) return;
    this.#writing = this.#writeAll()
      .catch((error: unknown) => {
        this.#failures += 1;
        this.#ports.log.warn({ err: error }, 'pulls could not be told to webhooks yet');
      })
      .finally(() => {
        this.#writing = undefined;
        if (this.#buffer.length > 0) this.#schedule();
      });
  }

  async #writeAll(): Promise<void> {
    while (this.#buffer.length > 0) {
      const wanting = this.#freshWanting() ?? (await this.#loadWanting());
      const batch = this.#buffer.slice(0, BATCH);
      const told = batch.filter((event) => wanting.has(event.projectId));
      if (told.length > 0) await this.#ports.publish(told);
      this.#buffer = this.#buffer.slice(batch.length);
      this.#isDropping = false;
      this.#failures = 0;
    }
  }

  /** Asked for again when policies change meanwhile: the answer may be from before. */
  async #loadWanting(): Promise<ReadonlySet<number>> {
    for (;;) {
      const epoch = this.#epoch;
      const at = this.#now();
      const projects = new Set(await this.#ports.listProjectsWanting());
      if (epoch !== this.#epoch) continue;
      this.#wanting = { projects, at };
      return projects;
    }
  }

  #drop(): void {
    this.#dropped.value += 1;
    if (this.#isDropping) return;
    this.#isDropping = true;
    this.#ports.log.error(
      { buffered: MAX_BUFFERED },
      'pulls are no longer told to webhooks: too many wait for the database',
    );
  }

  #now(): number {
    return (this.#ports.now ?? performance.now.bind(performance))();
  }
}
