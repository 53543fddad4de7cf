import {
  type ApiRoute,
  created,
  defineRoute,
  listed,
  ok,
  pageQuery,
  pageRange,
  project,
} from '../api/index.ts';
import { parseTagName } from '../artifacts/index.ts';
import type { ArtifactActions } from './actions.ts';
import { presentTag, presentTagChange } from './artifact.presenter.ts';
import type { ArtifactReader } from './artifact-reader.service.ts';
import { actorOf, placeOf, resourceOf } from './call.ts';
import { parseTagQuery } from './detail-query.ts';
import {
  artifactParams,
  artifactTagParams,
  repositoryParams,
  tagChangeModel,
  tagListQuery,
  tagModel,
  tagParams,
  tagRequest,
  tagRestoreRequest,
} from './repositories.schema.ts';
import { getRepositoryName } from './repository-name.ts';
import { presentRepositoryTag } from './repository-tag.presenter.ts';
import { repositoryTagListQuery, repositoryTagModel } from './repository-tag.schema.ts';
import { parseRepositoryTagQuery } from './repository-tag-query.ts';
import type { RepositoryTags } from './repository-tags.service.ts';

interface TagRoutesPorts {
  readonly artifacts: ArtifactReader;
  readonly tags: RepositoryTags;
  readonly actions: ArtifactActions;
}

const REPOSITORY = '/projects/{project_name}/repositories/{repository_name}';
const LIST = `${REPOSITORY}/artifacts/{reference}/tags`;
const tag = 'artifact';

export function tagRoutes(ports: TagRoutesPorts): ApiRoute[] {
  return [
    listRoute(ports),
    creationRoute(ports),
    deletionRoute(ports),
    ownListRoute(ports),
    ...pastRoutes(ports),
  ];
}

function listRoute({ artifacts }: TagRoutesPorts): ApiRoute {
  return defineRoute({
    method: 'GET',
    path: LIST,
    operationId: 'listTags',
    tag,
    summary: 'List the tags of an artifact',
    can: project('tag', 'list'),
    params: artifactParams,
    query: tagListQuery,
    responses: { 200: tagModel.array() },
    async handle(call) {
      const { query, params } = call;
      const options = { ...pageRange(query), immutability: query.with_immutable_status };
      const filter = parseTagQuery(query);
      const found = await artifacts.listTags(placeOf(call), params.reference, filter, options);
      return listed(found.items.map(presentTag), found.total);
    },
  });
}

function creationRoute({ artifacts, actions }: TagRoutesPorts): ApiRoute {
  return defineRoute({
    method: 'POST',
    path: LIST,
    operationId: 'createTag',
    tag,
    summary: 'Give an artifact another tag',
    can: project('tag', 'create'),
    params: artifactParams,
    body: tagRequest,
    responses: { 201: null },
    audit: {
      operation: 'create',
      resourceType: 'tag',
      resource: (call) => resourceOf(call, call.body.name),
    },
    async handle(call) {
      const at = placeOf(call);
      const { reference } = call.params;
      const name = parseTagName(call.body.name);
      await artifacts.getRecord(at, reference);
      await actions.createTag(getRepositoryName(at), reference, name, actorOf(call));
      return created(`${call.path.replace(/\/$/, '')}/${name}`);
    },
  });
}

function deletionRoute({ artifacts, actions }: TagRoutesPorts): ApiRoute {
  return defineRoute({
    method: 'DELETE',
    path: `${LIST}/{tag_name}`,
    operationId: 'deleteTag',
    tag,
    summary: 'Take a tag off an artifact, which stays',
    can: project('tag', 'delete'),
    params: artifactTagParams,
    responses: { 200: null },
    audit: {
      operation: 'delete',
      resourceType: 'tag',
      resource: (call) => resourceOf(call, call.params.tag_name),
    },
    async handle(call) {
      const at = placeOf(call);
      const { reference, tag_name: name } = call.params;
      await artifacts.getRecord(at, reference);
      await actions.deleteTag(getRepositoryName(at), reference, name, actorOf(call));
      return ok();
    },
  });
}

/** Beyond Harbor: the tags of a repository, whatever they point to. */
function ownListRoute({ tags }: TagRoutesPorts): ApiRoute {
  return defineRoute({
    method: 'GET',
    path: `${REPOSITORY}/tags`,
    operationId: 'listRepositoryTags',
    tag,
    summary: 'List the tags of a repository with what they point to',
    can: project('tag', 'list'),
    params: repositoryParams,
    query: repositoryTagListQuery,
    responses: { 200: repositoryTagModel.array() },
    answers: ['X-Berth-Hidden-Tags'],
    async handle(call) {
      const { query, principal } = call;
      // Visitors of a public project are not told who does what, here as in the history.
      const options = { ...pageRange(query), pushers: principal.kind !== 'anonymous' };
      const found = await tags.list(placeOf(call), parseRepositoryTagQuery(query), options);
      return {
        ...listed(found.items.map(presentRepositoryTag), found.total),
        headers: { 'x-berth-hidden-tags': String(found.hidden) },
      };
    },
  });
}

/** Beyond Harbor: where a tag has been, and how to bring it back there. */
function pastRoutes({ actions }: TagRoutesPorts): ApiRoute[] {
  return [
    defineRoute({
      method: 'GET',
      path: `${REPOSITORY}/tags/{tag_name}/history`,
      operationId: 'listTagHistory',
      tag,
      summary: 'List what a tag pointed to, the latest change first',
      // Not for visitors of a public project: it tells who did it.
      can: project('tag', 'list', { authenticated: true }),
      params: tagParams,
      query: pageQuery,
      responses: { 200: tagChangeModel.array() },
      async handle(call) {
        const repository = getRepositoryName(placeOf(call));
        const { tag_name: name } = call.params;
        const found = await actions.listTagHistory(repository, name, pageRange(call.query));
        return listed(found.items.map(presentTagChange), found.total);
      },
    }),
    defineRoute({
      method: 'POST',
      path: `${REPOSITORY}/tags/{tag_name}/restore`,
      operationId: 'restoreTag',
      tag,
      summary: 'Point a tag to an artifact that it pointed to before',
      can: project('tag', 'create'),
      params: tagParams,
      body: tagRestoreRequest,
      responses: { 200: null },
      audit: {
        operation: 'create',
        resourceType: 'tag',
        resource: (call) => resourceOf(call, call.params.tag_name),
      },
      async handle(call) {
        const repository = getRepositoryName(placeOf(call));
        const name = parseTagName(call.params.tag_name);
        await actions.restoreTag(repository, name, call.body.digest, actorOf(call));
        return ok();
      },
    }),
  ];
}
