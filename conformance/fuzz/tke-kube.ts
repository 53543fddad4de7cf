import { hostileBodies, hostileSegments, hostileTexts } from './hostile.ts';
import { type Drawn, type DrawOptions, encode, pickFrom } from './tke-request.ts';
import {
  contentTypes,
  fieldSelectors,
  jsonPatches,
  kubeAccepts,
  labelSelectors,
  mergePatches,
  versions,
  yamlBodies,
} from './tke-values.ts';

const GROUP = '/apis/registry.tkestack.io/v1';
const METHODS = ['GET', 'GET', 'GET', 'POST', 'PUT', 'PATCH', 'PATCH', 'PATCH', 'DELETE'];
const PARTS: ReadonlyMap<string, readonly string[]> = new Map([
  ['namespaces', ['status', 'finalize']],
  ['repositories', ['status', 'finalize']],
  ['chartgroups', ['status', 'finalize', 'repoupdating']],
  ['charts', ['status', 'finalize', 'version', 'version/1.0.0']],
]);
const WRONG_PARTS = [
  'status/x',
  'scale',
  'version/',
  'version/../..',
  'version/%00',
  '..',
  'repoupdating',
  'version/1.0.0',
];
const namespaced = new Set(['repositories', 'charts']);
const resources = [
  'namespaces',
  'repositories',
  'chartgroups',
  'charts',
  'members',
  'configmaps',
] as const;

/** A request to the Kubernetes-style API. */
export function drawKube(options: DrawOptions): Drawn {
  const { random } = options;
  if (random.chance(0.04)) return drawDocument(options);
  const resource = pickFrom<string>(options, resources, [...hostileSegments, 'secrets', 'pods']);
  const method = pickFrom(options, METHODS, ['HEAD', 'OPTIONS', 'TRACE', 'PROPFIND', 'PURGE']);
  const isOne = method !== 'POST' && random.chance(0.75);
  const path = drawPath(options, resource, isOne, method);
  const query = drawQuery(options, method, isOne);
  const { body, headers } = drawBody(options, resource, method);
  const accept = random.chance(0.2)
    ? { accept: pickFrom(options, kubeAccepts.good, kubeAccepts.bad) }
    : {};
  const fuzzy = random.chance(0.05)
    ? { 'x-tke-fuzzyresourcename': headerText(random.pick(hostileTexts) ?? '') }
    : {};
  return {
    part: 'kube',
    method,
    target: query === '' ? path : `${path}?${query}`,
    headers: { ...headers, ...accept, ...fuzzy },
    body,
  };
}

function headerText(text: string): string {
  return Buffer.from(text.toWellFormed())
    .toString('latin1')
    .replaceAll(/[^\x20-\x7e\x80-\xff]/g, '')
    .slice(0, 2_000);
}

function drawDocument(options: DrawOptions): Drawn {
  const target = pickFrom(
    options,
    [
      '/apis',
      '/apis/registry.tkestack.io',
      GROUP,
      '/version',
      '/openapi/v2',
      '/openapi/v3',
      '/api',
    ],
    [
      '/apis/x',
      `${GROUP}/..`,
      `${GROUP}//`,
      '/apis/registry.tkestack.io/v9',
      '/openapi/v3/apis/%2e',
    ],
  );
  const accept = pickFrom(options, kubeAccepts.good, kubeAccepts.bad);
  return { part: 'kube', method: 'GET', target, headers: { accept }, body: undefined };
}

function drawPath(options: DrawOptions, resource: string, isOne: boolean, method: string): string {
  const { random, hints } = options;
  const known = hints.objects.get(resource) ?? [];
  const chosen = random.pick(known) ?? { name: 'none', namespace: 'rns-none' };
  const namespace = isOne ? chosen.namespace : drawParent(options, resource);
  const scope = drawIsScoped(options, resource, isOne || method === 'POST')
    ? `/namespaces/${segment(options, namespace)}`
    : '';
  const collection = `${GROUP}${scope}/${random.chance(0.05) ? encode(resource, options) : resource}`;
  if (!isOne) return collection;
  const part = random.chance(0.3) ? drawPart(options, resource) : '';
  return `${collection}/${segment(options, chosen.name)}${part === '' ? '' : `/${part}`}`;
}

function drawIsScoped({ random, wildness }: DrawOptions, resource: string, must: boolean): boolean {
  if (!namespaced.has(resource)) return random.chance(wildness / 8);
  return must || random.chance(0.5);
}

function drawParent({ random, hints }: DrawOptions, resource: string): string {
  const kind = resource === 'charts' ? 'chartgroups' : 'namespaces';
  return random.pick(hints.objects.get(kind) ?? [])?.name ?? 'rns-none';
}

function drawPart(options: DrawOptions, resource: string): string {
  return pickFrom(options, PARTS.get(resource) ?? [''], WRONG_PARTS);
}

