import type { z } from 'zod';
import { usernameOf } from '../access/index.ts';
import {
  type ApiReply,
  type ApiRoute,
  compileFilter,
  created,
  defineRoute,
  listed,
  listQuery,
  ok,
  pageRange,
  parseQ,
  parseSort,
  project,
  projectParams,
} from '../api/index.ts';
import type { PolicyOrder } from './policy-rules.ts';
import { presentLastTrigger, presentPolicy, presentSupportedEvents } from './webhook.presenter.ts';
import { webhookExecutionsRoutes } from './webhook-executions.routes.ts';
import type { WebhookExecutionsService } from './webhook-executions.service.ts';
import {
  lastTriggerModel,
  policyFields,
  policyModel,
  policyParams,
  policyRequest,
  supportedEventsModel,
} from './webhooks.schema.ts';
import type { WebhooksService } from './webhooks.service.ts';

const PATH = '/projects/{project_name_or_id}/webhook';
const POLICIES = `${PATH}/policies`;
const POLICY = `${POLICIES}/{webhook_policy_id}`;
const tag = 'webhook';

export interface WebhooksRoutesPorts {
  readonly webhooks: WebhooksService;
  readonly executions: WebhookExecutionsService;
}

/** Webhooks of a project (Harbor's §1.15 of its digest), and the replay of what was sent. */
export function webhooksRoutes({ webhooks, executions }: WebhooksRoutesPorts): ApiRoute[] {
  return [
    ...readingRoutes(webhooks),
    creationRoute(webhooks),
    ...changingRoutes(webhooks),
    ...eventRoutes(webhooks),
    ...webhookExecutionsRoutes(executions),
  ];
}

function readingRoutes(webhooks: WebhooksService): ApiRoute[] {
  return [
    defineRoute({
      method: 'GET',
      path: POLICIES,
      operationId: 'ListWebhookPoliciesOfProject',
      tag,
      summary: 'List the webhook policies of a project',
      can: project('notification-policy', 'list'),
      params: projectParams,
      query: listQuery,
      responses: { 200: policyModel.array() },
      async handle({ project, query }) {
        const filter = {
          predicates: compileFilter(policyFields, parseQ(query.q)),
          sorts: parseSort(policyFields, query.sort, '-creation_time,-id'),
        };
        const found = await webhooks.listPolicies(project.id, filter, pageRange(query));
        return listed(found.policies.map(presentPolicy), found.total);
      },
    }),
    defineRoute({
      method: 'GET',
      path: POLICY,
      operationId: 'GetWebhookPolicyOfProject',
      tag,
      summary: 'Get a webhook policy',
      can: project('notification-policy', 'read'),
      params: policyParams,
      responses: { 200: policyModel },
      handle: async ({ project, params }) =>
        ok(presentPolicy(await webhooks.getPolicy(project.id, params.webhook_policy_id))),
    }),
  ];
}

function creationRoute(webhooks: WebhooksService): ApiRoute {
  return defineRoute({
    method: 'POST',
    path: POLICIES,
    operationId: 'CreateWebhookPolicyOfProject',
    tag,
    summary: 'Create a webhook policy',
    can: project('notification-policy', 'create'),
    params: projectParams,
    body: policyRequest,
    responses: { 201: null },
    audit: {
      operation: 'create',
      resourceType: 'webhook',
      resource: ({ body }) => body.name ?? '',
    },
    async handle({ project, principal, body, path }) {
      const creator = usernameOf(principal);
      const id = await webhooks.createPolicy(project.id, orderOf(body), creator);
      return created(`${path}/${id}`);
    },
  });
}

function changingRoutes(webhooks: WebhooksService): ApiRoute[] {
  /** What the audit log calls what is gone: an answer without a body does not tell. */
  const names = new WeakMap<ApiReply, string>();
  return [
    defineRoute({
      method: 'PUT',
      path: POLICY,
      operationId: 'UpdateWebhookPolicyOfProject',
      tag,
      summary: 'Replace a webhook policy; a masked secret stays as it was',
      can: project('notification-policy', 'update'),
      params: policyParams,
      body: policyRequest,
      responses: { 200: null },
      audit: {
        operation: 'update',
        resourceType: 'webhook',
        resource: ({ body, path }) => body.name ?? path,
      },
      async handle({ project, params, body }) {
        await webhooks.updatePolicy(project.id, params.webhook_policy_id, orderOf(body));
        return ok();
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: POLICY,
      operationId: 'DeleteWebhookPolicyOfProject',
      tag,
      summary: 'Delete a webhook policy; what waits to be sent is not sent',
      can: project('notification-policy', 'delete'),
      params: policyParams,
      responses: { 200: null },
      audit: {
        operation: 'delete',
        resourceType: 'webhook',
        resource: ({ path }, reply) => (reply && names.get(reply)) ?? path,
      },
      async handle({ project, params }) {
        const reply = ok();
        names.set(reply, await webhooks.deletePolicy(project.id, params.webhook_policy_id));
        return reply;
      },
    }),
  ];
}

function eventRoutes(webhooks: WebhooksService): ApiRoute[] {
  return [
    defineRoute({
      method: 'GET',
      path: `${PATH}/lasttrigger`,
      operationId: 'LastTrigger',
      tag,
      summary: 'Tell when each event last triggered each policy',
      can: project('notification-policy', 'read'),
      params: projectParams,
      responses: { 200: lastTriggerModel.array() },
      handle: async ({ project }) =>
        ok((await webhooks.listLastTriggers(project.id)).map(presentLastTrigger)),
    }),
    defineRoute({
      method: 'GET',
      path: `${PATH}/events`,
      operationId: 'GetSupportedEventTypes',
      tag,
      summary: 'List the types of events, of targets and of payloads',
      can: project('notification-policy', 'read'),
      params: projectParams,
      responses: { 200: supportedEventsModel },
      handle: () => ok(presentSupportedEvents()),
    }),
  ];
}

/** Left out is empty, as in Harbor; so a policy is enabled only when that is said. */
function orderOf(body: z.output<typeof policyRequest>): PolicyOrder {
  return {
    name: body.name ?? '',
    description: body.description ?? '',
    isEnabled: body.enabled ?? false,
    eventTypes: body.event_types ?? [],
    targets: (body.targets ?? []).map((target) => ({
      type: target.type ?? '',
      address: target.address ?? '',
      payloadFormat: target.payload_format ?? '',
      skipCertVerify: target.skip_cert_verify ?? false,
      authHeader: target.auth_header ?? '',
      // Clients that were made for Harbor do not know it; an empty one clears it.
      secret: target.secret ?? undefined,
    })),
  };
}
