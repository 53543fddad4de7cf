import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';
import type { Log } from '../telemetry/index.ts';

/** Messages of NOTIFY channels, over one connection that heals itself. */
export interface Notifications {
  /**
   * Whether messages arrive. What was sent while this was false is lost, so a cache that depends
   * on them is bypassed meanwhile and emptied by an `onUp` hook.
   */
  readonly connected: boolean;
  /** Each of these returns a function that unsubscribes. Hooks run synchronously. */
  onMessage(handler: (payload: string) => void, channel?: string): () => void;
  onUp(hook: () => void): () => void;
  onDown(hook: () => void): () => void;
  /** Idempotent; calls no hook. */
  close(): Promise<void>;
}

export interface NotificationsOptions {
  /** Returns an open connection of its own (`connectClient`); called again after each loss. */
  connect: () => Promise<Client>;
  log: Log;
  /** Of messages whose subscribers name no other. */
  channel: string;
  otherChannels?: readonly string[];
  /** How often a quiet connection is probed, and how long an answer may take; 10 s and 5 s. */
  pingMs?: number;
  pongMs?: number;
}

/** Listens at once, in the background, and for ever: a database that is down only delays it. */
export function createNotifications(options: NotificationsOptions): Notifications {
  const listener = new Listener(options);
  const running = listener.run();
  return {
    get connected() {
      return listener.connected;
    },
    onMessage: (handler, channel = options.channel) =>
      subscribe(listener.handlers, { channel, handle: handler }),
    onUp: (hook) => subscribe(listener.upHooks, hook),
    onDown: (hook) => subscribe(listener.downHooks, hook),
    close: async () => {
      listener.close();
      await running;
    },
  };
}

function subscribe<T>(set: Set<T>, member: T): () => void {
  set.add(member);
  return () => {
    set.delete(member);
  };
}

const RETRY_MS = [50, 200, 500, 1_000, 2_000, 5_000];
const PING_MS = 10_000;
const PONG_MS = 5_000;

interface Handler {
  readonly channel: string;
  handle(payload: string): void;
}

class Listener {
  readonly handlers = new Set<Handler>();
  readonly upHooks = new Set<() => void>();
  readonly downHooks = new Set<() => void>();
  connected = false;
  readonly #options: NotificationsOptions;
  readonly #closing = new AbortController();

  constructor(options: NotificationsOptions) {
    this.#options = options;
  }

  close(): void {
    this.#closing.abort();
  }

  async run(): Promise<void> {
    const { signal } = this.#closing;
    for (let failures = 0; !signal.aborted; failures += 1) {
      const wasUp = await this.#listenOnce();
      if (wasUp) failures = 0;
      const wait = RETRY_MS[failures] ?? RETRY_MS.at(-1);
      await delay(wait, undefined, { signal }).catch(() => undefined);
    }
  }

  /** One connection from its opening to its loss; true when it came to listening. */
  async #listenOnce(): Promise<boolean> {
    const { connect, log, channel, otherChannels = [] } = this.#options;
    let client: Client | undefined;
    try {
      client = await connect();
      const opened = client;
      const lost = watchLoss(client);
      client.on('notification', (message) => {
        this.#deliver(message.channel, message.payload ?? '');
      });
      const names = [channel, ...otherChannels].map((name) => opened.escapeIdentifier(name));
      await client.query(names.map((name) => `LISTEN ${name}`).join('; '));
      if (this.#closing.signal.aborted) return true;
      this.#turn(true);
      await this.#keepAlive(client, lost);
      return true;
    } catch (error) {
      if (!this.#closing.signal.aborted)
        log.warn({ err: error, channel }, 'notifications are down');
      return this.connected;
    } finally {
      if (this.connected) this.#turn(false);
      // A half-open connection would never answer a polite goodbye.
      client?.connection.stream.destroy();
    }
  }

  /** Returns when closed; throws when the connection is lost or too slow to answer. */
  async #keepAlive(client: Client, lost: Promise<Error>): Promise<void> {
    const { signal } = this.#closing;
    const { pingMs = PING_MS, pongMs = PONG_MS } = this.#options;
    while (!signal.aborted) {
      const pause = delay(pingMs, undefined, { signal, ref: false }).catch(() => undefined);
      const loss = await Promise.race([lost, pause]);
      if (loss instanceof Error) throw loss;
      if (signal.aborted) return;
      await answerWithin(client, lost, pongMs);
    }
  }

  #turn(connected: boolean): void {
    const { log, channel } = this.#options;
    this.connected = connected;
    if (connected) log.debug({ channel }, 'notifications are up');
    // Hooks protect caches; our own close() leaves nothing to protect.
    if (this.#closing.signal.aborted) return;
    for (const hook of connected ? this.upHooks : this.downHooks) this.#guard(hook);
  }

  #deliver(channel: string, payload: string): void {
    for (const handler of this.handlers) {
      if (handler.channel === channel) this.#guard(() => handler.handle(payload));
    }
  }

  /** A broken subscriber must not cost the others their messages. */
  #guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#options.log.error({ err: error }, 'a notification handler threw');
    }
  }
}

/** Resolves with the reason; never rejects, so it may stay unobserved. */
function watchLoss(client: Client): Promise<Error> {
  return new Promise((resolve) => {
    client.once('error', resolve);
    client.once('end', () => resolve(new Error('the connection was closed')));
  });
}

async function answerWithin(client: Client, lost: Promise<Error>, limitMs: number): Promise<void> {
  const patience = new AbortController();
  const tooSlow = delay(limitMs, new Error('no answer to a ping'), {
    signal: patience.signal,
  }).catch(() => undefined);
  const pong = client.query('SELECT 1').then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
  );
  const failure = await Promise.race([pong, lost, tooSlow]);
  patience.abort();
  if (failure instanceof Error) throw failure;
}
