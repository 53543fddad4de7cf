/** Runs something later; gives what calls it off. */
export type Schedule = (ms: number, work: () => void) => () => void;

export interface WorkQueueOptions<J> {
  /** Jobs of one key are one job, and never run at the same time. */
  keyOf(job: J): string;
  /** Gives milliseconds after which the job is to run again, or undefined when it is done. */
  run(job: J, signal: AbortSignal): Promise<number | undefined>;
  onFailure(job: J, error: unknown, retryInMs: number): void;
  readonly concurrency: number;
  readonly schedule?: Schedule;
}

export interface AddOptions {
  /** Not before; sooner if something else asks. */
  readonly delayMs?: number;
  /** Leaves a job alone that waits already, such as after a failure. */
  readonly isPatient?: boolean;
}

/**
 * Work of a controller, by key, in memory: what is asked for many times is done once, what is asked
 * for while it runs is done once more, and what fails is tried again, after 1 s up to 5 minutes.
 */
export interface WorkQueue<J> {
  add(job: J, options?: AddOptions): void;
  /** Asks for the job now; resolves when an attempt that began after the call has ended, however. */
  attempt(job: J): Promise<void>;
  /** Resolves when nothing runs or could run at once. */
  settle(): Promise<void>;
  /** Aborts what runs and waits for it; nothing runs after that. */
  stop(): Promise<void>;
}

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 300_000;

interface Entry<J> {
  job: J;
  state: 'waiting' | 'ready' | 'running';
  /** Asked for while running: when to run again, in milliseconds from the end. */
  againInMs: number | undefined;
  failures: number;
  callOff: (() => void) | undefined;
  /** Of the attempt that comes next, and of the one that runs. */
  next: (() => void)[];
  current: (() => void)[];
}

export function createWorkQueue<J>(options: WorkQueueOptions<J>): WorkQueue<J> {
  return new Queue(options);
}

const scheduleByTimer: Schedule = (ms, work) => {
  const timer = setTimeout(work, ms);
  timer.unref();
  return () => clearTimeout(timer);
};

class Queue<J> implements WorkQueue<J> {
  readonly #options: WorkQueueOptions<J>;
  readonly #schedule: Schedule;
  readonly #entries = new Map<string, Entry<J>>();
  readonly #ready = new Set<Entry<J>>();
  readonly #abort = new AbortController();
  #running = 0;
  #idle: (() => void)[] = [];

  constructor(options: WorkQueueOptions<J>) {
    this.#options = options;
    this.#schedule = options.schedule ?? scheduleByTimer;
  }

  add(job: J, options: AddOptions = {}): void {
    if (!this.#abort.signal.aborted) this.#put(job, options);
  }

  attempt(job: J): Promise<void> {
    if (this.#abort.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#put(job, {}).next.push(resolve);
    });
  }

  settle(): Promise<void> {
    if (this.#isIdle()) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    this.#ready.clear();
    for (const entry of this.#entries.values()) {
      entry.callOff?.();
      for (const resolve of entry.next) resolve();
      entry.next = [];
      entry.againInMs = undefined;
    }
    await this.settle();
  }

  #put(job: J, { delayMs = 0, isPatient = false }: AddOptions): Entry<J> {
    const key = this.#options.keyOf(job);
    const known = this.#entries.get(key);
    if (known === undefined) {
      const entry: Entry<J> = {
        job,
        state: 'waiting',
        againInMs: undefined,
        failures: 0,
        callOff: undefined,
        next: [],
        current: [],
      };
      this.#entries.set(key, entry);
      this.#wait(entry, delayMs);
      return entry;
    }
    if (known.state === 'running' && !isPatient) {
      known.againInMs = Math.min(known.againInMs ?? delayMs, delayMs);
    }
    if (known.state === 'waiting' && delayMs === 0 && !isPatient) this.#wait(known, 0);
    return known;
  }

  #wait(entry: Entry<J>, ms: number): void {
    entry.callOff?.();
    entry.callOff = undefined;
    if (ms > 0) {
      entry.state = 'waiting';
      entry.callOff = this.#schedule(ms, () => this.#wait(entry, 0));
      return;
    }
    entry.state = 'ready';
    this.#ready.add(entry);
    // Whoever adds is not held up: the data plane marks what is dirty on its way.
    queueMicrotask(() => this.#start());
  }

  #start(): void {
    for (const entry of this.#ready) {
      if (this.#running >= this.#options.concurrency) return;
      this.#ready.delete(entry);
      void this.#run(entry);
    }
  }

  async #run(entry: Entry<J>): Promise<void> {
    this.#running += 1;
    entry.state = 'running';
    entry.againInMs = undefined;
    entry.current = entry.next;
    entry.next = [];
    const delayMs = await this.#attempt(entry);
    this.#running -= 1;
    for (const resolve of entry.current) resolve();
    this.#next(entry, delayMs);
    this.#start();
    if (!this.#isIdle()) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  async #attempt(entry: Entry<J>): Promise<number | undefined> {
    try {
      const delayMs = await this.#options.run(entry.job, this.#abort.signal);
      entry.failures = 0;
      return entry.againInMs ?? delayMs;
    } catch (error) {
      entry.failures += 1;
      const retryInMs = Math.min(FIRST_RETRY_MS * 2 ** (entry.failures - 1), LAST_RETRY_MS);
      if (!this.#abort.signal.aborted) this.#options.onFailure(entry.job, error, retryInMs);
      // Whoever waits for an attempt gets one.
      return entry.next.length > 0 ? 0 : retryInMs;
    }
  }

  #next(entry: Entry<J>, delayMs: number | undefined): void {
    const isOver = delayMs === undefined || this.#abort.signal.aborted;
    if (isOver) this.#entries.delete(this.#options.keyOf(entry.job));
    else this.#wait(entry, delayMs);
  }

  #isIdle(): boolean {
    return this.#running === 0 && this.#ready.size === 0;
  }
}
