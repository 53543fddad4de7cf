import type { Principal } from '../access/index.ts';
import type { RepositoryDirectory } from '../artifacts/index.ts';
import type { Database } from '../db/index.ts';
import type { Visibility } from '../projects/index.ts';
import type { Log } from '../telemetry/index.ts';
import { type ArtifactCompletionPorts, createArtifactCompletion } from './artifact-completion.ts';
import { createArtifactDetailRepository } from './artifact-detail.repository.ts';
import { type ArtifactDetailsPorts, createArtifactDetails } from './artifact-details.ts';
import { createArtifactListRepository } from './artifact-list.repository.ts';
import {
  type AdditionReader,
  type ArtifactReader,
  createArtifactReader,
} from './artifact-reader.service.ts';
import { createArtifactRowRepository } from './artifact-row.repository.ts';
import { createListedCounts } from './listed-counts.ts';
import { createProjectArtifactListRepository } from './project-artifact-list.repository.ts';
import { createRepositoriesService, type RepositoriesService } from './repositories.service.ts';
import { createRepositoryMemo } from './repository-memo.ts';
import { createRepositoryRecordRepository } from './repository-record.repository.ts';

export interface RepositoriesParts {
  readonly db: Database;
  readonly directory: Pick<RepositoryDirectory, 'findId' | 'track'>;
  readonly inspector: ArtifactCompletionPorts['inspector'] & AdditionReader;
  readonly immutableAmong: ArtifactDetailsPorts['immutableAmong'];
  readonly scanOverviews: ArtifactDetailsPorts['scanOverviews'];
  visibilityOf(principal: Principal): Visibility;
  readonly log: Log;
}

export interface Repositories {
  readonly repositories: RepositoriesService;
  readonly artifacts: ArtifactReader;
}

/** What the routes read from, put together. */
export function createRepositories(parts: RepositoriesParts): Repositories {
  const { db, directory, inspector, immutableAmong, scanOverviews, visibilityOf } = parts;
  const rows = createArtifactRowRepository(db);
  const lists = createArtifactListRepository(db);
  const detailRows = createArtifactDetailRepository(db);
  const records = createRepositoryRecordRepository(db);
  const memo = createRepositoryMemo(directory);
  const counts = createListedCounts({ memo, lists, repositories: records });
  const completion = createArtifactCompletion({
    ...parts,
    rows,
  });
  const details = createArtifactDetails({
    details: detailRows,
    completion,
    immutableAmong,
    scanOverviews,
  });
  return {
    repositories: createRepositoriesService({ repositories: records, counts, visibilityOf }),
    artifacts: createArtifactReader({
      directory,
      memo,
      counts,
      lists,
      projectLists: createProjectArtifactListRepository(db),
      rows,
      detailRows,
      details,
      additions: inspector,
    }),
  };
}
