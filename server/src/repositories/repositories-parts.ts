import type { Principal } from '../access/index.ts';
import type { RepositoryDirectory } from '../artifacts/index.ts';
import type { Database } from '../db/index.ts';
import type { Visibility } from '../projects/index.ts';
import type { Log } from '../telemetry/index.ts';
import {
  type ArtifactAnatomies,
  createArtifactAnatomies,
  type ImageConfigReader,
} from './artifact-anatomy.service.ts';
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
import { createRepositoryFiguresRepository } from './repository-figures.repository.ts';
import { createRepositoryMemo } from './repository-memo.ts';
import { createRepositoryRecordRepository } from './repository-record.repository.ts';
import { createRepositoryTagRepository } from './repository-tag.repository.ts';
import { createRepositoryTags, type RepositoryTags } from './repository-tags.service.ts';

export interface RepositoriesParts {
  readonly db: Database;
  readonly directory: Pick<RepositoryDirectory, 'findId' | 'track'>;
  readonly inspector: ArtifactCompletionPorts['inspector'] & AdditionReader & ImageConfigReader;
  readonly immutableAmong: ArtifactDetailsPorts['immutableAmong'];
  readonly scanOverviews: ArtifactDetailsPorts['scanOverviews'];
  visibilityOf(principal: Principal): Visibility;
  readonly log: Log;
}

export interface Repositories {
  readonly repositories: RepositoriesService;
  readonly artifacts: ArtifactReader;
  readonly anatomies: ArtifactAnatomies;
  readonly tags: RepositoryTags;
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
  const artifacts = createArtifactReader({
    directory,
    memo,
    counts,
    lists,
    projectLists: createProjectArtifactListRepository(db),
    rows,
    detailRows,
    details,
    additions: inspector,
  });
  return {
    repositories: createRepositoriesService({
      repositories: records,
      figures: createRepositoryFiguresRepository(db),
      counts,
      visibilityOf,
    }),
    artifacts,
    anatomies: createArtifactAnatomies({ artifacts, rows, configs: inspector }),
    tags: createRepositoryTags({
      directory,
      tags: createRepositoryTagRepository(db),
      rows,
      detailRows,
      details,
      completion,
    }),
  };
}
