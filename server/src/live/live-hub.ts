import type { Readable } from 'node:stream';
import type { Principal } from '../access/index.ts';
import { AppError } from '../lib/index.ts';
import { type Listener, LiveStream, type StreamTiming } from './live-stream.ts';

export interface HubLimits {
  readonly perOwner: number;
  readonly inAll: number;
}

/** All streams of this process. Knows no rights: whoever opens one has looked at them. */
export interface LiveHub {
  /** @throws AppError too-many; unavailable once it is closed */
  open(listener: Listener): Readable;
  readonly isEmpty: boolean;
  /** Whether anybody listens for that. */
  hears(signal: string): boolean;
  /** @param may who may hear of it; all that listen, unless told */
  notify(signal: string, may?: (principal: Principal) => boolean): void;
  /** Everybody's topics may have changed. */
  notifyAll(): void;
  /** Ends all streams, and opens no more. */
  close(): void;
}

const LIMITS: HubLimits = { perOwner: 16, inAll: 2_000 };
const TIMING: StreamTiming = { coalesceMs: 250, beatMs: 15_000 };

/** Time between a page's questions and its stream, and how many changes are kept in mind for it. */
const RECENT_MS = 2_000;
const MAX_RECENT = 5_000;

export function createLiveHub({
  limits = LIMITS,
  timing = {},
}: {
  readonly limits?: HubLimits;
  readonly timing?: Partial<StreamTiming>;
} = {}): LiveHub {
  return new Hub(limits, { ...TIMING, ...timing });
}

class Hub implements LiveHub {
  readonly #limits: HubLimits;
  readonly #timing: StreamTiming;
  readonly #streams = new Set<LiveStream>();
  readonly #bySignal = new Map<string, Set<LiveStream>>();
  readonly #counts = new Map<string, number>();
  /** When each was last told of, the latest last. */
  readonly #recent = new Map<string, number>();
  #isClosed = false;

  constructor(limits: HubLimits, timing: StreamTiming) {
    this.#limits = limits;
    this.#timing = timing;
  }

  open(listener: Listener): Readable {
    if (this.#isClosed) throw new AppError('unavailable', 'the registry is about to stop');
    const count = this.#counts.get(listener.owner) ?? 0;
    if (count >= this.#limits.perOwner || this.#streams.size >= this.#limits.inAll) {
      throw new AppError('too-many', 'too many streams are open; close one first');
    }
    const stream = new LiveStream(listener, this.#timing, () => this.#remove(stream));
    this.#counts.set(listener.owner, count + 1);
    this.#streams.add(stream);
    for (const signal of listener.signals.keys()) {
      const listening = this.#bySignal.get(signal);
      if (listening === undefined) this.#bySignal.set(signal, new Set([stream]));
      else listening.add(stream);
    }
    this.#catchUp(stream);
    return stream.readable;
  }

  get isEmpty(): boolean {
    return this.#streams.size === 0;
  }

  hears(signal: string): boolean {
    return this.#bySignal.has(signal);
  }

  notify(signal: string, may?: (principal: Principal) => boolean): void {
    // Of what only some may hear it is not known later who may.
    if (may === undefined) this.#remember(signal);
    for (const stream of this.#bySignal.get(signal) ?? []) {
      const topic = stream.listener.signals.get(signal);
      if (topic !== undefined && may?.(stream.principal) !== false) stream.note(topic);
    }
  }

  notifyAll(): void {
    for (const stream of this.#streams) {
      for (const topic of stream.listener.signals.values()) stream.note(topic);
    }
  }

  close(): void {
    this.#isClosed = true;
    for (const stream of this.#streams) stream.end();
  }

  /** A page has asked for what it shows before its stream is open: what changed since is told. */
  #catchUp(stream: LiveStream): void {
    const since = performance.now() - RECENT_MS;
    for (const [signal, topic] of stream.listener.signals) {
      if ((this.#recent.get(signal) ?? Number.NEGATIVE_INFINITY) > since) stream.note(topic);
    }
  }

  #remember(signal: string): void {
    this.#recent.delete(signal);
    this.#recent.set(signal, performance.now());
    const [oldest] = this.#recent.keys();
    if (this.#recent.size > MAX_RECENT && oldest !== undefined) this.#recent.delete(oldest);
  }

  #remove(stream: LiveStream): void {
    if (!this.#streams.delete(stream)) return;
    const { owner, signals } = stream.listener;
    const count = (this.#counts.get(owner) ?? 1) - 1;
    if (count === 0) this.#counts.delete(owner);
    else this.#counts.set(owner, count);
    for (const signal of signals.keys()) {
      const listening = this.#bySignal.get(signal);
      listening?.delete(stream);
      if (listening?.size === 0) this.#bySignal.delete(signal);
    }
  }
}
