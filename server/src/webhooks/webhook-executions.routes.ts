import { z } from 'zod';
import {
  type ApiRoute,
  compileFilter,
  created,
  defineFields,
  defineRoute,
  type Fields,
  listed,
  listQuery,
  pageRange,
  parseQ,
  parseSort,
  project,
  projectParams,
  raw,
} from '../api/index.ts';
import {
  executionFieldDefinitions,
  executionModel,
  type Listing,
  presentExecution,
  presentTask,
  taskFieldDefinitions,
  taskModel,
} from '../jobs/index.ts';
import { presentWebhookJob } from './webhook.presenter.ts';
import type { WebhookExecutionsService } from './webhook-executions.service.ts';
import {
  executionParams,
  policyParams,
  taskParams,
  webhookJobModel,
  webhookJobsQuery,
} from './webhooks.schema.ts';

const PATH = '/projects/{project_name_or_id}/webhook';
const EXECUTIONS = `${PATH}/policies/{webhook_policy_id}/executions`;
const EXECUTION = `${EXECUTIONS}/{execution_id}`;
const tag = 'webhook';

const executionFields = defineFields(executionFieldDefinitions);
const taskFields = defineFields(taskFieldDefinitions);

/** What webhook policies sent. */
export function webhookExecutionsRoutes(executions: WebhookExecutionsService): ApiRoute[] {
  return [...listRoutes(executions), ...executionRoutes(executions), jobsRoute(executions)];
}

function listRoutes(executions: WebhookExecutionsService): ApiRoute[] {
  return [
    defineRoute({
      method: 'GET',
      path: EXECUTIONS,
      operationId: 'ListExecutionsOfWebhookPolicy',
      tag,
      summary: 'List what a webhook policy sent',
      can: project('notification-policy', 'read'),
      params: policyParams,
      query: listQuery,
      responses: { 200: executionModel.array() },
      async handle({ project, params, query }) {
        const policy = { projectId: project.id, policyId: params.webhook_policy_id };
        const listing = listingOf(executionFields, query);
        const found = await executions.listExecutions(policy, listing);
        return listed(found.executions.map(presentExecution), found.total);
      },
    }),
    defineRoute({
      method: 'GET',
      path: `${EXECUTION}/tasks`,
      operationId: 'ListTasksOfWebhookExecution',
      tag,
      summary: 'List the tasks of an execution of a webhook policy',
      can: project('notification-policy', 'read'),
      params: executionParams,
      query: listQuery,
      responses: { 200: taskModel.array() },
      async handle({ project, params, query }) {
        const policy = { projectId: project.id, policyId: params.webhook_policy_id };
        const listing = listingOf(taskFields, query);
        const found = await executions.listTasks(policy, params.execution_id, listing);
        return listed(found.tasks.map(presentTask), found.total);
      },
    }),
  ];
}

function executionRoutes(executions: WebhookExecutionsService): ApiRoute[] {
  return [
    defineRoute({
      method: 'GET',
      path: `${EXECUTION}/tasks/{task_id}/log`,
      operationId: 'GetLogsOfWebhookTask',
      tag,
      summary: 'Get the log of a task of a webhook policy',
      can: project('notification-policy', 'read'),
      params: taskParams,
      produces: 'text/plain',
      responses: { 200: z.string() },
      async handle({ project, params }) {
        const policy = { projectId: project.id, policyId: params.webhook_policy_id };
        const log = await executions.getTaskLog(policy, params.execution_id, params.task_id);
        return raw('text/plain; charset=utf-8', log);
      },
    }),
    defineRoute({
      method: 'POST',
      path: `${EXECUTION}/replay`,
      operationId: 'replayWebhookExecution',
      tag,
      summary: 'Send once more what an execution sent, as a new execution',
      can: project('notification-policy', 'update'),
      params: executionParams,
      responses: { 201: null },
      audit: {
        operation: 'replay',
        resourceType: 'webhook',
        resource: ({ path }) => path,
      },
      async handle({ project, params, path }) {
        const policy = { projectId: project.id, policyId: params.webhook_policy_id };
        const id = await executions.replay(policy, params.execution_id);
        return created(`${path.replace(/\/[^/]+\/replay$/, '')}/${id}`);
      },
    }),
  ];
}

function jobsRoute(executions: WebhookExecutionsService): ApiRoute {
  return defineRoute({
    method: 'GET',
    path: `${PATH}/jobs`,
    operationId: 'ListWebhookJobs',
    tag: 'webhookjob',
    summary: 'List what a webhook policy sent, as it was done before there were executions',
    can: project('notification-policy', 'list'),
    params: projectParams,
    query: webhookJobsQuery,
    responses: { 200: webhookJobModel.array() },
    async handle({ project, query }) {
      const policy = { projectId: project.id, policyId: query.policy_id };
      const listing = listingOf(executionFields, query);
      const statuses = query.status ?? [];
      const predicates = [
        ...(listing.predicates ?? []),
        ...(statuses.length === 0
          ? []
          : [{ column: 'status', type: 'text', op: 'in', values: statuses } as const]),
      ];
      const found = await executions.listExecutions(policy, { ...listing, predicates });
      return listed(found.executions.map(presentWebhookJob), found.total);
    },
  });
}

function listingOf(fields: Fields, query: z.output<typeof listQuery>): Listing {
  return {
    predicates: compileFilter(fields, parseQ(query.q)),
    sorts: parseSort(fields, query.sort, '-id'),
    ...pageRange(query),
  };
}
