import type { ArtifactListRepository } from './artifact-list.repository.ts';
import { type ArtifactFilter, parseArtifactQuery, stableKeyOf } from './artifact-query.ts';
import { type RepositoryMemo, totalOf } from './repository-memo.ts';
import type { RepositoryRecordRepository } from './repository-record.repository.ts';

export interface ListedCountsPorts {
  readonly memo: RepositoryMemo;
  readonly lists: Pick<ArtifactListRepository, 'countListed'>;
  readonly repositories: Pick<RepositoryRecordRepository, 'listNames'>;
}

interface Repository {
  readonly id: number;
  readonly name: string;
}

/** How many artifacts standard lists have: counted once, until a repository changes. */
export interface ListedCounts {
  /** Whether this is the filter of the standard lists. */
  isOf(filter: ArtifactFilter): boolean;
  /** In the order of the repositories, which have their whole names. */
  count(repositories: readonly Repository[]): Promise<number[]>;
  countProject(projectId: number): Promise<number>;
}

const STANDARD_KEY = stableKeyOf(parseArtifactQuery(undefined).filter) ?? '';

export function createListedCounts({ memo, lists, repositories }: ListedCountsPorts): ListedCounts {
  async function count(wanted: readonly Repository[]): Promise<number[]> {
    const opened = wanted.map((repository) => ({
      id: repository.id,
      memo: memo.open(repository.name, STANDARD_KEY),
    }));
    const unknown = opened.filter((list) => list.memo.total === undefined).map(({ id }) => id);
    const counted = unknown.length > 0 ? lists.countListed(unknown) : Promise.resolve(new Map());
    return Promise.all(
      opened.map(({ id, memo }) => totalOf(memo, async () => (await counted).get(id) ?? 0)),
    );
  }

  return {
    isOf: (filter) => stableKeyOf(filter) === STANDARD_KEY,
    count,
    async countProject(projectId) {
      const counts = await count(await repositories.listNames(projectId));
      return counts.reduce((sum, total) => sum + total, 0);
    },
  };
}
