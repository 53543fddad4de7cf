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
  clear(): void;
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
  const { name: cacheName, repositories, metrics } = options;
  const entries = new LRUCache<string, Entry<V>>({
    maxSize: options.maxBytes,
    sizeCalculation: (entry) => options.sizeOf(entry.value) + ENTRY_BYTES,
    ...(options.ttl === undefined ? {} : { ttl: options.ttl }),
  });
  const loading = new Map<string, Promise<V | undefined>>();
  const lookups: Record<'hit' | 'miss', HotCounter> = metrics.counters(
    `berth_${cacheName}_cache_lookups_total`,
    `Look-ups in the ${cacheName} cache.`,
    'result',
    ['hit', 'miss'],
  );
  metrics.gauge(
    `berth_${cacheName}_cache_bytes`,
    `Bytes held by the ${cacheName} cache.`,
    () => entries.calculatedSize,
  );

  const keyOf = (repository: string, name: string) => `${repository}\n${name}`;

  function peek(repository: string, name: string): V | undefined {
    if (!options.isTrusted()) return undefined;
    const entry = entries.get(keyOf(repository, name));
    if (entry === undefined || entry.repository.epoch !== entry.epoch) return undefined;
    lookups.hit.value += 1;
    return entry.value;
  }

  async function load(
    repository: string,
    name: string,
    read: () => Promise<V | undefined>,
  ): Promise<V | undefined> {
    const tracked = repositories.track(repository);
    const { changes, epoch } = tracked;
    const value = await read();
    const unchanged = tracked.changes === changes && tracked.epoch === epoch;
    if (value !== undefined && unchanged && options.isTrusted()) {
      entries.set(keyOf(repository, name), { value, repository: tracked, epoch });
    }
    return value;
  }

  return {
    peek,
    find(repository, name, read) {
      const known = peek(repository, name);
      if (known !== undefined) return Promise.resolve(known);
      lookups.miss.value += 1;
      const key = keyOf(repository, name);
      const pending = loading.get(key);
      if (pending !== undefined) return pending;
      const started = load(repository, name, read).finally(() => {
        if (loading.get(key) === started) loading.delete(key);
      });
      loading.set(key, started);
      return started;
    },
    drop(repository, name) {
      repositories.track(repository).changes += 1;
      const key = keyOf(repository, name);
      entries.delete(key);
      // Whoever asks from now on must not be given what was read before the change.
      loading.delete(key);
    },
    clear() {
      entries.clear();
      loading.clear();
    },
  };
}
