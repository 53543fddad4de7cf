import { AppError } from '../lib/index.ts';
import type { Documents } from './documents.ts';
import { createGate, type Gate } from './gate.ts';
import { type PoolLimits, poolLimits } from './limits.ts';
import { ParserThread, type Pieces } from './parser-thread.ts';

/** Threads that parse what was pushed, started when they are needed. */
export interface ParserPool<Task> {
  /** Runs one task. Throws as {@link ParserThread.run}; AppError unavailable when too many wait. */
  run(task: Task, pieces: Pieces): Promise<Documents>;
  /** Stops all threads; what they are at is refused. */
  close(): Promise<void>;
}

/** @param worker a module that calls `serveTasks` with what performs such tasks */
export function createParserPool<Task>(
  worker: URL,
  limits: PoolLimits = poolLimits,
): ParserPool<Task> {
  return new ThreadPool(worker, limits);
}

class ThreadPool implements ParserPool<unknown> {
  readonly #worker: URL;
  readonly #limits: PoolLimits;
  readonly #gate: Gate;
  readonly #idle: ParserThread[] = [];
  readonly #busy = new Set<ParserThread>();
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(worker: URL, limits: PoolLimits) {
    this.#worker = worker;
    this.#limits = limits;
    this.#gate = createGate(limits.threads, limits.waiting);
  }

  run(task: unknown, pieces: Pieces): Promise<Documents> {
    return this.#gate.run(async () => {
      if (this.#isClosed) throw new AppError('unavailable', 'the registry is stopping');
      const thread = this.#take();
      this.#busy.add(thread);
      try {
        return await thread.run(task, pieces);
      } finally {
        this.#busy.delete(thread);
        if (thread.isAlive) this.#put(thread);
      }
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    const threads = [...this.#idle.splice(0), ...this.#busy];
    await Promise.all(threads.map((thread) => thread.terminate()));
  }

  #take(): ParserThread {
    let thread = this.#idle.pop();
    while (thread !== undefined && !thread.isAlive) thread = this.#idle.pop();
    return thread ?? new ParserThread(this.#worker, this.#limits);
  }

  #put(thread: ParserThread): void {
    this.#idle.push(thread);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#dropIdle(), this.#limits.idle);
    this.#timer.unref();
  }

  #dropIdle(): void {
    for (const thread of this.#idle.splice(0)) void thread.terminate();
  }
}
