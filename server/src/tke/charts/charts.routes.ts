import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ChartReply } from '../../helm/index.ts';
import { refuseAs, sendReply } from '../../http/index.ts';
import type { ChartCall, ChartOperation, TkeChartPorts } from './chart-call.ts';
import { createTkeCharts, type TkeCharts } from './charts.service.ts';
import { listHarborCharts, serveHarborVersion } from './harbor-operations.ts';
import { json, museum } from './museum-operations.ts';

type Method = 'GET' | 'POST' | 'DELETE';
type Route = readonly [method: Method, path: string, operation: ChartOperation];

/** TKE's (reference §2.7) and Harbor's chart API, for groups of the tenant that the host names. */
const routes: readonly Route[] = [
  ['GET', '/chart/:group/index.yaml', museum.serveIndex],
  ['GET', '/chart/:group/charts/:file', museum.serveFile],
  ['GET', '/chart/api/:group/charts', museum.listCharts],
  ['POST', '/chart/api/:group/charts', museum.upload],
  ['POST', '/chart/api/:group/prov', museum.uploadProvenance],
  ['GET', '/chart/api/:group/charts/:name', museum.serveChart],
  ['GET', '/chart/api/:group/charts/:name/:version', museum.serveVersion],
  ['DELETE', '/chart/api/:group/charts/:name/:version', museum.deleteVersion],
  ['GET', '/chartrepo/:group/index.yaml', museum.serveBareIndex],
  ['GET', '/chartrepo/:group/charts/:file', museum.serveFile],
  ['GET', '/api/chartrepo/:group/charts', listHarborCharts],
  ['POST', '/api/chartrepo/:group/charts', museum.upload],
  ['POST', '/api/chartrepo/:group/prov', museum.uploadProvenance],
  ['GET', '/api/chartrepo/:group/charts/:name', museum.serveChart],
  ['DELETE', '/api/chartrepo/:group/charts/:name', museum.deleteChart],
  ['GET', '/api/chartrepo/:group/charts/:name/:version', serveHarborVersion],
  ['DELETE', '/api/chartrepo/:group/charts/:name/:version', museum.deleteVersionSilently],
];

const ELSEWHERE = ['/chart', '/chart/*', '/chartrepo', '/chartrepo/*', '/api/chartrepo/*'];

/**
 * `/chart`, `/chartrepo` and `/api/chartrepo` of the TKE view, in place of the module charts'
 * routes. Bodies come as streams: nothing is read before the caller is known to be allowed.
 */
export function registerTkeChartRoutes(app: FastifyInstance, ports: TkeChartPorts): void {
  const charts = createTkeCharts(ports);
  void app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, payload, parsed) => parsed(null, payload));
    refuseAs(scope, (status, error) => json(status, { error }));
    for (const [method, url, operation] of routes) {
      scope.route({
        method: method === 'GET' ? ['GET', 'HEAD'] : method,
        url,
        handler: async (request, reply) =>
          sendReply(request, reply, await answer(charts, operation, request, ports)),
      });
    }
    scope.get('/api/chartrepo/health', (_request, reply) => reply.send({ healthy: true }));
    for (const url of ELSEWHERE) {
      scope.all(url, (_request, reply) => reply.code(404).send({ error: 'not found' }));
    }
    done();
  });
}

function answer(
  charts: TkeCharts,
  operation: ChartOperation,
  request: FastifyRequest,
  { addressOf }: TkeChartPorts,
): Promise<ChartReply> {
  const call: ChartCall = {
    host: request.headers.host,
    headers: request.headers,
    params: paramsOf(request),
    query: new URLSearchParams(request.raw.url?.split('?', 2)[1] ?? ''),
    source: request.raw,
    isHead: request.method === 'HEAD',
    address: addressOf(request.raw),
    requestId: request.id,
  };
  return charts.serve(operation, call);
}

function paramsOf({ params }: FastifyRequest): Record<string, string> {
  const entries = typeof params === 'object' && params !== null ? Object.entries(params) : [];
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}
