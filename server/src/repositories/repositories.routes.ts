import type { ProjectAccess } from '../access/index.ts';
import {
  type ApiRoute,
  anyone,
  defineRoute,
  listed,
  listQuery,
  ok,
  pageRange,
  project,
  projectNameParams,
} from '../api/index.ts';
import type { ArtifactActions, LabelActions } from './actions.ts';
import { presentRepository } from './artifact.presenter.ts';
import { artifactAdditionRoutes } from './artifact-additions.routes.ts';
import type { ArtifactAnatomies } from './artifact-anatomy.service.ts';
import type { ArtifactReader } from './artifact-reader.service.ts';
import type { CopySources } from './artifacts.routes.ts';
import { artifactRoutes } from './artifacts.routes.ts';
import { actorOf, placeOf } from './call.ts';
import { deletedArtifactRoutes } from './deleted-artifacts.routes.ts';
import {
  repositoryListQuery,
  repositoryModel,
  repositoryParams,
  repositoryRequest,
  sizedRepositoryModel,
} from './repositories.schema.ts';
import type { RepositoriesService } from './repositories.service.ts';
import { getRepositoryName } from './repository-name.ts';
import { parseRepositoryQuery } from './repository-query.ts';
import { withinReach } from './repository-reach.ts';
import type { RepositoryTags } from './repository-tags.service.ts';
import { tagRoutes } from './tags.routes.ts';

export interface RepositoriesRoutesPorts extends CopySources {
  readonly access: Pick<ProjectAccess, 'can'>;
  readonly repositories: RepositoriesService;
  readonly artifacts: ArtifactReader;
  readonly anatomies: ArtifactAnatomies;
  readonly tags: RepositoryTags;
  readonly actions: ArtifactActions;
  readonly labels: LabelActions;
}

const PATH = '/projects/{project_name}/repositories/{repository_name}';
const tag = 'repository';

/** Repositories, and the artifacts and tags in them. */
export function repositoriesRoutes(ports: RepositoriesRoutesPorts): ApiRoute[] {
  return withinReach(ports.access, [
    ...repositoryListRoutes(ports),
    ...repositoryRoutes(ports),
    ...artifactRoutes(ports),
    ...tagRoutes(ports),
    ...artifactAdditionRoutes(ports),
    ...deletedArtifactRoutes(ports),
  ]);
}

function repositoryListRoutes({ repositories }: RepositoriesRoutesPorts): ApiRoute[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/repositories',
      operationId: 'listAllRepositories',
      tag,
      summary: 'List the repositories of all projects that the caller sees',
      can: anyone,
      query: listQuery,
      responses: { 200: repositoryModel.array() },
      async handle({ principal, query }) {
        const wanted = parseRepositoryQuery(query.q, query.sort);
        const found = await repositories.listAll(principal, wanted, pageRange(query));
        return listed(found.items.map(presentRepository), found.total);
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/projects/{project_name}/repositories',
      operationId: 'listRepositories',
      tag,
      summary: 'List the repositories of a project',
      can: project('repository', 'list'),
      params: projectNameParams,
      query: repositoryListQuery,
      responses: { 200: sizedRepositoryModel.array() },
      async handle({ project, query }) {
        const wanted = parseRepositoryQuery(query.q, query.sort);
        const page = { ...pageRange(query), figures: query.with_size };
        const found = await repositories.listOfProject(project, wanted, page);
        return listed(found.items.map(presentRepository), found.total);
      },
    }),
  ];
}

function repositoryRoutes({ repositories, actions }: RepositoriesRoutesPorts): ApiRoute[] {
  return [
    defineRoute({
      method: 'GET',
      path: PATH,
      operationId: 'getRepository',
      tag,
      summary: 'Get a repository',
      can: project('repository', 'read'),
      params: repositoryParams,
      responses: { 200: repositoryModel },
      handle: async (call) =>
        ok(presentRepository(await repositories.getRepository(placeOf(call)))),
    }),
    defineRoute({
      method: 'PUT',
      path: PATH,
      operationId: 'updateRepository',
      tag,
      summary: 'Change the description of a repository',
      can: project('repository', 'update'),
      params: repositoryParams,
      body: repositoryRequest,
      responses: { 200: null },
      audit: {
        operation: 'update',
        resourceType: 'repository',
        resource: ({ project, params }) => `${project.name}/${params.repository_name}`,
      },
      async handle(call) {
        await repositories.updateDescription(placeOf(call), call.body.description ?? '');
        return ok();
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: PATH,
      operationId: 'deleteRepository',
      tag,
      summary: 'Delete a repository with all its artifacts',
      can: project('repository', 'delete'),
      params: repositoryParams,
      responses: { 200: null },
      audit: {
        operation: 'delete',
        resourceType: 'repository',
        resource: ({ project, params }) => `${project.name}/${params.repository_name}`,
      },
      async handle(call) {
        const name = getRepositoryName(placeOf(call));
        await actions.deleteRepository(call.project, name, actorOf(call));
        return ok();
      },
    }),
  ];
}
