import { createArtifactImportRepository, createRepositoryRepository } from './artifacts/index.ts';
import type { Parts } from './compose-parts.ts';
import { storageRootOf } from './open-blobstore.ts';
import { createProjectRepository } from './projects/index.ts';
import { createImportRecords, createRebuild, isForeign } from './storage-import/index.ts';

/** Project of repositories whose names name none. */
const SINGLE_PROJECT = 'library';

/** Takes over storage that another registry has written. */
export function composeTakeover({ config, db, log }: Parts) {
  const ports = {
    log,
    records: createImportRecords(db),
    projects: createProjectRepository(db),
    repositories: createRepositoryRepository(db),
    artifacts: createArtifactImportRepository(db),
    isPublic: false,
    singleProject: SINGLE_PROJECT,
    storageRoot: config.storage === 'filesystem' ? storageRootOf(config) : undefined,
  };
  return { rebuild: createRebuild(ports), isForeign: () => isForeign(ports) };
}
