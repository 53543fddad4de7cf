import { RestError } from '../../lib/api.ts';
import { basePath } from '../../lib/base.ts';
import { sessionFetch } from '../../lib/session-fetch.ts';
import type {
  ApiKey,
  Chart,
  ChartGroup,
  ChartInfo,
  Namespace,
  Repository,
  Sysinfo,
  UserInfo,
} from './tke-types.ts';
import { noteVersion } from './tke-versions.ts';

const REGISTRY = 'registry.tkestack.io/v1';
const AUTH = 'auth.tkestack.io/v1';
const GATEWAY = 'gateway.tkestack.io/v1';

interface List<T> {
  readonly items: readonly T[];
  readonly metadata?: { readonly resourceVersion?: string };
}

interface Call {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly body?: object;
  readonly signal?: AbortSignal;
}

/** @throws RestError */
async function call<T>(path: string, { method = 'GET', body, signal }: Call = {}): Promise<T> {
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  const request = new Request(`${window.location.origin}${basePath}/apis/${path}`, {
    method,
    ...(body !== undefined && {
      body: JSON.stringify(body),
      headers: { 'content-type': type },
    }),
    ...(signal !== undefined && { signal }),
  });
  const response = await sessionFetch(request);
  const answer: T = await response.json();
  return answer;
}

/** Only objects that have all these values. */
function selector(fields: Readonly<Record<string, string | undefined>>): string {
  const terms = Object.entries(fields).flatMap(([field, value]) =>
    value === undefined || value === '' ? [] : [`spec.${field}=${value}`],
  );
  return terms.length === 0 ? '' : `?fieldSelector=${encodeURIComponent(terms.join(','))}`;
}

async function list<T>(path: string, signal?: AbortSignal): Promise<readonly T[]> {
  const { items, metadata } = await call<List<T>>(path, signal === undefined ? {} : { signal });
  noteVersion(path, metadata?.resourceVersion);
  return items;
}

async function only<T>(path: string, signal: AbortSignal): Promise<T> {
  const [found] = await list<T>(path, signal);
  if (found === undefined) throw new RestError(404);
  return found;
}

const segment = encodeURIComponent;

/** A name that people gave, and the tenant, for those who see several. */
export interface Place {
  readonly name: string;
  readonly tenant?: string | undefined;
}

/** Where lists are, which can be watched as well. */
export const paths = {
  namespaces: `${REGISTRY}/namespaces`,
  chartGroups: `${REGISTRY}/chartgroups`,
  repositories: ({ name, tenant }: Place) =>
    `${REGISTRY}/repositories${selector({ namespaceName: name, tenantID: tenant })}`,
  charts: ({ name, tenant }: Place) =>
    `${REGISTRY}/charts${selector({ chartGroupName: name, tenantID: tenant })}`,
} as const;

export const tke = {
  sysinfo: (signal: AbortSignal) => call<Sysinfo>(`${GATEWAY}/sysinfo`, { signal }),
  userInfo: (signal: AbortSignal) => call<UserInfo>(`${GATEWAY}/tokens/info`, { signal }),

  listNamespaces: (signal: AbortSignal) => list<Namespace>(paths.namespaces, signal),
  getNamespace: ({ name, tenant }: Place, signal: AbortSignal) =>
    only<Namespace>(`${REGISTRY}/namespaces${selector({ name, tenantID: tenant })}`, signal),
  listRepositories: (place: Place, signal: AbortSignal) =>
    list<Repository>(paths.repositories(place), signal),
  listChartGroups: (signal: AbortSignal) => list<ChartGroup>(paths.chartGroups, signal),
  getChartGroup: ({ name, tenant }: Place, signal: AbortSignal) =>
    only<ChartGroup>(`${REGISTRY}/chartgroups${selector({ name, tenantID: tenant })}`, signal),
  listCharts: (place: Place, signal: AbortSignal) => list<Chart>(paths.charts(place), signal),
  getChartInfo: (chart: Chart, version: string, signal: AbortSignal) =>
    call<ChartInfo>(`${pathOf('charts', chart)}/version/${segment(version)}`, { signal }),
  listApiKeys: (signal: AbortSignal) => list<ApiKey>(`${AUTH}/apikeys`, signal),

  createNamespace: (spec: object) => create('Namespace', 'namespaces', spec),
  createChartGroup: (spec: object) => create('ChartGroup', 'chartgroups', spec),
  change: (resource: Resource, object: Named, spec: object) =>
    call(pathOf(resource, object), { method: 'PATCH', body: { spec } }),
  setLocked: (resource: Resource, object: Named, locked: boolean) =>
    call(`${pathOf(resource, object)}/status`, { method: 'PATCH', body: { status: { locked } } }),
  remove: (resource: Resource, object: Named) =>
    call(pathOf(resource, object), { method: 'DELETE' }),
  removeChartVersion: (chart: Chart, version: string) =>
    call(`${pathOf('charts', chart)}/version/${segment(version)}`, { method: 'DELETE' }),
  /** Reads the remote index of an imported group now. */
  updateImported: (group: ChartGroup) =>
    call(`${pathOf('chartgroups', group)}/repoupdating`, { method: 'POST', body: {} }),

  createApiKey: (request: { readonly expire: string; readonly description: string }) =>
    call<ApiKey>(`${AUTH}/apikeys/default/token`, { method: 'POST', body: request }),
  setDisabled: ({ metadata }: ApiKey, disabled: boolean) =>
    call(`${AUTH}/apikeys/${segment(metadata.name)}`, {
      method: 'PATCH',
      body: { status: { disabled } },
    }),
  removeApiKey: ({ metadata }: ApiKey) =>
    call(`${AUTH}/apikeys/${segment(metadata.name)}`, { method: 'DELETE' }),
};

type Resource = 'namespaces' | 'repositories' | 'chartgroups' | 'charts';
interface Named {
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

function pathOf(resource: Resource, { metadata: { name, namespace } }: Named): string {
  const within = namespace === undefined ? '' : `namespaces/${segment(namespace)}/`;
  return `${REGISTRY}/${within}${resource}/${segment(name)}`;
}

const PREFIXES = { Namespace: 'rns-', ChartGroup: 'rcg-' } as const;

function create(kind: keyof typeof PREFIXES, resource: Resource, spec: object): Promise<unknown> {
  return call(`${REGISTRY}/${resource}`, {
    method: 'POST',
    body: {
      apiVersion: REGISTRY,
      kind,
      metadata: { generateName: PREFIXES[kind] },
      spec,
    },
  });
}
