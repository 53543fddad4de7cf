import type { Socket } from 'node:net';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { createBackground, pause } from '../lib/index.ts';
import type { Log, Metrics } from '../telemetry/index.ts';
import type { AuditRecord } from './audit-entry.ts';
import { frameRecord, parseSyslogEndpoint } from './syslog.ts';
import { openSyslogSocket, type SyslogConnectOptions } from './syslog-connection.ts';

export interface SyslogForwarder {
  /**
   * Queues the records for `endpoint` and returns at once. 10,000 wait at most: the oldest are
   * dropped and counted. Another endpoint than before gets what still waits; an empty one ends
   * forwarding. What a server had not yet read when its connection broke is lost: syslog knows no
   * acknowledgement.
   */
  forward(records: readonly AuditRecord[], endpoint: string): void;
  /** Gives what waits two seconds to leave, then closes the connection. */
  stop(): Promise<void>;
}

export interface SyslogForwarderPorts {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly options?: SyslogForwarderOptions;
}

export interface SyslogForwarderOptions extends SyslogConnectOptions {
  /** Pause after the first failure, doubled after each further one up to 30 s. 200 unless told. */
  readonly backoffMs?: number;
  /** How long a server may leave what was sent unread; 30 s unless told. */
  readonly stallMs?: number;
  /** For what waits when the program stops; 2 s unless told. */
  readonly lingerMs?: number;
}

const MAX_WAITING = 10_000;
const MAX_BACKOFF_MS = 30_000;

export function createSyslogForwarder(ports: SyslogForwarderPorts): SyslogForwarder {
  return new Forwarder(ports);
}

class Forwarder implements SyslogForwarder {
  readonly #log: Log;
  readonly #options: SyslogForwarderOptions;
  readonly #dropped: { value: number };
  readonly #background;
  readonly #sender = { hostname: hostname(), pid: process.pid };
  #endpoint = '';
  #waiting: Buffer[] = [];
  #socket: Socket | undefined;
  #sending: Promise<void> | undefined;
  /** Fires when the endpoint changes or the program stops. */
  #cut = new AbortController();
  #failures = 0;
  #isStopped = false;

  constructor({ log, metrics, options = {} }: SyslogForwarderPorts) {
    this.#log = log;
    this.#options = options;
    this.#background = createBackground(log);
    this.#dropped = metrics.counter(
      'berth_audit_forward_dropped_total',
      'Entries of the audit log that did not reach the syslog server',
    );
  }

  forward(records: readonly AuditRecord[], endpoint: string): void {
    if (this.#isStopped) return;
    if (endpoint !== this.#endpoint) this.#turnTo(endpoint);
    if (endpoint === '') return;
    for (const record of records) this.#waiting.push(frameRecord(record, this.#sender));
    const excess = this.#waiting.length - MAX_WAITING;
    if (excess > 0) {
      this.#waiting.splice(0, excess);
      this.#dropped.value += excess;
    }
    if (this.#waiting.length > 0) this.#send();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#socket?.ref();
    const lingering = new AbortController();
    const linger = delay(this.#options.lingerMs ?? 2000, undefined, { signal: lingering.signal });
    await Promise.race([this.#sending, linger.catch(() => undefined)]);
    lingering.abort();
    this.#dropped.value += this.#waiting.length;
    this.#waiting = [];
    this.#cut.abort();
    this.#socket?.destroy();
    await this.#background.stop();
  }

  #turnTo(endpoint: string): void {
    this.#endpoint = endpoint;
    this.#failures = 0;
    this.#cut.abort();
    this.#cut = new AbortController();
    this.#socket?.destroy();
    this.#socket = undefined;
    if (endpoint === '') this.#waiting = [];
  }

  /** One sender at a time; it ends when nothing waits. */
  #send(): void {
    if (this.#sending !== undefined) return;
    const sending = this.#drain();
    this.#sending = sending;
    this.#background.run('forward the audit log', () => sending);
  }

  async #drain(): Promise<void> {
    // `#send` must have the promise before it can end.
    await Promise.resolve();
    while (this.#waiting.length > 0 && this.#endpoint !== '') {
      const { signal } = this.#cut;
      try {
        await this.#sendFirst(signal);
        this.#failures = 0;
      } catch (error) {
        if (!signal.aborted) await this.#backOff(error, signal);
      }
    }
    // In the same turn as the last look at what waits: an entry in between would never leave.
    this.#sending = undefined;
  }

  async #sendFirst(signal: AbortSignal): Promise<void> {
    const socket = await this.#connect(signal);
    const batch = this.#waiting.slice(0, 100);
    await write(socket, Buffer.concat(batch), this.#options.stallMs ?? 30_000);
    // Some may have been dropped meanwhile, and those are the first ones.
    const sent = new Set(batch);
    this.#waiting = this.#waiting.filter((frame) => !sent.has(frame));
  }

  async #connect(signal: AbortSignal): Promise<Socket> {
    if (this.#socket?.writable === true) return this.#socket;
    const endpoint = parseSyslogEndpoint(this.#endpoint);
    const socket = await openSyslogSocket(endpoint, { ...this.#options, signal });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (this.#socket === socket) this.#socket = undefined;
    });
    if (signal.aborted) {
      socket.destroy();
      throw new Error('the connection is no longer wanted');
    }
    socket.setKeepAlive(true, 30_000);
    // Nothing is expected; reading is how a closed connection is noticed before the next entry.
    socket.resume();
    // An idle connection must not keep a stopping program alive.
    if (!this.#isStopped) socket.unref();
    this.#socket = socket;
    return socket;
  }

  async #backOff(error: unknown, signal: AbortSignal): Promise<void> {
    this.#socket?.destroy();
    this.#socket = undefined;
    // Once an outage, not once an attempt.
    if (this.#failures === 0) {
      this.#log.warn(
        { err: error, endpoint: this.#endpoint, waiting: this.#waiting.length },
        'the audit log could not be forwarded; it is tried again',
      );
    }
    const first = this.#options.backoffMs ?? 200;
    const wait = Math.min(MAX_BACKOFF_MS, first * 2 ** Math.min(this.#failures, 16));
    this.#failures += 1;
    await pause(wait, signal);
  }
}

/** Resolves when the bytes have left for the network; rejects when the connection breaks. */
function write(socket: Socket, bytes: Buffer, stallMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const onClose = () => reject(new Error('the connection was closed'));
    const timer = setTimeout(() => {
      socket.destroy(new Error(`the server read nothing for ${stallMs} ms`));
    }, stallMs);
    timer.unref();
    socket.once('close', onClose);
    socket.write(bytes, (error) => {
      clearTimeout(timer);
      socket.off('close', onClose);
      if (error instanceof Error) reject(error);
      else resolve();
    });
  });
}
