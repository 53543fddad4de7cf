import type { ArtifactPull, RepositoryPulls, TagPull } from './pull-stats.repository.ts';

interface Counted {
  pulls: number;
  /** By digest, milliseconds since the Unix epoch. */
  readonly artifacts: Map<string, number>;
  readonly tags: Map<string, { readonly digest: string; readonly at: number }>;
}

/** What was pulled since the last flush, by repository, in memory and bounded. */
export class PullCounts {
  readonly #limit: number;
  readonly #repositories = new Map<string, Counted>();
  #size = 0;

  /** @param limit repositories, digests and tags kept at most, together */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get isFull(): boolean {
    return this.#size >= this.#limit;
  }

  get isEmpty(): boolean {
    return this.#size === 0;
  }

  /** False when there is no room; repeats need none. */
  addPulls(repository: string, pulls: number): boolean {
    const counted = this.#ensure(repository);
    if (counted === undefined) return false;
    counted.pulls += pulls;
    return true;
  }

  putArtifact({ repository, digest, at }: ArtifactPull): boolean {
    const artifacts = this.#ensure(repository)?.artifacts;
    const known = artifacts?.get(digest);
    if (artifacts === undefined || (known === undefined && this.isFull)) return false;
    if (known === undefined) this.#size += 1;
    artifacts.set(digest, Math.max(known ?? 0, at));
    return true;
  }

  /** Of two digests, the later pulled counts: it is what the tag means now. */
  putTag({ repository, tag, digest, at }: TagPull): boolean {
    const tags = this.#ensure(repository)?.tags;
    const known = tags?.get(tag);
    if (tags === undefined || (known === undefined && this.isFull)) return false;
    if (known === undefined) this.#size += 1;
    if (known === undefined || known.at <= at) tags.set(tag, { digest, at });
    return true;
  }

  listRepositories(): RepositoryPulls[] {
    return [...this.#repositories].flatMap(([repository, { pulls }]) =>
      pulls === 0 ? [] : [{ repository, pulls }],
    );
  }

  listArtifacts(): ArtifactPull[] {
    return [...this.#repositories].flatMap(([repository, { artifacts }]) =>
      [...artifacts].map(([digest, at]) => ({ repository, digest, at })),
    );
  }

  listTags(): TagPull[] {
    return [...this.#repositories].flatMap(([repository, { tags }]) =>
      [...tags].map(([tag, { digest, at }]) => ({ repository, tag, digest, at })),
    );
  }

  #ensure(repository: string): Counted | undefined {
    const known = this.#repositories.get(repository);
    if (known !== undefined || this.isFull) return known;
    const counted: Counted = { pulls: 0, artifacts: new Map(), tags: new Map() };
    this.#repositories.set(repository, counted);
    this.#size += 1;
    return counted;
  }
}
