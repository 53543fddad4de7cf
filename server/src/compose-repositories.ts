import { PassThrough } from 'node:stream';
import { isDigest, parseReference } from '@berth/oci';
import { type BlobSource, createArtifactInspector } from './additions/index.ts';
import type { ApiRoute } from './api/index.ts';
import { composeActions } from './compose-actions.ts';
import type { composeContent } from './compose-content.ts';
import type { composeIdentity } from './compose-identity.ts';
import type { Parts } from './compose-parts.ts';
import type { composeRules } from './compose-rules.ts';
import { immutableRulesRoutes } from './immutability/index.ts';
import { createLabelRepository, createLabelsService, labelsRoutes } from './labels/index.ts';
import {
  createMembershipRepository,
  listPermittedProjectIds,
  type ProjectsService,
} from './projects/index.ts';
import { createRepositories, repositoriesRoutes, withinReach } from './repositories/index.ts';
import {
  createSearchRepository,
  createSearchService,
  type SearchService,
  searchRoutes,
} from './search/index.ts';

export interface RepositoriesPorts extends Parts {
  readonly projects: ProjectsService;
  readonly content: ReturnType<typeof composeContent>;
  readonly rules: ReturnType<typeof composeRules>;
  readonly who: ReturnType<typeof composeIdentity>;
  /** To be called after something was published. */
  wake(): void;
}

/** What the REST API shows of repositories, and what it does to them. */
export function composeRepositories(ports: RepositoriesPorts) {
  const { db, log, projects, content, rules, who } = ports;
  const inspector = createArtifactInspector({
    openBlob: (repository, digest) => openBlob(content, repository, digest),
    findManifest: (repository, digest) =>
      content.manifests.find(repository, parseReference(digest)),
  });
  const read = createRepositories({
    db,
    log,
    inspector,
    directory: content.repositories,
    immutableAmong: rules.immutableAmong,
    // Nothing is scanned yet.
    scanOverviews: async () => new Map(),
    // A robot may know a project without knowing what is in it.
    visibilityOf: (principal) =>
      projects.visibilityOf(principal, principal.kind === 'robot' ? 'registry' : 'api'),
  });
  const labels = createLabelsService({
    projects,
    labels: createLabelRepository(db),
    access: who.access,
  });
  const routes: readonly ApiRoute[] = [
    ...repositoriesRoutes({
      ...read,
      labels,
      access: who.access,
      actions: composeActions(content, ports.wake),
      findProject: (name) => projects.findPolicy(name),
    }),
    ...labelsRoutes(labels),
    ...withinReach(who.access, immutableRulesRoutes(rules.immutableRules)),
    ...searchRoutes({ search: composeSearch(ports) }),
  ];
  return { routes, labels, close: () => inspector.close() };
}

function composeSearch({ db, projects }: RepositoriesPorts): SearchService {
  const memberships = createMembershipRepository(db);
  return createSearchService({
    projects,
    repository: createSearchRepository(db),
    listLabelProjectIds: (principal) =>
      listPermittedProjectIds(memberships, principal, { resource: 'label', action: 'list' }),
  });
}

async function openBlob(
  { blobs }: ReturnType<typeof composeContent>,
  repository: string,
  digest: string,
): Promise<BlobSource | undefined> {
  if (!isDigest(digest)) return undefined;
  const blob = await blobs.find(repository, digest);
  if (blob === undefined) return undefined;
  return {
    size: blob.size,
    async *read() {
      await using reader = await blobs.open(blob);
      const sink = new PassThrough({ highWaterMark: 256 * 1024 });
      const copied = reader.copyTo(sink).then(
        () => sink.end(),
        (error: Error) => sink.destroy(error),
      );
      yield* sink;
      await copied;
    },
  };
}
