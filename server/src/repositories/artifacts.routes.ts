import type { z } from 'zod';
import {
  narrowTo,
  type Principal,
  type ProjectAccess,
  type ProjectPolicy,
} from '../access/index.ts';
import {
  type ApiRoute,
  created,
  defineRoute,
  listed,
  ok,
  pageRange,
  project,
  projectParams,
  refusalFor,
} from '../api/index.ts';
import type { ArtifactActions } from './actions.ts';
import { presentArtifact } from './artifact.presenter.ts';
import type { ArtifactDetail } from './artifact.ts';
import { presentAnatomy } from './artifact-anatomy.presenter.ts';
import { anatomyModel } from './artifact-anatomy.schema.ts';
import type { ArtifactAnatomies } from './artifact-anatomy.service.ts';
import { parseArtifactQuery, parseProjectArtifactQuery } from './artifact-query.ts';
import type { ArtifactReader } from './artifact-reader.service.ts';
import { type ArtifactSource, parseArtifactSource } from './artifact-source.ts';
import { actorOf, placeOf, resourceOf } from './call.ts';
import {
  artifactListQuery,
  artifactModel,
  artifactParams,
  artifactQuery,
  copyQuery,
  projectArtifactListQuery,
  repositoryParams,
} from './repositories.schema.ts';
import { getRepositoryName, parseTargetName } from './repository-name.ts';

export interface CopySources {
  readonly access: Pick<ProjectAccess, 'can'>;
  findProject(name: string): Promise<ProjectPolicy | undefined>;
}

export interface ArtifactRoutesPorts extends CopySources {
  readonly artifacts: ArtifactReader;
  readonly anatomies: ArtifactAnatomies;
  readonly actions: ArtifactActions;
}

const LIST = '/projects/{project_name}/repositories/{repository_name}/artifacts';
const ITEM = `${LIST}/{reference}`;
const tag = 'artifact';

export function artifactRoutes(ports: ArtifactRoutesPorts): ApiRoute[] {
  return [
    listRoute(ports),
    projectListRoute(ports),
    getRoute(ports),
    anatomyRoute(ports),
    copyRoute(ports),
    deletionRoute(ports),
  ];
}

function listRoute({ artifacts }: ArtifactRoutesPorts): ApiRoute {
  return defineRoute({
    method: 'GET',
    path: LIST,
    operationId: 'listArtifacts',
    tag,
    summary: 'List the artifacts of a repository',
    can: project('artifact', 'list'),
    params: repositoryParams,
    query: artifactListQuery,
    responses: { 200: artifactModel.array() },
    async handle(call) {
      const { query } = call;
      const wanted = parseArtifactQuery(query.q, query.sort);
      const range = pageRange(query);
      const found = await artifacts.listArtifacts(placeOf(call), wanted, range, detailOf(query));
      return listed(found.items.map(presentArtifact), found.total);
    },
  });
}

function projectListRoute({ artifacts }: ArtifactRoutesPorts): ApiRoute {
  return defineRoute({
    method: 'GET',
    path: '/projects/{project_name_or_id}/artifacts',
    operationId: 'listArtifactsOfProject',
    tag: 'project',
    summary: 'List the artifacts of all repositories of a project',
    can: project('artifact', 'list', { authenticated: true }),
    params: projectParams,
    query: projectArtifactListQuery,
    responses: { 200: artifactModel.array() },
    async handle({ project, query }) {
      const wanted = parseProjectArtifactQuery(query.q, query.sort);
      const request = [project, wanted, pageRange(query), detailOf(query)] as const;
      const found = query.latest_in_repository
        ? await artifacts.listLatestOfProject(...request)
        : await artifacts.listArtifactsOfProject(...request);
      return listed(found.items.map(presentArtifact), found.total);
    },
  });
}

function getRoute({ artifacts }: ArtifactRoutesPorts): ApiRoute {
  return defineRoute({
    method: 'GET',
    path: ITEM,
    operationId: 'getArtifact',
    tag,
    summary: 'Get an artifact by tag or digest',
    can: project('artifact', 'read'),
    params: artifactParams,
    query: artifactQuery,
    responses: { 200: artifactModel },
    async handle(call) {
      const detail = detailOf(call.query);
      const found = await artifacts.getArtifact(placeOf(call), call.params.reference, detail);
      return ok(presentArtifact(found));
    },
  });
}

/** Beyond Harbor. */
function anatomyRoute({ anatomies }: ArtifactRoutesPorts): ApiRoute {
  return defineRoute({
    method: 'GET',
    path: `${ITEM}/anatomy`,
    operationId: 'getArtifactAnatomy',
    tag,
    summary: 'Get what an artifact is made of: manifest, config, layers with history, or children',
    can: project('artifact', 'read'),
    params: artifactParams,
    responses: { 200: anatomyModel },
    handle: async (call) =>
      ok(presentAnatomy(await anatomies.getAnatomy(placeOf(call), call.params.reference))),
  });
}

function copyRoute(ports: ArtifactRoutesPorts): ApiRoute {
  return defineRoute({
    method: 'POST',
    path: LIST,
    operationId: 'CopyArtifact',
    tag,
    summary: 'Copy an artifact into a repository',
    can: project('artifact', 'create'),
    params: repositoryParams,
    query: copyQuery,
    responses: { 201: null },
    audit: {
      operation: 'create',
      resourceType: 'artifact',
      resource: (call) => resourceOf(call, call.query.from.replace(/^.*[@:](?=[^/]*$)/, '')),
    },
    async handle(call) {
      const source = parseArtifactSource(call.query.from);
      const repository = parseTargetName(placeOf(call));
      await authorizeSource(ports, call.principal, source);
      const { project } = call;
      const from = { repository: source.repository, reference: source.reference };
      await ports.actions.copyArtifact({ from, project, repository, actor: actorOf(call) });
      return created(`${call.path.replace(/\/$/, '')}/${source.reference}`);
    },
  });
}

/** @throws AppError unauthenticated, denied; the same for a project that does not exist */
async function authorizeSource(
  { access, findProject }: CopySources,
  principal: Principal,
  source: ArtifactSource,
): Promise<void> {
  const project = await findProject(source.project);
  const reader = narrowTo(principal, source.path);
  const mayRead = project !== undefined && (await access.can(reader, project, 'artifact', 'read'));
  if (!mayRead) throw refusalFor(principal);
}

function deletionRoute({ artifacts, actions }: ArtifactRoutesPorts): ApiRoute {
  return defineRoute({
    method: 'DELETE',
    path: ITEM,
    operationId: 'deleteArtifact',
    tag,
    summary: 'Delete an artifact with its tags and accessories',
    can: project('artifact', 'delete'),
    params: artifactParams,
    responses: { 200: null },
    audit: {
      operation: 'delete',
      resourceType: 'artifact',
      resource: (call) => resourceOf(call, call.params.reference),
    },
    async handle(call) {
      const at = placeOf(call);
      await artifacts.getRecord(at, call.params.reference);
      await actions.deleteArtifact(getRepositoryName(at), call.params.reference, actorOf(call));
      return ok();
    },
  });
}

function detailOf(query: z.output<typeof artifactQuery>): ArtifactDetail {
  return {
    tags: query.with_tag,
    immutability: query.with_tag && query.with_immutable_status,
    labels: query.with_label,
    accessories: query.with_accessory,
    inheritedAccessories: query.with_inherited_accessory,
    vulnerabilities: query.with_scan_overview,
    sbom: query.with_sbom_overview,
  };
}
