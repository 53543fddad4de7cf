import { Readable } from 'node:stream';
import type { Principal } from '../access/index.ts';
import { createThrottle, type Throttle } from './throttle.ts';

/** Why the server ends a stream. */
export type EndReason = 'unauthenticated' | 'forbidden';

export interface Listener {
  /** Who it counts for, against the limit of streams. */
  readonly owner: string;
  readonly principal: Principal;
  /** What to listen for, and the topic that is told of it. */
  readonly signals: ReadonlyMap<string, string>;
  /** Who listens now; or why no more. Rejects when that cannot be told. */
  review(): Promise<Principal | EndReason>;
}

export interface StreamTiming {
  /** At most one message of changes in that time. */
  readonly coalesceMs: number;
  readonly beatMs: number;
}

/** Messages are some hundred bytes: who leaves that many unread does not read. */
const MAX_UNREAD_BYTES = 16 * 1024;

/** One client's server-sent events (HTML, section 9.2.6). */
export class LiveStream {
  readonly listener: Listener;
  readonly readable: Readable;
  #principal: Principal;
  readonly #pending = new Set<string>();
  readonly #throttle: Throttle;
  readonly #beats: NodeJS.Timeout;
  #isReviewing = false;
  #isOver = false;

  constructor(listener: Listener, timing: StreamTiming, closed: () => void) {
    this.listener = listener;
    this.#principal = listener.principal;
    this.readable = new Readable({ highWaterMark: MAX_UNREAD_BYTES, read() {} });
    this.#throttle = createThrottle(timing.coalesceMs, () => this.#flush());
    this.#beats = setInterval(() => void this.#beat(), timing.beatMs);
    this.#beats.unref();
    this.readable.once('close', () => {
      this.#isOver = true;
      this.#stop();
      closed();
    });
    this.#write('event: ready\ndata: {}\n\n');
  }

  get principal(): Principal {
    return this.#principal;
  }

  note(topic: string): void {
    this.#pending.add(topic);
    this.#throttle.request();
  }

  /** Without a reason the client may come again at once. */
  end(reason?: EndReason): void {
    if (this.#isOver) return;
    this.#stop();
    if (reason !== undefined) this.#write(`event: end\ndata: ${JSON.stringify({ reason })}\n\n`);
    this.#isOver = true;
    if (!this.readable.destroyed) this.readable.push(null);
  }

  #stop(): void {
    clearInterval(this.#beats);
    this.#throttle.stop();
  }

  #flush(): void {
    const topics = [...this.#pending];
    this.#pending.clear();
    this.#write(`event: change\ndata: ${JSON.stringify({ topics })}\n\n`);
  }

  async #beat(): Promise<void> {
    this.#write(': beat\n\n');
    if (this.#isReviewing) return;
    this.#isReviewing = true;
    try {
      const found = await this.listener.review();
      if (typeof found === 'string') this.end(found);
      else this.#principal = found;
    } catch {
      // A database that is away for a moment says nothing of the caller's rights.
    } finally {
      this.#isReviewing = false;
    }
  }

  #write(text: string): void {
    if (this.#isOver || this.readable.destroyed) return;
    if (this.readable.readableLength > MAX_UNREAD_BYTES) this.readable.destroy();
    else this.readable.push(text);
  }
}
