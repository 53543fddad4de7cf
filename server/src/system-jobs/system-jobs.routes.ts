import { z } from 'zod';
import {
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
  raw,
  system,
} from '../api/index.ts';
import { AppError } from '../lib/index.ts';
import type { SystemJobService } from './system-job.service.ts';
import type { Order } from './system-job.ts';
import {
  type Estimate,
  presentEstimate,
  presentRun,
  presentSchedule,
} from './system-jobs.presenter.ts';
import {
  estimateModel,
  gcParams,
  historyFields,
  historyModel,
  purgeParams,
  type ScheduleRequest,
  scheduleModel,
  scheduleRequest,
} from './system-jobs.schema.ts';

type Ids = Readonly<Record<string, number>>;

/** How one kind of system job is called in the API. */
interface Names {
  readonly path: string;
  readonly tag: string;
  /** In sentences. */
  readonly noun: string;
  /** Of the right to it. */
  readonly resource: string;
  /** In the audit log. */
  readonly resourceType: string;
  readonly idName: string;
  readonly params: z.ZodType<Ids>;
  readonly operationIds: Readonly<
    Record<'list' | 'get' | 'log' | 'stop' | 'findSchedule' | 'create' | 'update', string>
  >;
}

const gcNames: Names = {
  path: '/system/gc',
  tag: 'gc',
  noun: 'garbage collection',
  resource: 'garbage-collection',
  resourceType: 'garbage-collection',
  idName: 'gc_id',
  params: gcParams,
  operationIds: {
    list: 'getGCHistory',
    get: 'getGC',
    log: 'getGCLog',
    stop: 'stopGC',
    findSchedule: 'getGCSchedule',
    create: 'createGCSchedule',
    update: 'updateGCSchedule',
  },
};

const purgeNames: Names = {
  path: '/system/purgeaudit',
  tag: 'purge',
  noun: 'purge of the audit log',
  resource: 'purge-audit',
  resourceType: 'audit-purge',
  idName: 'purge_id',
  params: purgeParams,
  operationIds: {
    list: 'getPurgeHistory',
    get: 'getPurgeJob',
    log: 'getPurgeJobLog',
    stop: 'stopPurge',
    findSchedule: 'getPurgeSchedule',
    create: 'createPurgeSchedule',
    update: 'updatePurgeSchedule',
  },
};

/** Garbage collections: runs, schedule, and what one would free. */
export function garbageCollectionRoutes(
  service: SystemJobService,
  estimate: () => Promise<Estimate>,
): ApiRoute[] {
  return [estimateRoute(estimate), ...systemJobRoutes(gcNames, service)];
}

/** Purges of the audit log: runs and schedule. */
export function auditPurgeRoutes(service: SystemJobService): ApiRoute[] {
  return systemJobRoutes(purgeNames, service);
}

function estimateRoute(estimate: () => Promise<Estimate>): ApiRoute {
  return defineRoute({
    method: 'GET',
    path: '/system/gc/estimate',
    operationId: 'getGCEstimate',
    tag: gcNames.tag,
    summary: 'Tell what a garbage collection would free now, in bytes, and what it would keep',
    can: system(gcNames.resource, 'read'),
    responses: { 200: estimateModel },
    handle: async () => ok(presentEstimate(await estimate())),
  });
}

function systemJobRoutes(names: Names, service: SystemJobService): ApiRoute[] {
  return [
    ...scheduleRoutes(names, service),
    listRoute(names, service),
    getRoute(names, service),
    logRoute(names, service),
    stopRoute(names, service),
  ];
}

function listRoute(names: Names, service: SystemJobService): ApiRoute {
  return defineRoute({
    method: 'GET',
    path: names.path,
    operationId: names.operationIds.list,
    tag: names.tag,
    summary: `List the runs of the ${names.noun}`,
    can: system(names.resource, 'list'),
    query: listQuery,
    responses: { 200: historyModel.array() },
    async handle({ query }) {
      const found = await service.listExecutions({
        predicates: compileFilter(historyFields, parseQ(query.q)),
        sorts: parseSort(historyFields, query.sort, '-id'),
        ...pageRange(query),
      });
      return listed(found.executions.map(presentRun), found.total);
    },
  });
}

