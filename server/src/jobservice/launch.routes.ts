import { z } from 'zod';
import { type ApiReply, type ApiRoute, defineRoute, ok, raw, system } from '../api/index.ts';
import { AppError } from '../lib/index.ts';
import type { JobService } from './jobservice.service.ts';
import { presentJob, presentPools } from './launch.presenter.ts';
import {
  launchAction,
  launchErrors,
  launchedListQuery,
  launchedParams,
  launchedQuery,
  launchRequest,
  poolStatsModel,
  statsModel,
} from './launch.schema.ts';
import type { LaunchedJob, LaunchPage, LaunchRequest, LaunchService } from './launch.service.ts';

const base = '/api/v1';
const common = { tag: 'jobservice v1', errors: launchErrors } as const;
const canList = system('jobservice-monitor', 'list');
const canStop = system('jobservice-monitor', 'stop');
/** Not in the catalogue of robots: launching any job is for administrators. */
const canCreate = system('jobservice-monitor', 'create');

/** The API that Harbor's job service has of its own, below `/api/v1`. */
export function launchRoutes(ports: {
  readonly launcher: LaunchService;
  readonly jobService: JobService;
}): ApiRoute[] {
  return [...submitRoutes(ports.launcher), ...jobRoutes(ports.launcher), statsRoute(ports)];
}

function submitRoutes(launcher: LaunchService): ApiRoute[] {
  return [
    defineRoute({
      ...common,
      method: 'POST',
      path: `${base}/jobs`,
      operationId: 'launchJob',
      summary: 'Launch a job: at once, later, or again and again',
      can: canCreate,
      body: launchRequest,
      responses: { 202: statsModel },
      audit: { operation: 'create', resourceType: 'job', resource: ({ body }) => body.job.name },
      async handle({ body }) {
        const launched = await launcher.launch(parseLaunch(body));
        return { status: 202, body: presentJob(launched) };
      },
    }),
    defineRoute({
      ...common,
      method: 'GET',
      path: `${base}/jobs`,
      operationId: 'listLaunchedJobs',
      summary: 'List the jobs that were launched here: periodic ones, unless told',
      can: canList,
      query: launchedListQuery,
      responses: { 200: statsModel.array() },
      handle: async ({ query }) => listedJobs(await launcher.listJobs(query.kind, pageOf(query))),
    }),
  ];
}

function jobRoutes(launcher: LaunchService): ApiRoute[] {
  const params = launchedParams;
  return [
    defineRoute({
      ...common,
      params,
      method: 'GET',
      path: `${base}/jobs/{id}`,
      operationId: 'getLaunchedJob',
      summary: 'Get a job',
      can: canList,
      responses: { 200: statsModel },
      handle: async (call) => ok(presentJob(await launcher.getJob(call.params.id))),
    }),
    defineRoute({
      ...common,
      params,
      method: 'POST',
      path: `${base}/jobs/{id}`,
      operationId: 'stopLaunchedJob',
      summary: 'Stop a job',
      can: canStop,
      body: launchAction,
      responses: { 204: null },
      audit: { operation: 'stop', resourceType: 'job', resource: (call) => call.params.id },
      async handle(call) {
        if (call.body.action !== 'stop') throw new AppError('invalid', 'the action must be stop');
        await launcher.stopJob(call.params.id);
        return { status: 204 };
      },
    }),
    defineRoute({
      ...common,
      params,
      method: 'GET',
      path: `${base}/jobs/{id}/log`,
      operationId: 'getLaunchedJobLog',
      summary: 'Get the log of a job',
      can: canList,
      produces: 'text/plain',
      responses: { 200: z.string() },
      handle: async (call) =>
        raw('text/plain; charset=utf-8', await launcher.getLog(call.params.id)),
    }),
    defineRoute({
      ...common,
      params,
      method: 'GET',
      path: `${base}/jobs/{id}/executions`,
      operationId: 'listLaunchedJobExecutions',
      summary: 'List the runs of a periodic job',
      can: canList,
      query: launchedQuery,
      responses: { 200: statsModel.array() },
      handle: async ({ params: { id }, query }) =>
        listedJobs(await launcher.listRuns(id, pageOf(query))),
    }),
  ];
}

function statsRoute({ jobService }: { readonly jobService: JobService }): ApiRoute {
  return defineRoute({
    ...common,
    method: 'GET',
    path: `${base}/stats`,
    operationId: 'getJobServiceStats',
    summary: 'List the processes that run jobs',
    can: canList,
    responses: { 200: poolStatsModel },
    handle: async () => ok(presentPools(await jobService.listPools())),
  });
}

function parseLaunch({ job }: z.output<typeof launchRequest>): LaunchRequest {
  const { kind, unique = false, schedule_delay = 0, cron_spec = '' } = job.metadata;
  if (job.status_hook !== undefined && job.status_hook !== '') {
    throw new AppError('invalid', 'status_hook is not supported: ask for the job instead');
  }
  return {
    name: job.name,
    parameters: job.parameters ?? {},
    kind,
    delaySeconds: schedule_delay,
    cron: cron_spec,
    isUnique: unique,
  };
}

function pageOf(query: z.output<typeof launchedQuery>): LaunchPage {
  const limit = query.page_size === 0 ? 25 : query.page_size;
  return { offset: Math.max(0, query.page_number - 1) * limit, limit };
}

function listedJobs({ jobs, total }: { jobs: LaunchedJob[]; total: number }): ApiReply {
  const headers = { 'total-count': String(total), 'next-cursor': '0' };
  return { status: 200, headers, body: jobs.map(presentJob) };
}