function segment({ random, wildness }: DrawOptions, name: string): string {
  return random.chance(wildness / 3) ? (random.pick(hostileSegments) ?? '') : name;
}

function drawQuery(options: DrawOptions, method: string, isOne: boolean): string {
  const { random, wildness, hints } = options;
  const pairs: [string, string][] = [];
  const add = (
    name: string,
    likely: number,
    sensible: readonly string[],
    hostile: readonly string[] = hostileTexts,
  ) => {
    if (random.chance(likely)) pairs.push([name, pickFrom(options, sensible, hostile)]);
  };
  if (method === 'GET' || method === 'DELETE') {
    const likely = isOne ? 0.05 : 0.3;
    add('labelSelector', likely, labelSelectors.good, labelSelectors.bad);
    add('fieldSelector', likely, fieldSelectors.good, fieldSelectors.bad);
    add('limit', likely, ['1', '2', '500'], ['-1', '0', '1e3', '99999999999', 'x', '1.5', '+1']);
    add('continue', likely / 2, [...hints.continues, ''], [...tampered(options), ...hostileTexts]);
    add('resourceVersion', likely / 2, versions.good, versions.bad);
    add('resourceVersionMatch', likely / 4, ['NotOlderThan', 'Exact', ''], ['exact', ' ']);
  }
  if (method === 'GET' && random.chance(0.01)) {
    pairs.push(['watch', 'true'], ['timeoutSeconds', '1']);
    add('allowWatchBookmarks', 0.5, ['true']);
    add('sendInitialEvents', 0.2, ['true', 'false']);
  }
  if (method !== 'GET') {
    add('dryRun', 0.15, ['All', ''], ['all', 'All,All', 'None']);
    add('fieldManager', 0.2, ['fuzz', 'kubectl'], hostileTexts);
    add('fieldValidation', 0.15, ['Ignore', 'Warn', 'Strict'], ['strict', '0']);
    add('force', 0.1, ['true', 'false'], ['maybe']);
  }
  add('includeObject', 0.03, ['None', 'Metadata', 'Object'], ['All']);
  add('pretty', 0.03, ['true']);
  add('version', 0.05, ['1.0.0', '9.9.9'], hostileTexts);
  if (random.chance(wildness / 10)) pairs.push([random.pick(hostileTexts) ?? 'x', '1']);
  return pairs
    .map(([name, value]) => `${encode(name, options)}=${encode(value, options)}`)
    .join('&');
}

/** Tokens that say something else than they did. */
function tampered({ random, hints }: DrawOptions): string[] {
  const token = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const [known = ''] = hints.continues;
  return [
    token({ v: 1, n: '', k: 'rns-a' }),
    token({ v: 99999999, n: '', k: 'a' }),
    token({ v: -1, n: '', k: 'a' }),
    token({ v: 1e308, n: '', k: 'a' }),
    token({ v: 9_007_199_254_740_991, n: "'", k: "'; DROP TABLE kube_object; --" }),
    token({ v: 1, n: '\u0000', k: '\u0000' }),
    token({ v: 1, n: '\ud800', k: 'a'.repeat(253) }),
    token({ v: 1, n: ['a'], k: { a: 1 } }),
    token([]),
    token(null),
    known.slice(0, random.between(0, known.length)),
    `${known}AAAA`,
  ];
}

function drawBody(
  options: DrawOptions,
  resource: string,
  method: string,
): { body: Buffer | undefined; headers: Record<string, string> } {
  const { random, wildness } = options;
  if (method === 'GET' || method === 'HEAD') {
    return {
      body: random.chance(wildness / 20) ? random.pick(hostileBodies) : undefined,
      headers: {},
    };
  }
  if (method === 'PATCH') return drawPatch(options, resource);
  if (method === 'DELETE' && random.chance(0.7)) return { body: undefined, headers: {} };
  const type = pickFrom(options, contentTypes.good, contentTypes.bad);
  if (random.chance(wildness / 4)) return typed(random.pick(hostileBodies), type);
  if (type.includes('yaml') && random.chance(0.5))
    return typed(Buffer.from(random.pick(yamlBodies) ?? ''), type);
  const document =
    method === 'DELETE' ? drawDeleteOptions(options) : drawDocumentOf(options, resource);
  return typed(Buffer.from(JSON.stringify(document)), type);
}

function typed(body: Buffer | undefined, type: string) {
  return { body, headers: { 'content-type': type } };
}

function drawDeleteOptions(options: DrawOptions): object {
  const { random } = options;
  return {
    kind: 'DeleteOptions',
    apiVersion: 'v1',
    ...(random.chance(0.4) && {
      preconditions: { uid: value(options), resourceVersion: value(options) },
    }),
    ...(random.chance(0.4) && {
      propagationPolicy: pickFrom<unknown>(options, ['Background', 'Foreground'], [1, 'x']),
    }),
    ...(random.chance(0.3) && {
      gracePeriodSeconds: pickFrom<unknown>(options, [0, 30], [-1, '0', 1e99]),
    }),
    ...(random.chance(0.2) && {
      dryRun: pickFrom<unknown>(options, [['All']], ['All', [1], [['All']]]),
    }),
  };
}

