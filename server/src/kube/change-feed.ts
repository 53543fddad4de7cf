import type { Log } from '../telemetry/index.ts';
import type { KubeObjectRepository, LoggedChange } from './kube-object.repository.ts';
import type { ObjectEvent } from './objects.ts';

const BATCH = 500;

export interface FeedListener {
  change(event: ObjectEvent, version: number): void;
  /** Changes were missed: the log no longer has them. */
  reset(): void;
}

/**
 * Reads the log of changes to its end whenever somebody says that there is more, and tells all
 * listeners. Writers of this process, other replicas' messages and a slow poll are the same to it.
 */
export class ChangeFeed {
  readonly #repository: KubeObjectRepository;
  readonly #log: Log;
  readonly #listeners = new Set<FeedListener>();
  #version: number | undefined;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(repository: KubeObjectRepository, log: Log) {
    this.#repository = repository;
    this.#log = log;
  }

  /** The newest version that listeners have heard of. */
  get version(): number {
    return this.#version ?? 0;
  }

  /** Listeners hear of what is committed after this resolves. */
  async start(): Promise<void> {
    if (this.#version === undefined) await this.pull();
  }

  listen(listener: FeedListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Resolves when everything that was committed before the call has been told. */
  pull(): Promise<void> {
    if (this.#running === undefined) {
      this.#running = this.#read().finally(() => {
        this.#running = undefined;
      });
      return this.#running;
    }
    // The reading under way may have looked too early; one more is enough for all who wait.
    this.#next ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        return this.pull();
      });
    return this.#next;
  }

  async #read(): Promise<void> {
    if (this.#version === undefined) {
      this.#version = (await this.#repository.clock()).version;
      return;
    }
    for (;;) {
      const changes = await this.#repository.changesAfter(this.#version, BATCH);
      // Read after the changes: what was trimmed meanwhile shows.
      const { trimmed } = await this.#repository.clock();
      if (trimmed > this.#version) {
        this.#reset(trimmed);
        continue;
      }
      for (const change of changes) this.#tell(change);
      if (changes.length < BATCH) return;
    }
  }

  #reset(trimmed: number): void {
    this.#log.warn({ version: this.#version, trimmed }, 'changes of objects were missed');
    this.#version = trimmed;
    for (const listener of this.#listeners) this.#guard(() => listener.reset());
  }

  #tell({ version, event }: LoggedChange): void {
    this.#version = version;
    for (const listener of this.#listeners) this.#guard(() => listener.change(event, version));
  }

  #guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#log.error({ err: error }, 'a listener to changes of objects threw');
    }
  }
}
