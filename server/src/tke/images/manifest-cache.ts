import type { ServerResponse } from 'node:http';
import { LRUCache } from 'lru-cache';

/** A manifest as the existing Harbor gave it a moment ago. */
export interface CachedManifest {
  readonly headers: readonly string[];
  readonly content: Buffer;
  /** `performance.now()` */
  readonly until: number;
}

export interface Freshness {
  /** By digest the bytes are always right; for so long they may outlive a deletion elsewhere. */
  readonly digestMs: number;
  /** How long a tag that was moved elsewhere may lead to what it was; 0: not at all. */
  readonly tagMs: number;
}

const MAX_BYTES = 64 * 1024 * 1024;
const OVERHEAD_BYTES = 512;

/**
 * Manifests of an existing Harbor for a moment. Only for callers whose rights we judge ourselves,
 * at every request; what changes through us is forgotten at once.
 */
export class ManifestCache {
  readonly #freshness: Freshness;
  readonly #entries = new LRUCache<string, CachedManifest>({
    maxSize: MAX_BYTES,
    sizeCalculation: ({ content }) => content.length + OVERHEAD_BYTES,
  });
  /** Counts changes by repository, so that nothing is kept that was asked for before one. */
  readonly #changes = new LRUCache<string, number>({ max: 50_000 });
  #lost = 0;

  constructor(freshness: Freshness) {
    this.#freshness = freshness;
  }

  peek(stored: string, name: string): CachedManifest | undefined {
    const entry = this.#entries.get(keyOf(stored, name, this.#countOf(stored)));
    return entry !== undefined && performance.now() < entry.until ? entry : undefined;
  }

  /** To be called before the existing Harbor is asked. */
  begin(stored: string, name: string): (entry: Omit<CachedManifest, 'until'>) => void {
    const { digestMs, tagMs } = this.#freshness;
    const until = performance.now() + (name.includes(':') ? digestMs : tagMs);
    const key = keyOf(stored, name, this.#countOf(stored));
    return (entry) => {
      if (performance.now() < until) this.#entries.set(key, { ...entry, until });
    };
  }

  /** To be called before and after a change. */
  forget(stored: string): void {
    this.#lost += 1;
    this.#changes.set(stored, this.#lost);
  }

  #countOf(stored: string): number {
    return this.#changes.get(stored) ?? 0;
  }
}

function keyOf(stored: string, name: string, count: number): string {
  return `${count} ${stored} ${name}`;
}

/** Answers GET and HEAD with a manifest from the cache. */
export function sendCached(
  response: ServerResponse,
  { headers, content }: CachedManifest,
  id: string,
): void {
  response.writeHead(200, [...headers, 'X-Request-Id', id]);
  // Node leaves the body out of an answer to HEAD.
  response.end(content);
}
