import { LRUCache } from 'lru-cache';
import type { HotCounter, Metrics } from '../telemetry/index.ts';
import type { CachedRepository, RepositoryDirectory } from './repository-directory.ts';

interface Entry<V> {
  readonly value: V;
  readonly repository: CachedRepository;
  readonly epoch: number;
}

/** What is known of a repository's names and digests, bounded by bytes, never older than a write. */
export interface ContentCache<V> {
  /** The value if it is in memory and still true. Never waits. */
  peek(repository: string, name: string): V | undefined;
  /** The value from memory or from `load`, which is asked once for all who wait for it. */
  find(
    repository: string,
    name: string,
    load: () => Promise<V | undefined>,
  ): Promise<V | undefined>;
  /** Drops one name; call it after the commit that changed it and before the answer. */
  drop(repository: string, name: string): void;
}

export interface ContentCacheOptions<V> {
  readonly name: 'manifest' | 'blob';
  readonly maxBytes: number;
  readonly sizeOf: (value: V) => number;
  /** Milliseconds that an entry may be used; for replicas that might miss a notification. */
  readonly ttl?: number | undefined;
  /** False while changes made elsewhere are not heard of: then every look-up is a miss. */
  readonly isTrusted: () => boolean;
  readonly repositories: RepositoryDirectory;
  readonly metrics: Metrics;
}

/** Keys, entry objects and the cache's own links, roughly. */
const ENTRY_BYTES = 400;

export function createContentCache<V extends object>(
  options: ContentCacheOptions<V>,
): ContentCache<V> {
  return new LruContentCache(options);
}

/** A read under way, and the state of the repository when it began. */
interface Loading<V> {
  readonly promise: Promise<V | undefined>;
  readonly began: Moment;
}

interface Moment {
  readonly repository: CachedRepository;
  readonly changes: number;
  readonly epoch: number;
}

class LruContentCache<V extends object> implements ContentCache<V> {
  readonly #repositories: RepositoryDirectory;
  readonly #isTrusted: () => boolean;
  readonly #entries: LRUCache<string, Entry<V>>;
  readonly #loading = new Map<string, Loading<V>>();
  readonly #lookups: Record<'hit' | 'miss', HotCounter>;

  constructor({ name, repositories, metrics, isTrusted, ...options }: ContentCacheOptions<V>) {
    this.#repositories = repositories;
    this.#isTrusted = isTrusted;
    this.#entries = new LRUCache<string, Entry<V>>({
      maxSize: options.maxBytes,
      sizeCalculation: (entry) => options.sizeOf(entry.value) + ENTRY_BYTES,
      ...(options.ttl === undefined ? {} : { ttl: options.ttl }),
    });
    this.#lookups = metrics.counters(
      `berth_${name}_cache_lookups_total`,
      `Look-ups in the ${name} cache.`,
      'result',
      ['hit', 'miss'],
    );
    metrics.gauge(
      `berth_${name}_cache_bytes`,
      `Bytes held by the ${name} cache.`,
      () => this.#entries.calculatedSize,
    );
  }

  peek(repository: string, name: string): V | undefined {
    if (!this.#isTrusted()) return undefined;
    const entry = this.#entries.get(keyOf(repository, name));
    if (entry === undefined || entry.repository.epoch !== entry.epoch) return undefined;
    this.#lookups.hit.value += 1;
    return entry.value;
  }

  find(
    repository: string,
    name: string,
    load: () => Promise<V | undefined>,
  ): Promise<V | undefined> {
    const known = this.peek(repository, name);
    if (known !== undefined) return Promise.resolve(known);
    this.#lookups.miss.value += 1;
    const key = keyOf(repository, name);
    const pending = this.#loading.get(key);
    // Whoever asks after a change must not be given what was read before it.
    if (pending !== undefined && isNow(pending.began)) return pending.promise;
    const began = now(this.#repositories.track(repository));
    const promise = this.#load(key, began, load).finally(() => {
      if (this.#loading.get(key)?.promise === promise) this.#loading.delete(key);
    });
    this.#loading.set(key, { promise, began });
    return promise;
  }

  drop(repository: string, name: string): void {
    this.#repositories.track(repository).changes += 1;
    this.#entries.delete(keyOf(repository, name));
  }

  async #load(
    key: string,
    began: Moment,
    load: () => Promise<V | undefined>,
  ): Promise<V | undefined> {
    const value = await load();
    if (value !== undefined && isNow(began) && this.#isTrusted()) {
      this.#entries.set(key, { value, repository: began.repository, epoch: began.epoch });
    }
    return value;
  }
}

function keyOf(repository: string, name: string): string {
  return `${repository}\n${name}`;
}

function now(repository: CachedRepository): Moment {
  return { repository, changes: repository.changes, epoch: repository.epoch };
}

/** Whether nothing changed since; never for a repository that was evicted, whose epoch is NaN. */
function isNow({ repository, changes, epoch }: Moment): boolean {
  return repository.changes === changes && repository.epoch === epoch;
}
