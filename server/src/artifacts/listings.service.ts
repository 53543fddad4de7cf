import type { Digest, Referrer } from '@berth/oci';
import { OciError } from '@berth/oci';
import type { Visibility } from '../projects/index.ts';
import type { ArtifactRepository } from './artifact.repository.ts';
import type { RepositoryRepository } from './repository.repository.ts';
import type { TagRepository } from './tag.repository.ts';

/** A page after the item `last`. */
export interface PageRequest {
  readonly last: string;
  readonly limit: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Where the next page starts; absent on the last one. */
  readonly next: string | undefined;
}

export interface ListingsService {
  /** @throws OciError NAME_UNKNOWN when the repository holds nothing */
  listTags(repository: string, page: PageRequest): Promise<Page<string>>;
  /** Repositories of the projects that a caller may know of. */
  listRepositories(visibility: Visibility, page: PageRequest): Promise<Page<string>>;
  /** Never fails for a missing subject: a referrer may come first. */
  listReferrers(
    repository: string,
    subject: Digest,
    artifactType: string | undefined,
    page: PageRequest,
  ): Promise<Page<Referrer>>;
}

/** A referrers answer stays under this, however large the annotations (distribution spec). */
const MAX_REFERRERS_BYTES = 4 * 1024 * 1024;

export function createListingsService(ports: {
  readonly artifacts: ArtifactRepository;
  readonly tags: TagRepository;
  readonly repositories: RepositoryRepository;
}): ListingsService {
  return {
    async listTags(repository, { last, limit }) {
      const found = await ports.tags.list(repository, { last, limit: limit + 1 });
      if (found === undefined) throw new OciError('NAME_UNKNOWN');
      return cut(found, limit, (tag) => tag);
    },
    async listRepositories(visibility, { last, limit }) {
      const found = await ports.repositories.listNames(visibility, { last, limit: limit + 1 });
      return cut(found, limit, (name) => name);
    },
    async listReferrers(repository, subject, artifactType, { last, limit }) {
      // No artifact has such a type, and PostgreSQL no such text.
      if (artifactType?.includes('\0')) return { items: [], next: undefined };
      const found = await ports.artifacts.listReferrers({
        repository,
        subject,
        artifactType,
        last,
        limit: limit + 1,
      });
      return cut(found, fitting(found, limit), (referrer) => referrer.digest);
    },
  };
}

/** One more item than the page holds tells that there is another page. */
function cut<T>(found: readonly T[], limit: number, keyOf: (item: T) => string): Page<T> {
  const items = found.slice(0, limit);
  const lastItem = items.at(-1);
  const hasMore = found.length > limit && lastItem !== undefined;
  return { items, next: hasMore ? keyOf(lastItem) : undefined };
}

/** How many of the referrers fit into one answer; at least one. */
function fitting(referrers: readonly Referrer[], limit: number): number {
  let bytes = 0;
  for (const [index, { annotations }] of referrers.entries()) {
    bytes += 512 + JSON.stringify(annotations).length;
    if (index > 0 && bytes > MAX_REFERRERS_BYTES) return Math.min(index, limit);
  }
  return limit;
}
