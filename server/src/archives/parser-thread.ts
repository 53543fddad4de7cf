import { Worker } from 'node:worker_threads';
import { AppError } from '../lib/index.ts';
import { ContentRefusal } from './content-refusal.ts';
import type { Documents } from './documents.ts';
import type { PoolLimits } from './limits.ts';
import type { FromParser, ToParser } from './parser-messages.ts';

/** The content in pieces that are given away to the thread. */
export type Pieces = AsyncIterator<Uint8Array<ArrayBuffer>, void, undefined>;

interface Job {
  readonly task: unknown;
  readonly pieces: Pieces;
  readonly settle: PromiseWithResolvers<Documents>;
  /** Milliseconds of work left. */
  left: number;
}

/** One worker: one task at a time; once it has failed or been too slow, none any more. */
export class ParserThread {
  readonly #limits: PoolLimits;
  readonly #worker: Worker;
  #isReady = false;
  #isAlive = true;
  #job: Job | undefined;
  #timer: NodeJS.Timeout | undefined;
  #since = 0;

  /** @param worker a module that calls `serveTasks` */
  constructor(worker: URL, limits: PoolLimits) {
    this.#limits = limits;
    this.#worker = new Worker(worker, {
      // It parses what strangers send: it is given no environment, so no secrets.
      env: {},
      execArgv: [],
      name: 'parser',
      resourceLimits: {
        maxOldGenerationSizeMb: limits.oldGenerationMb,
        maxYoungGenerationSizeMb: 16,
        codeRangeSizeMb: 16,
        stackSizeMb: 4,
      },
    });
    this.#worker.on('message', (message: FromParser) => this.#hear(message));
    this.#worker.on('error', () => this.#die('the content takes too much memory to read'));
    this.#worker.on('exit', () => this.#die('the content could not be read'));
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /**
   * Runs a task; the pieces are asked for as they are needed, and let go of in the end.
   *
   * @throws ContentRefusal too-large, unprocessable, or unavailable when the work takes too long
   * @throws AppError unavailable when the thread does not start; and what the pieces throw
   */
  async run(task: unknown, pieces: Pieces): Promise<Documents> {
    const settle = Promise.withResolvers<Documents>();
    this.#job = { task, pieces, settle, left: this.#limits.work };
    this.#worker.ref();
    if (this.#isReady) this.#begin(this.#job);
    else this.#watch(this.#limits.start, new AppError('unavailable', 'no thread could be started'));
    try {
      return await settle.promise;
    } finally {
      this.#job = undefined;
      clearTimeout(this.#timer);
      if (this.#isAlive) this.#worker.unref();
      pieces.return?.().catch(() => undefined);
    }
  }

  async terminate(): Promise<void> {
    this.#isAlive = false;
    await this.#worker.terminate();
  }

  #hear(message: FromParser): void {
    clearTimeout(this.#timer);
    if (message.kind === 'ready') this.#isReady = true;
    const job = this.#job;
    if (job === undefined) return;
    switch (message.kind) {
      case 'ready':
        return this.#begin(job);
      case 'more':
        job.left -= performance.now() - this.#since;
        void this.#feed(job);
        return;
      case 'done':
        return job.settle.resolve(message.documents);
      case 'refused':
        return job.settle.reject(new ContentRefusal(message.as, message.message));
    }
  }

  #begin(job: Job): void {
    this.#say(job, { kind: 'task', task: job.task });
  }

  /** The thread does not work while storage is asked, so its time stands still. */
  async #feed(job: Job): Promise<void> {
    try {
      const next = await job.pieces.next();
      if (this.#job !== job) return;
      this.#say(job, { kind: 'piece', piece: next.done === true ? undefined : next.value });
    } catch (error) {
      this.#abandon(error);
    }
  }

  #say(job: Job, message: ToParser): void {
    const hasPiece = message.kind === 'piece' && message.piece !== undefined;
    this.#worker.postMessage(message, hasPiece ? [message.piece.buffer] : []);
    this.#since = performance.now();
    const sentence = 'the content takes too long to read, try again later';
    this.#watch(job.left, new ContentRefusal('unavailable', sentence));
  }

  #watch(ms: number, error: Error): void {
    this.#timer = setTimeout(() => this.#abandon(error), Math.max(ms, 0));
  }

  /** Stops the thread in the middle of its task. */
  #abandon(error: unknown): void {
    this.#job?.settle.reject(error);
    void this.terminate();
  }

  #die(sentence: string): void {
    this.#isAlive = false;
    const error = this.#isReady
      ? new ContentRefusal('unprocessable', sentence)
      : new AppError('unavailable', 'no thread could be started');
    this.#job?.settle.reject(error);
  }
}