function drawDocumentOf(options: DrawOptions, resource: string): unknown {
  const { random, hints } = options;
  const kinds: Readonly<Record<string, string>> = {
    namespaces: 'Namespace',
    repositories: 'Repository',
    chartgroups: 'ChartGroup',
    charts: 'Chart',
    members: 'Member',
    configmaps: 'ConfigMap',
  };
  const known = random.pick(hints.documents.get(resource) ?? []);
  const fresh = {
    apiVersion: 'registry.tkestack.io/v1',
    kind: kinds[resource] ?? 'Namespace',
    metadata: { name: resource === 'configmaps' ? `fuzz-${random.between(0, 99)}` : '' },
    spec: drawSpec(options),
  };
  return spoil(
    options,
    structuredClone(random.chance(0.4) && known !== undefined ? known : fresh),
    0,
  );
}

function drawSpec(options: DrawOptions): object {
  const { random } = options;
  const spec: Record<string, unknown> = {
    name: `fuzz${random.between(0, 400)}`,
    tenantID: pickFrom(options, ['default', 'alpha', ''], hostileTexts),
    visibility: pickFrom(
      options,
      ['Public', 'Private', 'User', 'Project'],
      ['public', 'all', '', 'null'],
    ),
  };
  const extra: readonly [string, unknown][] = [
    ['type', pickFrom(options, ['SelfBuilt', 'Project', 'Personal', 'System', 'Imported'], ['x'])],
    ['displayName', value(options)],
    ['description', value(options)],
    ['projects', pickFrom<unknown>(options, [[], ['prj-a']], ['prj-a', [null], [1]])],
    ['users', pickFrom<unknown>(options, [[], ['fuzz-viewer']], [[''], {}])],
    ['finalizers', pickFrom<unknown>(options, [[]], [['x'], 'chartgroup'])],
    ['namespaceName', pickFrom(options, ['fuzz'], hostileTexts)],
    ['chartGroupName', pickFrom(options, ['fuzz'], hostileTexts)],
    ['username', pickFrom(options, ['fuzz-viewer', 'nobody'], hostileTexts)],
    ['role', pickFrom(options, ['viewer', 'member'], ['root', ''])],
    [
      'importedInfo',
      {
        addr: pickFrom(
          options,
          ['http://127.0.0.1:1/'],
          ['file:///etc/passwd', 'http://u:p@127.0.0.1/'],
        ),
        password: value(options),
      },
    ],
    ['repoType', pickFrom(options, ['person', 'project'], ['x'])],
  ];
  for (const [name, each] of extra) if (random.chance(0.3)) spec[name] = each;
  return spec;
}

function value(options: DrawOptions): unknown {
  return pickFrom<unknown>(
    options,
    ['text', 'YQ=='],
    [...hostileTexts, null, 0, -1.5, 1e21, [], {}, [[]], true],
  );
}

/** Now and then other values, keys and types, at any depth. */
function spoil(options: DrawOptions, node: unknown, depth: number): unknown {
  const { random, wildness } = options;
  if (random.chance(wildness / 15)) return value(options);
  if (depth > 6 || typeof node !== 'object' || node === null) return node;
  if (Array.isArray(node)) return node.map((item) => spoil(options, item, depth + 1));
  const entries = Object.entries(node)
    .filter(() => !random.chance(wildness / 20))
    .map(([key, item]): [string, unknown] => [key, spoil(options, item, depth + 1)]);
  if (random.chance(wildness / 10))
    entries.push([random.pick(hostileTexts) ?? 'x', value(options)]);
  return Object.fromEntries(entries);
}

function drawPatch(options: DrawOptions, resource: string) {
  const { random } = options;
  const type = pickFrom(
    options,
    [
      'application/json-patch+json',
      'application/merge-patch+json',
      'application/strategic-merge-patch+json',
      'application/apply-patch+yaml',
    ],
    contentTypes.bad,
  );
  if (random.chance(options.wildness / 6)) return typed(random.pick(hostileBodies), type);
  if (type === 'application/json-patch+json')
    return typed(Buffer.from(random.pick(jsonPatches) ?? '[]'), type);
  if (type === 'application/apply-patch+yaml') {
    const document = drawDocumentOf(options, resource);
    const yaml = random.chance(0.4) ? random.pick(yamlBodies) : JSON.stringify(document);
    return typed(Buffer.from(yaml ?? ''), type);
  }
  return typed(Buffer.from(random.pick(mergePatches) ?? '{}'), type);
}
