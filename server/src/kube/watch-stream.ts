import type { KubeAnswer } from './kube-answer.ts';
import { type Exchange, writeHead } from './kube-answer.ts';
import type { KubeStore } from './kube-objects.ts';
import type { KubeObject } from './object.ts';
import { skeletonOf } from './object-body.ts';
import {
  type IncludeObject,
  presentMany,
  presentOne,
  type Representation,
} from './representation.ts';
import type { Selection } from './selection.ts';
import { presentStatus, statusOfError } from './status.ts';
import { StatusError } from './status-error.ts';
import { ObjectWatch, type WatchEvent } from './watch.ts';

/** How often a watch says where it stands, and asks whether its caller may still see it. */
export const BOOKMARK_MS = 60_000;
/** A client that reads slower than changes come is cut off, and lists anew. */
const MAX_BACKLOG_BYTES = 64 * 1024 * 1024;
const KEEP_ALIVE_MS = 30_000;

export interface WatchOptions {
  readonly selection: Selection;
  /** 0: begin with what there is. */
  readonly from: number;
  readonly timeoutMs: number;
  readonly withBookmarks: boolean;
  readonly representation: Representation;
  readonly include: IncludeObject;
  readonly bookmarkMs: number;
  /** The selection as it is for the caller now. @throws what ends the watch */
  reselect(): Promise<Selection>;
}

/** A watch as a stream of JSON documents, one a line. */
export class WatchStream {
  readonly #exchange: Exchange;
  readonly #options: WatchOptions;
  readonly #watch: ObjectWatch;
  readonly #ended = Promise.withResolvers<void>();
  #isOpen = true;
  #isFirst = true;

  constructor(objects: KubeStore, exchange: Exchange, options: WatchOptions) {
    this.#exchange = exchange;
    this.#options = options;
    this.#watch = new ObjectWatch(objects, options.selection, {
      event: (event) => this.#send(event),
      end: (error) => this.end(error),
    });
  }

  /** Resolves when the watch has ended, for whatever reason. */
  async run(): Promise<void> {
    const { exchange, options } = { exchange: this.#exchange, options: this.#options };
    const { response, signal } = exchange;
    // Quiet is no fault here; a peer that is gone shows by TCP's own probes.
    response.socket?.setTimeout(0).setKeepAlive(true, KEEP_ALIVE_MS);
    writeHead(exchange, 200, { 'content-type': 'application/json', connection: 'close' });
    response.flushHeaders();
    const timeout = setTimeout(() => this.end(undefined), options.timeoutMs).unref();
    const bookmark = setInterval(() => void this.#check(), options.bookmarkMs).unref();
    signal.addEventListener('abort', () => this.#close(), { once: true });
    if (signal.aborted) this.#close();
    try {
      await this.#watch.start(options.from);
    } catch (error) {
      this.end(statusOfError(error).status);
    }
    await this.#ended.promise;
    clearTimeout(timeout);
    clearInterval(bookmark);
    this.#watch.stop();
  }

  /** Says where the watch stood, or why it ends. */
  end(error: StatusError | undefined): void {
    if (!this.#isOpen) return;
    if (error === undefined) this.#bookmark();
    else this.#write({ type: 'ERROR', object: presentStatus(error) });
    this.#exchange.response.end();
    this.#close();
  }

  #close(): void {
    this.#isOpen = false;
    this.#ended.resolve();
  }

  #send({ type, object }: WatchEvent): void {
    const { selection, representation, include } = this.#options;
    const shown = presentOne(selection.definition, object, representation, include, this.#isFirst);
    this.#isFirst = false;
    this.#write({ type, object: shown });
  }

  #bookmark(): void {
    const { selection, representation, include, withBookmarks } = this.#options;
    if (!withBookmarks || this.#watch.version === 0) return;
    const { definition } = selection;
    const resourceVersion = String(this.#watch.version);
    if (representation.shape === 'table') {
      const metadata = { resourceVersion };
      const table = presentMany(definition, [], metadata, representation, include);
      this.#write({ type: 'BOOKMARK', object: table });
      return;
    }
    const skeleton: KubeObject = skeletonOf(definition);
    const { apiVersion, kind } = skeleton;
    const metadata = { resourceVersion, creationTimestamp: null };
    this.#write({ type: 'BOOKMARK', object: { kind, apiVersion, metadata } });
  }

  async #check(): Promise<void> {
    try {
      this.#watch.narrow(await this.#options.reselect());
      if (this.#isOpen) this.#bookmark();
    } catch (error) {
      const { status } = statusOfError(error);
      // A database that is away for a moment says nothing of the caller's rights.
      if (status.code < 500) this.end(status);
    }
  }

  #write(event: KubeAnswer['body']): void {
    if (!this.#isOpen) return;
    const { response } = this.#exchange;
    response.write(`${JSON.stringify(event)}\n`);
    if (response.writableLength < MAX_BACKLOG_BYTES) return;
    response.destroy();
    this.#close();
  }
}
