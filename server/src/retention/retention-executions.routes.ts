import { z } from 'zod';
import {
  type ApiReply,
  type ApiRoute,
  created,
  decided,
  defineRoute,
  listed,
  ok,
  pageRange,
  raw,
} from '../api/index.ts';
import { AppError } from '../lib/index.ts';
import { presentExecution, presentTask } from './retention.presenter.ts';
import {
  actionRequest,
  executionModel,
  executionParams,
  policyParams,
  retentionPageQuery,
  runRequest,
  taskModel,
  taskParams,
} from './retention.schema.ts';
import type { RetentionExecutionsService } from './retention-executions.service.ts';
import { createSubjects } from './subjects.ts';

const PATH = '/retentions/{id}/executions';
const tag = 'Retention';

/** What retention policies did, and are to do. */
export function retentionExecutionsRoutes(executions: RetentionExecutionsService): ApiRoute[] {
  return [...actionRoutes(executions), ...listRoutes(executions), logRoute(executions)];
}

function actionRoutes(executions: RetentionExecutionsService): ApiRoute[] {
  const { audit, about } = createSubjects();
  return [
    defineRoute({
      method: 'POST',
      path: PATH,
      operationId: 'triggerRetentionExecution',
      tag,
      summary: 'Apply a retention policy now, or tell only what it would delete (dry_run)',
      can: decided("tag-retention:update in the policy's project"),
      params: policyParams,
      body: runRequest,
      responses: { 201: null },
      audit: audit('execute'),
      async handle({ principal, params, body, path, requestId }) {
        const order = { isDryRun: body.dry_run ?? false, requestId };
        const started = await executions.startExecution(principal, params.id, order);
        return about(started, created(`${path.replace(/\/$/, '')}/${started.executionId}`));
      },
    }),
    defineRoute({
      method: 'PATCH',
      path: `${PATH}/{eid}`,
      operationId: 'operateRetentionExecution',
      tag,
      summary: 'Stop an execution of a retention policy',
      can: decided("tag-retention:update in the policy's project"),
      params: executionParams,
      body: actionRequest,
      responses: { 200: null },
      audit: audit('stop'),
      async handle({ principal, params, body }) {
        if (body.action !== 'stop') throw new AppError('invalid', "action should be 'stop'");
        return about(await executions.stopExecution(principal, params.id, params.eid), ok());
      },
    }),
  ];
}

function listRoutes(executions: RetentionExecutionsService): ApiRoute[] {
  return [
    defineRoute({
      method: 'GET',
      path: PATH,
      operationId: 'listRetentionExecutions',
      tag,
      summary: 'List the executions of a retention policy',
      can: decided("tag-retention:list in the policy's project"),
      params: policyParams,
      query: retentionPageQuery,
      responses: { 200: executionModel.array() },
      async handle({ principal, params, query }) {
        const found = await executions.listExecutions(principal, params.id, pageRange(query));
        return pageOf(query, found.executions.map(presentExecution), found.total);
      },
    }),
    defineRoute({
      method: 'GET',
      path: `${PATH}/{eid}/tasks`,
      operationId: 'listRetentionTasks',
      tag,
      summary: 'List the tasks of an execution, one for each repository',
      can: decided("tag-retention:list in the policy's project"),
      params: executionParams,
      query: retentionPageQuery,
      responses: { 200: taskModel.array() },
      async handle({ principal, params, query }) {
        const page = pageRange(query);
        const found = await executions.listTasks(principal, params.id, params.eid, page);
        return pageOf(query, found.tasks.map(presentTask), found.total);
      },
    }),
  ];
}

function logRoute(executions: RetentionExecutionsService): ApiRoute {
  return defineRoute({
    method: 'GET',
    path: `${PATH}/{eid}/tasks/{tid}`,
    operationId: 'getRetentionTaskLog',
    tag,
    summary: 'Get the log of a task: what stayed, what went, and why',
    can: decided("tag-retention:read in the policy's project"),
    params: taskParams,
    produces: 'text/plain',
    responses: { 200: z.string() },
    async handle({ principal, params: { id, eid, tid } }) {
      const log = await executions.getTaskLog(principal, id, eid, tid);
      return raw('text/plain; charset=utf-8', log);
    },
  });
}

/** Without a size of the page the first one is all there is, and no `Link` leads on. */
function pageOf(
  { page, page_size: size }: z.output<typeof retentionPageQuery>,
  items: readonly unknown[],
  total: number,
): ApiReply {
  if (size !== 0 || page !== 1 || items.length < total) return listed(items, total);
  return { ...ok(items), headers: { 'x-total-count': String(total) } };
}
