import { z } from 'zod';
import {
  type ApiRoute,
  defineRoute,
  listed,
  listQuery,
  ok,
  pageRange,
  project,
  raw,
} from '../api/index.ts';
import type { LabelActions } from './actions.ts';
import { presentAccessory } from './artifact.presenter.ts';
import type { ArtifactReader } from './artifact-reader.service.ts';
import { placeOf, resourceOf } from './call.ts';
import { parseAccessoryQuery } from './detail-query.ts';
import {
  accessoryModel,
  additionParams,
  artifactLabelParams,
  artifactParams,
  labelRequest,
} from './repositories.schema.ts';

interface AdditionRoutesPorts {
  readonly artifacts: ArtifactReader;
  readonly labels: LabelActions;
}

const ARTIFACT = '/projects/{project_name}/repositories/{repository_name}/artifacts/{reference}';
const tag = 'artifact';

/** Somebody else's bytes, from our address: nothing in them may run. */
const HARMLESS = {
  'content-security-policy': "sandbox; default-src 'none'",
  'content-disposition': 'attachment',
} as const;

/** What hangs on an artifact: accessories, additions and labels. */
export function artifactAdditionRoutes(ports: AdditionRoutesPorts): ApiRoute[] {
  return [accessoriesRoute(ports), ...additionRoutes(ports), ...labelRoutes(ports)];
}

function accessoriesRoute({ artifacts }: AdditionRoutesPorts): ApiRoute {
  return defineRoute({
    method: 'GET',
    path: `${ARTIFACT}/accessories`,
    operationId: 'listAccessories',
    tag,
    summary: 'List the accessories of an artifact, such as signatures',
    can: project('accessory', 'list'),
    params: artifactParams,
    query: listQuery,
    responses: { 200: accessoryModel.array() },
    async handle(call) {
      const { params, query } = call;
      const filter = parseAccessoryQuery(query);
      const range = pageRange(query);
      const found = await artifacts.listAccessories(placeOf(call), params.reference, filter, range);
      return listed(found.items.map(presentAccessory), found.total);
    },
  });
}

function additionRoutes({ artifacts }: AdditionRoutesPorts): ApiRoute[] {
  return [
    defineRoute({
      method: 'GET',
      path: `${ARTIFACT}/additions/vulnerabilities`,
      operationId: 'getVulnerabilitiesAddition',
      tag,
      summary: 'Get what scanners found in an artifact, by media type of the report',
      can: project('artifact-addition', 'read'),
      params: artifactParams,
      responses: { 200: z.record(z.string(), z.unknown()) },
      async handle(call) {
        await artifacts.getRecord(placeOf(call), call.params.reference);
        return ok({});
      },
    }),
    defineRoute({
      method: 'GET',
      path: `${ARTIFACT}/additions/{addition}`,
      operationId: 'getAddition',
      tag,
      summary: 'Get a document of an artifact, such as its readme',
      can: project('artifact-addition', 'read'),
      params: additionParams,
      responses: { 200: z.string() },
      produces: '*/*',
      async handle(call) {
        const { reference, addition } = call.params;
        const found = await artifacts.getAddition(placeOf(call), reference, addition);
        return { ...raw(found.contentType, found.body), headers: HARMLESS };
      },
    }),
  ];
}

function labelRoutes({ artifacts, labels }: AdditionRoutesPorts): ApiRoute[] {
  return [
    defineRoute({
      method: 'POST',
      path: `${ARTIFACT}/labels`,
      operationId: 'addLabel',
      tag,
      summary: 'Attach a label to an artifact',
      can: project('artifact-label', 'create'),
      params: artifactParams,
      body: labelRequest,
      responses: { 200: null },
      audit: {
        operation: 'create',
        resourceType: 'artifact-label',
        resource: (call) => resourceOf(call, call.params.reference),
      },
      async handle(call) {
        const { id } = await artifacts.getRecord(placeOf(call), call.params.reference);
        await labels.attach(call.project.id, id, call.body.id);
        return ok();
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: `${ARTIFACT}/labels/{label_id}`,
      operationId: 'removeLabel',
      tag,
      summary: 'Take a label off an artifact',
      can: project('artifact-label', 'delete'),
      params: artifactLabelParams,
      responses: { 200: null },
      audit: {
        operation: 'delete',
        resourceType: 'artifact-label',
        resource: (call) => resourceOf(call, call.params.reference),
      },
      async handle(call) {
        const { id } = await artifacts.getRecord(placeOf(call), call.params.reference);
        await labels.detach(call.project.id, id, call.params.label_id);
        return ok();
      },
    }),
  ];
}
