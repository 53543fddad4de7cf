import {
  type ApiRoute,
  defineRoute,
  listed,
  ok,
  pageQuery,
  pageRange,
  project,
  projectNameParams,
} from '../api/index.ts';
import type { ArtifactActions } from './actions.ts';
import { presentDeletedArtifact } from './artifact.presenter.ts';
import { actorOf, placeOf, resourceOf } from './call.ts';
import {
  deletedArtifactModel,
  deletedArtifactParams,
  repositoryParams,
} from './repositories.schema.ts';
import { getRepositoryName } from './repository-name.ts';

interface DeletedArtifactPorts {
  readonly actions: ArtifactActions;
}

const PROJECT = '/projects/{project_name}';
const LIST = `${PROJECT}/repositories/{repository_name}/deleted-artifacts`;
const tag = 'artifact';

/** Beyond Harbor: what was deleted, and how to bring it back. */
export function deletedArtifactRoutes(ports: DeletedArtifactPorts): ApiRoute[] {
  return [...listRoutes(ports), restoreRoute(ports)];
}

// Not for visitors of a public project: it tells who deleted what.
const canList = project('artifact', 'list', { authenticated: true });

function listRoutes({ actions }: DeletedArtifactPorts): ApiRoute[] {
  return [
    defineRoute({
      method: 'GET',
      path: LIST,
      operationId: 'listDeletedArtifacts',
      tag,
      summary: 'List the artifacts deleted from a repository that can be brought back',
      can: canList,
      params: repositoryParams,
      query: pageQuery,
      responses: { 200: deletedArtifactModel.array() },
      async handle(call) {
        const repository = getRepositoryName(placeOf(call));
        const range = pageRange(call.query);
        const found = await actions.listDeleted(call.project.id, repository, range);
        return listed(found.items.map(presentDeletedArtifact), found.total);
      },
    }),
    defineRoute({
      method: 'GET',
      path: `${PROJECT}/deleted-artifacts`,
      operationId: 'listDeletedArtifactsOfProject',
      tag,
      summary: 'List the deleted artifacts of a project, also of repositories that are gone',
      can: canList,
      params: projectNameParams,
      query: pageQuery,
      responses: { 200: deletedArtifactModel.array() },
      async handle({ project, query }) {
        const found = await actions.listDeleted(project.id, undefined, pageRange(query));
        return listed(found.items.map(presentDeletedArtifact), found.total);
      },
    }),
  ];
}

function restoreRoute({ actions }: DeletedArtifactPorts): ApiRoute {
  return defineRoute({
    method: 'POST',
    path: `${LIST}/{digest}/restore`,
    operationId: 'restoreArtifact',
    tag,
    summary: 'Bring a deleted artifact back, with those of its tags that are free',
    can: project('artifact', 'create'),
    params: deletedArtifactParams,
    responses: { 200: null },
    audit: {
      operation: 'create',
      resourceType: 'artifact',
      resource: (call) => resourceOf(call, call.params.digest),
    },
    async handle(call) {
      const repository = getRepositoryName(placeOf(call));
      const { digest } = call.params;
      await actions.restoreArtifact(call.project, repository, digest, actorOf(call));
      return ok();
    },
  });
}
