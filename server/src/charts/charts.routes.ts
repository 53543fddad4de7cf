import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Principal, usernameOf } from '../access/index.ts';
import type { AuditEntry, Caller, CallerRequest } from '../api/index.ts';
import { type ChartReply, presentChartError } from '../helm/index.ts';
import { type AddressOf, refuseAs, sendReply } from '../http/index.ts';
import { AppError } from '../lib/index.ts';
import type { ChartsService } from './charts.service.ts';

export interface ChartsRoutesPorts {
  readonly charts: ChartsService;
  /** @throws AppError unauthenticated for wrong credentials */
  authenticate(request: CallerRequest): Promise<Caller>;
  recordAudit(entry: AuditEntry): Promise<void>;
  readonly addressOf: AddressOf;
}

/** A request whose caller is known. */
interface ChartCall {
  readonly principal: Principal;
  readonly params: Readonly<Record<string, string>>;
  readonly request: FastifyRequest;
}

interface Answer extends ChartReply {
  /** For the audit log: what was written. */
  readonly resource?: string;
}

interface ChartRoute {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: string;
  /** Of the audit log, for what writes. */
  readonly operation?: string;
  serve(charts: ChartsService, call: ChartCall): Promise<Answer>;
}

/** Uploads without a project go there. */
const DEFAULT_PROJECT = 'library';
const API = '/api/chartrepo';

const readRoutes: readonly ChartRoute[] = [
  {
    method: 'GET',
    url: '/chartrepo/index.yaml',
    serve: (charts, { principal }) => charts.serveRootIndex(principal),
  },
  {
    method: 'GET',
    url: '/chartrepo/:repo/index.yaml',
    serve: (charts, { principal, params, request }) =>
      charts.serveIndex(principal, params['repo'] ?? '', readOf(request)),
  },
  {
    method: 'GET',
    url: '/chartrepo/:repo/charts/:file',
    serve: (charts, { principal, params, request }) =>
      charts.serveFile(principal, params['repo'] ?? '', params['file'] ?? '', readOf(request)),
  },
  {
    method: 'GET',
    url: `${API}/health`,
    async serve(charts, { principal }) {
      charts.checkHealth(principal);
      return json(200, { healthy: true });
    },
  },
  {
    method: 'GET',
    url: `${API}/:repo/charts`,
    serve: async (charts, { principal, params }) =>
      json(200, await charts.listCharts(principal, params['repo'] ?? '')),
  },
  {
    method: 'GET',
    url: `${API}/:repo/charts/:name`,
    serve: async (charts, { principal, params }) =>
      json(200, await charts.listVersions(principal, params['repo'] ?? '', params['name'] ?? '')),
  },
  {
    method: 'GET',
    url: `${API}/:repo/charts/:name/:version`,
    async serve(charts, { principal, params }) {
      const { repo = '', name = '', version = '' } = params;
      return json(200, await charts.getVersion(principal, repo, name, version));
    },
  },
];

const writeRoutes: readonly ChartRoute[] = [
  { method: 'POST', url: `${API}/charts`, operation: 'create', serve: upload },
  { method: 'POST', url: `${API}/:repo/charts`, operation: 'create', serve: upload },
  { method: 'POST', url: `${API}/:repo/prov`, operation: 'create', serve: upload },
  {
    method: 'DELETE',
    url: `${API}/:repo/charts/:name/:version`,
    operation: 'delete',
    async serve(charts, { principal, params }) {
      const { repo = '', name = '', version = '' } = params;
      await charts.deleteVersion(principal, repo, name, version);
      return { status: 200, headers: {}, resource: `${repo}/${name}:${version}` };
    },
  },
  {
    method: 'DELETE',
    url: `${API}/:repo/charts/:name`,
    operation: 'delete',
    async serve(charts, { principal, params }) {
      const { repo = '', name = '' } = params;
      await charts.deleteChart(principal, repo, name);
      return { status: 200, headers: {}, resource: `${repo}/${name}` };
    },
  },
];

/**
 * Harbor 2.7's routes of charts (ChartMuseum's behind them). Bodies come as streams, which are read
 * once it is known that the caller may write. Errors are `{"error": …}`, as helm's plugins read.
 */
export function registerChartsRoutes(app: FastifyInstance, ports: ChartsRoutesPorts): void {
  void app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, payload, parsed) => parsed(null, payload));
    refuseAs(scope, (status, error) => json(status, { error }));
    for (const route of [...readRoutes, ...writeRoutes]) {
      scope.route({
        method: route.method === 'GET' ? ['GET', 'HEAD'] : route.method,
        url: route.url,
        handler: async (request, reply) =>
          sendReply(request, reply, await answer(route, ports, request)),
      });
    }
    done();
  });
}

async function upload(
  charts: ChartsService,
  { principal, params, request }: ChartCall,
): Promise<Answer> {
  const project = params['repo'] ?? DEFAULT_PROJECT;
  const { headers, raw } = request;
  const stored = await charts.upload(principal, project, { headers, source: raw, overwrite: true });
  const { name, version } = stored;
  const resource = name === undefined ? project : `${project}/${name}:${version ?? ''}`;
  return { ...json(201, { saved: true }), resource };
}

async function answer(
  route: ChartRoute,
  ports: ChartsRoutesPorts,
  request: FastifyRequest,
): Promise<ChartReply> {
  let principal: Principal | undefined;
  try {
    const { method, headers } = request;
    const path = request.url.split('?', 1)[0] ?? '';
    const address = ports.addressOf(request.raw);
    const caller = await ports.authenticate({ method, path, headers, address, isLogin: false });
    principal = caller.principal;
    const params = paramsOf(request);
    const answered = await route.serve(ports.charts, { principal, params, request });
    await audit(route, ports, request, principal, answered.resource);
    return answered;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (principal !== undefined) await audit(route, ports, request, principal, undefined);
    const refusal = presentChartError(error);
    if (refusal.status !== 401) return refusal;
    const challenge = { 'www-authenticate': 'Basic realm="harbor"' };
    return { ...refusal, headers: { ...refusal.headers, ...challenge } };
  }
}

/** @param resource absent when it failed */
async function audit(
  { operation }: ChartRoute,
  ports: ChartsRoutesPorts,
  request: FastifyRequest,
  principal: Principal,
  resource: string | undefined,
): Promise<void> {
  if (operation === undefined || principal.kind === 'anonymous') return;
  await ports.recordAudit({
    projectId: undefined,
    operation,
    resourceType: 'helm-chart',
    resource: resource ?? request.url.split('?', 1)[0] ?? '',
    username: usernameOf(principal),
    succeeded: resource !== undefined,
    address: ports.addressOf(request.raw),
    requestId: request.id,
  });
}

function json(status: number, value: unknown): ChartReply {
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
  };
  return { status, headers, body: `${JSON.stringify(value)}\n` };
}

function readOf({ headers, method }: FastifyRequest) {
  return { headers, isHead: method === 'HEAD' };
}

function paramsOf({ params }: FastifyRequest): Record<string, string> {
  const entries = typeof params === 'object' && params !== null ? Object.entries(params) : [];
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}
