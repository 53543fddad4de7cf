import { type ChartReply, readChartParts } from '../../helm/index.ts';
import { AppError } from '../../lib/index.ts';
import type { ChartCall, ChartOperation, TkeChartPorts, Visit } from './chart-call.ts';

/** Helm-push finds the API below it, whatever keeps the charts. */
const CONTEXT_PATH = '/chart';

const serveIndex = (contextPath: string | undefined): ChartOperation => ({
  action: 'index',
  perform: async ({ museum }, { project }, { headers, isHead }) => ({
    reply: await museum.serveIndex(project, { headers, isHead, contextPath }),
  }),
});

const serveFile: ChartOperation = {
  action: 'download',
  async perform({ museum }, { project }, { params, headers, isHead }) {
    const file = params['file'] ?? '';
    const found = await museum.findFile(project, file);
    const reply = await museum.serveFile(project, file, { headers, isHead });
    const isPull = !isHead && reply.status === 200 && found?.part === 'archive';
    return { reply, chart: isPull ? found.name : undefined, version: found?.version };
  },
};

const listCharts: ChartOperation = {
  action: 'index',
  perform: async ({ museum }, { project }, { query }) => ({
    reply: await museum.listCharts(project, {
      offset: parseCount(query, 'offset'),
      limit: parseCount(query, 'limit'),
    }),
  }),
};

const serveChart: ChartOperation = {
  action: 'download',
  perform: async ({ museum }, { project }, { params }) => ({
    reply: await museum.serveChart(project, params['name'] ?? ''),
  }),
};

const serveVersion: ChartOperation = {
  action: 'download',
  perform: async ({ museum }, { project }, { params }) => ({
    reply: await museum.serveVersion(project, params['name'] ?? '', params['version'] ?? ''),
  }),
};

const upload: ChartOperation = {
  action: 'upload',
  perform: (ports, visit, call) => store(ports, visit, call, { onlyProvenance: false }),
};

const uploadProvenance: ChartOperation = {
  action: 'upload',
  perform: (ports, visit, call) => store(ports, visit, call, { onlyProvenance: true }),
};

async function store(
  { museum }: TkeChartPorts,
  { project, username }: Visit,
  { headers, source, query }: ChartCall,
  { onlyProvenance }: { readonly onlyProvenance: boolean },
) {
  const { archive, provenance } = await readChartParts({ headers, source });
  const stored = await museum.upload(
    project,
    { archive: onlyProvenance ? undefined : archive, provenance },
    { overwrite: isForced(query), actor: { username } },
  );
  const { name, version } = stored?.metadata ?? {};
  return { reply: json(201, { saved: true }), chart: name, version };
}

const deleteVersion = (body: object | undefined): ChartOperation => ({
  action: 'delete',
  async perform({ museum }, { project, username }, { params }) {
    const { name = '', version = '' } = params;
    await museum.deleteVersion(project, name, version, { username });
    return { reply: json(200, body), chart: name, version };
  },
});

const deleteChart: ChartOperation = {
  action: 'delete',
  async perform({ museum }, { project, username }, { params }) {
    const { name = '' } = params;
    await museum.deleteChart(project, name, { username });
    return { reply: json(200, undefined), chart: name };
  },
};

/** ChartMuseum's, below `/chart` (reference §2.7), and what Harbor's routes have in common with it. */
export const museum = {
  serveIndex: serveIndex(CONTEXT_PATH),
  /** Without a context path helm-push takes `/api/chartrepo/…`. */
  serveBareIndex: serveIndex(undefined),
  serveFile,
  listCharts,
  serveChart,
  serveVersion,
  upload,
  uploadProvenance,
  deleteVersion: deleteVersion({ deleted: true }),
  deleteVersionSilently: deleteVersion(undefined),
  deleteChart,
} as const satisfies Readonly<Record<string, ChartOperation>>;

/** ChartMuseum takes the parameter alone, too. */
function isForced(query: URLSearchParams): boolean {
  const force = query.get('force');
  return force !== null && force !== 'false' && force !== '0';
}

function parseCount(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^\d{1,9}$/.test(text)) {
    throw new AppError('invalid', `${name} must be a whole number, not below 0`);
  }
  return Number(text);
}

/** An answer with a JSON document, or with nothing at all. */
export function json(status: number, value: unknown): ChartReply {
  if (value === undefined) return { status, headers: {} };
  const headers = { 'content-type': 'application/json; charset=utf-8' };
  return { status, headers, body: `${JSON.stringify(value)}\n` };
}