function getRoute(names: Names, service: SystemJobService): ApiRoute {
  return defineRoute({
    method: 'GET',
    path: `${names.path}/{${names.idName}}`,
    operationId: names.operationIds.get,
    tag: names.tag,
    summary: `Get a run of the ${names.noun}`,
    can: system(names.resource, 'read'),
    params: names.params,
    responses: { 200: historyModel },
    handle: async ({ params }) => ok(presentRun(await service.getExecution(idOf(names, params)))),
  });
}

function logRoute(names: Names, service: SystemJobService): ApiRoute {
  return defineRoute({
    method: 'GET',
    path: `${names.path}/{${names.idName}}/log`,
    operationId: names.operationIds.log,
    tag: names.tag,
    summary: `Get the log of a run of the ${names.noun}`,
    can: system(names.resource, 'read'),
    params: names.params,
    produces: 'text/plain',
    responses: { 200: z.string() },
    handle: async ({ params }) =>
      raw('text/plain; charset=utf-8', await service.getLog(idOf(names, params))),
  });
}

function stopRoute(names: Names, service: SystemJobService): ApiRoute {
  return defineRoute({
    method: 'PUT',
    path: `${names.path}/{${names.idName}}`,
    operationId: names.operationIds.stop,
    tag: names.tag,
    summary: `Stop a run of the ${names.noun}`,
    can: system(names.resource, 'stop'),
    params: names.params,
    responses: { 200: null },
    audit: {
      operation: 'stop',
      resourceType: names.resourceType,
      resource: ({ params }) => String(idOf(names, params)),
    },
    async handle({ params }) {
      await service.stop(idOf(names, params));
      return ok();
    },
  });
}

function scheduleRoutes(names: Names, service: SystemJobService): ApiRoute[] {
  const path = `${names.path}/schedule`;
  const { tag, resource, resourceType, noun } = names;
  return [
    defineRoute({
      method: 'GET',
      path,
      operationId: names.operationIds.findSchedule,
      tag,
      summary: `Get when the ${noun} runs by itself; an empty body if it does not`,
      can: system(resource, 'read'),
      responses: { 200: scheduleModel.optional() },
      async handle() {
        const schedule = await service.findSchedule();
        return schedule === undefined ? ok() : ok(presentSchedule(schedule));
      },
    }),
    defineRoute({
      method: 'POST',
      path,
      operationId: names.operationIds.create,
      tag,
      summary: `Run the ${noun} now (Manual), or set or remove its schedule`,
      can: system(resource, 'create'),
      body: scheduleRequest,
      responses: { 201: null },
      audit: { operation: 'create', resourceType, resource: ({ body }) => typeOf(body) },
      async handle({ body, path: own }) {
        const id = await service.follow(parseOrder(body));
        return created(id === undefined ? own : own.replace(/schedule\/?$/, String(id)));
      },
    }),
    defineRoute({
      method: 'PUT',
      path,
      operationId: names.operationIds.update,
      tag,
      summary: `Set or remove the schedule of the ${noun}, or run it now (Manual)`,
      can: system(resource, 'update'),
      body: scheduleRequest,
      responses: { 200: null },
      audit: { operation: 'update', resourceType, resource: ({ body }) => typeOf(body) },
      async handle({ body }) {
        await service.follow(parseOrder(body));
        return ok();
      },
    }),
  ];
}

/** The schema has made sure that it is there. */
function idOf({ idName }: Names, params: Ids): number {
  return params[idName] ?? 0;
}

function typeOf({ schedule }: ScheduleRequest): string {
  return schedule?.type ?? '';
}

/** @throws AppError invalid: nothing, or nothing that can be followed, is asked for */
function parseOrder({ schedule, parameters }: ScheduleRequest): Order {
  const type = schedule?.type;
  if (type === undefined) throw new AppError('invalid', 'schedule.type must be given');
  if (type === 'Schedule') {
    throw new AppError('invalid', 'schedule.type Schedule is what histories say; choose another');
  }
  return { type, cron: schedule?.cron ?? '', parameters: parameters ?? {} };
}
