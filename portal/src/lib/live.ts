import { type QueryKey, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { basePath } from './base.ts';

type Listener = () => void;

/** Streams end and begin anew when pages change; several changes at once make one. */
const SETTLE_MS = 100;

/**
 * One stream of changes for the whole page. It says only that something has changed; whoever
 * shows it asks anew. A page that nobody sees has no stream: browsers allow a host six.
 */
class LiveUpdates {
  readonly #listeners = new Map<string, Set<Listener>>();
  #source: EventSource | undefined;
  readonly #formers: EventSource[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #heard = '';
  /** Whether there was no stream for a while: what happened then was not heard. */
  #hasMissed = false;

  constructor() {
    document.addEventListener('visibilitychange', () => this.#settle());
  }

  listen(topics: readonly string[], listener: Listener): () => void {
    for (const topic of topics) {
      const set = this.#listeners.get(topic) ?? new Set();
      this.#listeners.set(topic, set.add(listener));
    }
    this.#settle();
    return () => {
      for (const topic of topics) {
        const set = this.#listeners.get(topic);
        set?.delete(listener);
        if (set?.size === 0) this.#listeners.delete(topic);
      }
      this.#settle();
    };
  }

  /** After a login or logout: what may be heard is another. */
  restart(): void {
    this.#close();
    this.#settle();
  }

  #settle(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#connect(), SETTLE_MS);
  }

  #connect(): void {
    const topics = [...this.#listeners.keys()].toSorted().join(',');
    const wanted = document.hidden ? '' : topics;
    if (wanted === this.#heard) return;
    if (document.hidden) this.#hasMissed = true;
    if (wanted === '') return this.#close();
    this.#heard = wanted;
    const url = `${basePath}/api/v2.0/live?topics=${encodeURIComponent(wanted)}`;
    // The former one goes on until this one hears: nothing is missed, and nothing asked for twice.
    if (this.#source !== undefined) this.#formers.push(this.#source);
    const source = new EventSource(url);
    this.#source = source;
    source.addEventListener('ready', () => {
      // What the former one has heard and not told yet, the server tells the new one as well.
      this.#closeFormers();
      if (this.#hasMissed) this.#tell([...this.#listeners.keys()]);
      this.#hasMissed = false;
    });
    source.addEventListener('error', () => {
      this.#closeFormers();
      this.#hasMissed = true;
    });
    source.addEventListener('change', (event) => this.#tell(topicsOf(event.data)));
    source.addEventListener('end', () => source.close());
  }

  #tell(topics: readonly string[]): void {
    const listeners = new Set(topics.flatMap((topic) => [...(this.#listeners.get(topic) ?? [])]));
    for (const listener of listeners) listener();
  }

  #closeFormers(): void {
    for (const former of this.#formers.splice(0)) former.close();
  }

  #close(): void {
    this.#closeFormers();
    this.#source?.close();
    this.#source = undefined;
    this.#heard = '';
  }
}

function topicsOf(data: unknown): readonly string[] {
  try {
    const message: unknown = JSON.parse(String(data));
    if (typeof message !== 'object' || message === null || !('topics' in message)) return [];
    return Array.isArray(message.topics) ? message.topics.map(String) : [];
  } catch {
    return [];
  }
}

export const liveUpdates = new LiveUpdates();

/**
 * Asks anew for what begins with one of the keys whenever one of the topics has changed.
 * Topics: `projects`, `project:<id>`, `repository:<project>/<name>`, `jobs`, `gc`, `purge-audit`,
 * `retention:<id>`, `webhook:<id>`, `execution:<id>`. Undefined ones are not known yet.
 */
export function useLive(topics: readonly (string | undefined)[], keys: readonly QueryKey[]): void {
  const client = useQueryClient();
  const wanted = JSON.stringify([topics.filter((topic) => topic !== undefined), keys]);
  useEffect(() => {
    const [names, queryKeys]: [string[], QueryKey[]] = JSON.parse(wanted);
    if (names.length === 0) return undefined;
    return liveUpdates.listen(names, () => {
      for (const queryKey of queryKeys) void client.invalidateQueries({ queryKey });
    });
  }, [client, wanted]);
}
