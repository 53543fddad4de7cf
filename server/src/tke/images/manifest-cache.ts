import { LRUCache } from 'lru-cache';
import type { PreparedManifest } from './prepared-manifest.ts';

export interface Freshness {
  /** By digest the bytes are always right; for so long they may outlive a deletion elsewhere. */
  readonly digestMs: number;
  /** How long a tag that was moved elsewhere may lead to what it was; 0: not at all. */
  readonly tagMs: number;
}

/** What is asked for: a tag or a digest, and what the client takes (a tag may lead to several). */
export interface ManifestRequest {
  readonly method: string;
  /** The repository, as the back end names it. */
  readonly stored: string;
  readonly name: string;
  readonly accept: string | undefined;
}

/** Keeps an answer that was asked for after `begin`. */
export type Keep = (manifest: PreparedManifest) => void;

interface Entry {
  /** `performance.now()` */
  readonly until: number;
  readonly whole: PreparedManifest | undefined;
  /** Of HEAD: headers alone. */
  readonly head: PreparedManifest | undefined;
}

const MAX_BYTES = 64 * 1024 * 1024;
const OVERHEAD_BYTES = 1024;
/**
 * GETs by tag, in the time for which one is kept, that go to the existing Harbor whatever is kept:
 * it counts pulls, and only in a rush is it spared the repeated ones.
 */
const RUSH_PULLS = 100;

/**
 * Manifests of an existing Harbor for a moment. Only for callers whose rights we judge ourselves,
 * at every request; what changes through us is forgotten at once.
 */
export class ManifestCache {
  readonly #freshness: Freshness;
  readonly #entries = new LRUCache<string, Entry>({
    maxSize: MAX_BYTES,
    sizeCalculation: ({ whole }) => 2 * (whole?.content.length ?? 0) + OVERHEAD_BYTES,
  });
  /** Counts changes by repository, so that nothing is kept that was asked for before one. */
  readonly #changes = new LRUCache<string, number>({ max: 50_000 });
  #changeCount = 0;
  /** GETs by tag that went to the existing Harbor, and until when they are counted together. */
  readonly #rush = { pulls: 0, until: 0 };

  constructor(freshness: Freshness) {
    this.#freshness = freshness;
  }

  peek(request: ManifestRequest): PreparedManifest | undefined {
    const now = performance.now();
    const isHead = request.method === 'HEAD';
    if (!isHead && !isDigestName(request.name) && !this.#isRush(now)) return undefined;
    const entry = this.#entries.get(this.#keyOf(request));
    if (entry === undefined || now >= entry.until) return undefined;
    return isHead ? (entry.whole ?? entry.head) : entry.whole;
  }

  /** Milliseconds by which an answer may be older than the request. */
  maxAgeOf({ name, method }: ManifestRequest): number {
    const { digestMs, tagMs } = this.#freshness;
    if (isDigestName(name)) return digestMs;
    return method === 'HEAD' || this.#isRush(performance.now()) ? tagMs : 0;
  }

  /** Another one after each change of the repository. */
  versionOf(stored: string): number {
    return this.#changes.get(stored) ?? 0;
  }

  /** To be called before the existing Harbor is asked. */
  begin(request: ManifestRequest): Keep | undefined {
    const { digestMs, tagMs } = this.#freshness;
    const isTag = !isDigestName(request.name);
    const lifeMs = isTag ? tagMs : digestMs;
    if (lifeMs === 0) return undefined;
    const now = performance.now();
    const isHead = request.method === 'HEAD';
    if (isTag && !isHead) this.#countPull(now);
    const key = this.#keyOf(request);
    const until = now + lifeMs;
    return (manifest) => {
      const known = this.#entries.get(key);
      // What was asked for last is the truth, however late other answers come.
      if (performance.now() >= until || (known !== undefined && known.until > until)) return;
      const entry = isHead ? { whole: undefined, head: manifest } : { whole: manifest };
      this.#entries.set(key, { head: undefined, until, ...entry });
    };
  }

  /** To be called before and after a change. */
  forget(stored: string): void {
    this.#changeCount += 1;
    this.#changes.set(stored, this.#changeCount);
  }

  #countPull(now: number): void {
    const rush = this.#rush;
    if (now >= rush.until) Object.assign(rush, { pulls: 0, until: now + this.#freshness.tagMs });
    rush.pulls += 1;
  }

  #isRush(now: number): boolean {
    return now < this.#rush.until && this.#rush.pulls >= RUSH_PULLS;
  }

  #keyOf({ stored, name, accept }: ManifestRequest): string {
    const count = this.versionOf(stored);
    // By digest there is one answer, whatever the client takes.
    return isDigestName(name)
      ? `${count} ${stored} ${name}`
      : `${count} ${stored} ${name} ${accept}`;
  }
}

function isDigestName(name: string): boolean {
  return name.includes(':');
}
