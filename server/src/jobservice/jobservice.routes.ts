import { z } from 'zod';
import {
  type ApiRoute,
  authenticated,
  defineRoute,
  listed,
  ok,
  pageQuery,
  pageRange,
  raw,
  system,
} from '../api/index.ts';
import {
  presentPool,
  presentQueue,
  presentSchedule,
  presentWorker,
} from './jobservice.presenter.ts';
import {
  actionRequest,
  jobParams,
  jobQueueModel,
  poolParams,
  queueParams,
  scheduleModel,
  schedulerStatusModel,
  workerModel,
  workerPoolModel,
} from './jobservice.schema.ts';
import type { JobService } from './jobservice.service.ts';

const tag = 'jobservice';
const canList = system('jobservice-monitor', 'list');
const canStop = system('jobservice-monitor', 'stop');

/** All work in the background, for administrators. */
export function jobServiceRoutes({ jobService }: { readonly jobService: JobService }): ApiRoute[] {
  return [
    ...poolRoutes(jobService),
    ...jobRoutes(jobService),
    ...queueRoutes(jobService),
    ...scheduleRoutes(jobService),
  ];
}

function poolRoutes(jobService: JobService): ApiRoute[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/jobservice/pools',
      operationId: 'getWorkerPools',
      tag,
      summary: 'List the processes that run jobs',
      can: canList,
      responses: { 200: workerPoolModel.array() },
      handle: async () => ok((await jobService.listPools()).map(presentPool)),
    }),
    defineRoute({
      method: 'GET',
      path: '/jobservice/pools/{pool_id}/workers',
      operationId: 'getWorkers',
      tag,
      summary: 'List the workers of a pool, or of all pools',
      can: canList,
      params: poolParams,
      responses: { 200: workerModel.array() },
      handle: async ({ params }) =>
        ok((await jobService.listWorkers(params.pool_id)).map(presentWorker)),
    }),
  ];
}

function jobRoutes(jobService: JobService): ApiRoute[] {
  return [
    defineRoute({
      method: 'PUT',
      path: '/jobservice/jobs/{job_id}',
      operationId: 'stopRunningJob',
      tag,
      summary: 'Stop a job, or all that run',
      can: canStop,
      params: jobParams,
      responses: { 200: null },
      audit: { operation: 'stop', resourceType: 'job', resource: ({ params }) => params.job_id },
      async handle({ params }) {
        await jobService.stopJob(params.job_id);
        return ok();
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/jobservice/jobs/{job_id}/log',
      operationId: 'actionGetJobLog',
      tag,
      summary: 'Get the log of a job',
      can: canList,
      params: jobParams,
      produces: 'text/plain',
      responses: { 200: z.string() },
      handle: async ({ params }) =>
        raw('text/plain; charset=utf-8', await jobService.getLog(params.job_id)),
    }),
  ];
}

function queueRoutes(jobService: JobService): ApiRoute[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/jobservice/queues',
      operationId: 'listJobQueues',
      tag,
      summary: 'List the job queues',
      can: canList,
      responses: { 200: jobQueueModel.array() },
      handle: async () => ok((await jobService.listQueues()).map(presentQueue)),
    }),
    defineRoute({
      method: 'PUT',
      path: '/jobservice/queues/{job_type}',
      operationId: 'actionPendingJobs',
      tag,
      summary: 'Stop what waits in a queue, pause it, or resume it',
      can: canStop,
      params: queueParams,
      body: actionRequest,
      responses: { 200: null },
      audit: {
        operation: 'update',
        resourceType: 'job-queue',
        resource: ({ params, body }) => `${params.job_type}: ${body.action ?? ''}`,
      },
      async handle({ params, body }) {
        await jobService.changeQueue(params.job_type, body.action ?? '');
        return ok();
      },
    }),
  ];
}

function scheduleRoutes(jobService: JobService): ApiRoute[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/schedules',
      operationId: 'listSchedules',
      tag: 'schedule',
      summary: 'List the schedules',
      can: canList,
      query: pageQuery,
      responses: { 200: scheduleModel.array() },
      async handle({ query }) {
        const { schedules, total } = await jobService.listSchedules(pageRange(query));
        return listed(schedules.map(presentSchedule), total);
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/schedules/{job_type}/paused',
      operationId: 'getSchedulePaused',
      tag: 'schedule',
      summary: 'Tell whether the schedules are paused',
      can: authenticated,
      params: queueParams,
      responses: { 200: schedulerStatusModel },
      handle: async ({ params }) => ok({ paused: await jobService.isPaused(params.job_type) }),
    }),
  ];
}
