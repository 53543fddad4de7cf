import type { KubeStore } from './kube-objects.ts';
import type { KubeObject } from './object.ts';
import type { ObjectEvent } from './objects.ts';
import type { Selection } from './selection.ts';
import { StatusError } from './status-error.ts';
import { expired } from './status-errors.ts';

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: KubeObject;
}

export interface WatchSink {
  event(event: WatchEvent): void;
  /** Nothing more comes. */
  end(error: StatusError | undefined): void;
}

const BATCH = 500;

/** One watch: what was, what happened since, and what happens from now on, each change once. */
export class ObjectWatch {
  readonly #objects: KubeStore;
  readonly #sink: WatchSink;
  #selection: Selection;
  /** Changes heard of while the past is still being read; undefined once it is. */
  #pending: { event: ObjectEvent; version: number }[] | undefined = [];
  #version = 0;
  #stop: () => void = () => undefined;

  constructor(objects: KubeStore, selection: Selection, sink: WatchSink) {
    this.#objects = objects;
    this.#selection = selection;
    this.#sink = sink;
  }

  /** Everything up to this version was told. */
  get version(): number {
    return this.#version;
  }

  /**
   * From the present state (version 0), or from what followed a version. Ends with 410 when the
   * log no longer has that.
   */
  async start(from: number): Promise<void> {
    this.#stop = this.#objects.listen({
      change: (event, version) => this.#hear(event, version),
      reset: () => this.#sink.end(tooOld()),
    });
    // The feed then stands at the present; it tells whatever comes later.
    await this.#objects.pull();
    if (from === 0) await this.#tellState();
    else await this.#tellPast(from);
    const pending = this.#pending ?? [];
    this.#pending = undefined;
    for (const { event, version } of pending) this.#hear(event, version);
  }

  stop(): void {
    this.#stop();
  }

  /** From now on another selection, such as after the caller's rights changed. */
  narrow(selection: Selection): void {
    this.#selection = selection;
  }

  async #tellState(): Promise<void> {
    const { namespace, tenant, name, definition } = this.#selection;
    const request = { namespace, tenant, name, after: undefined, limit: undefined };
    const { version, objects } = await this.#objects.page(definition.kind, request);
    for (const object of objects) {
      if (this.#selection.matches(object)) this.#sink.event({ type: 'ADDED', object });
    }
    this.#version = version;
  }

  async #tellPast(from: number): Promise<void> {
    const { kind } = this.#selection.definition;
    const { version: upTo } = await this.#objects.clock();
    this.#version = from;
    for (;;) {
      const changes = await this.#objects.changesAfter(this.#version, BATCH, { kind, upTo });
      // Asked after the changes were read: what was trimmed before that shows.
      const { trimmed } = await this.#objects.clock();
      if (this.#version < trimmed) throw tooOld();
      for (const { event, version } of changes) this.#tell(event, version);
      if (changes.length < BATCH) break;
    }
    this.#version = Math.max(this.#version, upTo);
  }

  #hear(event: ObjectEvent, version: number): void {
    if (this.#pending === undefined) this.#tell(event, version);
    else this.#pending.push({ event, version });
  }

  #tell(event: ObjectEvent, version: number): void {
    if (version <= this.#version) return;
    this.#version = version;
    if (event.object.kind !== this.#selection.definition.kind) return;
    const told = this.#select(event);
    if (told !== undefined) this.#sink.event(told);
  }

  /** What enters the selection is added to it, what leaves it is deleted from it. */
  #select({ type, object, previous }: ObjectEvent): WatchEvent | undefined {
    const { matches } = this.#selection;
    const was = previous !== undefined && matches(previous);
    if (type === 'DELETED') return was ? { type, object } : undefined;
    const is = matches(object);
    if (is) return { type: was ? 'MODIFIED' : 'ADDED', object };
    if (!was) return undefined;
    const { resourceVersion } = object.metadata;
    const left = { ...previous, metadata: { ...previous.metadata, resourceVersion } };
    return { type: 'DELETED', object: left };
  }
}

function tooOld(): StatusError {
  return expired('too old resource version');
}
