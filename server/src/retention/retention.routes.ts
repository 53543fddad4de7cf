import {
  type ApiReply,
  type ApiRoute,
  authenticated,
  created,
  decided,
  defineRoute,
  ok,
} from '../api/index.ts';
import { parsePolicy, parseScope } from './policy-request.ts';
import { presentMetadata, presentPolicy } from './retention.presenter.ts';
import { metadataModel, policyModel, policyParams, policyRequest } from './retention.schema.ts';
import { retentionExecutionsRoutes } from './retention-executions.routes.ts';
import type { RetentionExecutionsService } from './retention-executions.service.ts';
import type { RetentionPoliciesService } from './retention-policies.service.ts';
import { createSubjects } from './subjects.ts';

export interface RetentionRoutesPorts {
  readonly policies: RetentionPoliciesService;
  readonly executions: RetentionExecutionsService;
}

const PATH = '/retentions';
const tag = 'Retention';

/** Harbor's `/retentions` (its §1.13). */
export function retentionRoutes({ policies, executions }: RetentionRoutesPorts): ApiRoute[] {
  return [
    metadataRoute(),
    creationRoute(policies),
    ...policyRoutes(policies),
    ...retentionExecutionsRoutes(executions),
  ];
}

function metadataRoute(): ApiRoute {
  return defineRoute({
    method: 'GET',
    path: `${PATH}/metadatas`,
    // As Harbor spells it.
    operationId: 'getRentenitionMetadata',
    tag,
    summary: 'List what rules of a retention policy can be made of',
    can: authenticated,
    responses: { 200: metadataModel },
    handle: () => ok(presentMetadata()),
  });
}

function creationRoute(policies: RetentionPoliciesService): ApiRoute {
  return defineRoute({
    method: 'POST',
    path: PATH,
    operationId: 'createRetention',
    tag,
    summary: 'Give a project its retention policy',
    can: decided('tag-retention:create in the project that the scope names'),
    body: policyRequest,
    responses: { 201: null },
    audit: {
      operation: 'create',
      resourceType: 'tag-retention',
      resource: ({ path }, reply) => String(reply?.headers?.['location'] ?? path),
      // Of a call that failed nobody knows whether there is such a project.
      projectId: ({ body }, reply) =>
        reply === undefined ? undefined : (body.scope?.ref ?? undefined),
    },
    async handle({ principal, body, path }) {
      const projectId = parseScope(body) ?? 0;
      const id = await policies.createPolicy(principal, projectId, parsePolicy(body));
      return created(`${path.replace(/\/$/, '')}/${id}`);
    },
  });
}

function policyRoutes(policies: RetentionPoliciesService): ApiRoute[] {
  const { audit, about } = createSubjects();
  return [
    defineRoute({
      method: 'GET',
      path: `${PATH}/{id}`,
      operationId: 'getRetention',
      tag,
      summary: 'Get a retention policy',
      can: decided("tag-retention:read in the policy's project"),
      params: policyParams,
      responses: { 200: policyModel },
      handle: async ({ principal, params }) =>
        ok(presentPolicy(await policies.getPolicy(principal, params.id))),
    }),
    defineRoute({
      method: 'PUT',
      path: `${PATH}/{id}`,
      operationId: 'updateRetention',
      tag,
      summary: 'Replace the rules and the schedule of a retention policy',
      can: decided("tag-retention:update in the policy's project"),
      params: policyParams,
      body: policyRequest,
      responses: { 200: null },
      audit: audit('update'),
      async handle({ principal, params, body }): Promise<ApiReply> {
        const projectId = parseScope(body);
        const text = parsePolicy(body);
        const owned = await policies.updatePolicy(principal, params.id, projectId, text);
        return about(owned, ok());
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: `${PATH}/{id}`,
      operationId: 'deleteRetention',
      tag,
      summary: 'Delete a retention policy with its schedule and its executions',
      can: decided("tag-retention:delete in the policy's project"),
      params: policyParams,
      responses: { 200: null },
      audit: audit('delete'),
      handle: async ({ principal, params }) =>
        about(await policies.deletePolicy(principal, params.id), ok()),
    }),
  ];
}
