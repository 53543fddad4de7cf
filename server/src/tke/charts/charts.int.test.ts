import { request as httpRequest } from 'node:http';
import Fastify, {
  type FastifyInstance,
  type InjectOptions,
  type LightMyRequestResponse,
} from 'fastify';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { quietLog } from '../../../test/log.ts';
import { anonymous } from '../../access/index.ts';
import { createChartMuseum, createChartReader } from '../../helm/index.ts';
import { createHttpServer } from '../../http/index.ts';
import { parseBasic } from '../../identity/index.ts';
import type { KubeCaller, TenantRole } from '../../kube/index.ts';
import { AppError } from '../../lib/index.ts';
import { createNames } from '../names.ts';
import { ProviderError } from '../providers/provider.ts';
import type { ChartGroup } from '../resources/types.ts';
import { chartRight } from '../rights/chart-rights.ts';
import type { ChartAudit, TkeChartPorts } from './chart-call.ts';
import { createOwnDoor } from './chart-door.ts';
import { registerTkeChartRoutes } from './charts.routes.ts';
import { MemoryCharts, packChart, signChart } from './memory-charts.fixture.ts';

const reader = createChartReader();
let charts = new MemoryCharts(reader);
let groups = new Map<string, ChartGroup>();
let changes: string[] = [];
let audit: ChartAudit[] = [];
let isReadOnly = false;
let noteFails = false;
let isOpen = false;
let app: FastifyInstance;

const people: Record<string, { tenant: string | undefined; role: TenantRole | undefined }> = {
  admin: { tenant: 'default', role: 'admin' },
  creator: { tenant: 'default', role: 'member' },
  listed: { tenant: 'default', role: 'member' },
  owner: { tenant: 'default', role: 'member' },
  member: { tenant: 'default', role: 'member' },
  outsider: { tenant: undefined, role: undefined },
};

function callerOf(username: string): KubeCaller {
  const { tenant, role } = people[username] ?? { tenant: undefined, role: undefined };
  return {
    principal: { kind: 'user', id: 1, username, isAdmin: false, groupIds: [] },
    username,
    tenantId: tenant,
    isPrivileged: username === 'root',
    role,
    projects: new Map(username === 'owner' ? [['prj-1', 'owner']] : []),
  };
}

const stranger: KubeCaller = {
  principal: anonymous,
  username: 'anonymous',
  tenantId: undefined,
  isPrivileged: false,
  role: undefined,
  projects: new Map(),
};

function group(name: string, spec: Partial<ChartGroup['spec']> = {}): ChartGroup {
  return {
    apiVersion: 'registry.tkestack.io/v1',
    kind: 'ChartGroup',
    metadata: {
      name: `rcg-${name}`,
      uid: name,
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
    spec: {
      name,
      tenantID: 'default',
      visibility: 'User',
      type: 'SelfBuilt',
      projects: [],
      users: ['listed'],
      finalizers: ['chartgroup'],
      creator: 'creator',
      ...spec,
    },
    status: { phase: 'Available', chartCount: 0 },
  };
}

function setGroup(each: ChartGroup): void {
  groups.set(`${each.spec.tenantID}/${each.spec.name}`, each);
}

function portsOf(): TkeChartPorts {
  return {
    configuration: { defaultTenant: 'default', domainSuffix: 'example.com' },
    names: createNames(),
    door: createOwnDoor({
      // oxlint-disable-next-line typescript/require-await
      async openBasic({ authorization }) {
        if (authorization === undefined) return stranger;
        const shown = parseBasic(authorization);
        if (shown?.password === 'secret') return callerOf(shown.username);
        throw new AppError('unauthenticated', 'the user name or the password is wrong');
      },
      canChart: (caller, group, action) => isOpen || chartRight(caller, group, action),
    }),
    findGroup: (tenant, name) => Promise.resolve(groups.get(`${tenant}/${name}`)),
    museum: createChartMuseum(charts),
    store: charts,
    reader,
    isReadOnly: () => isReadOnly,
    onChartChanged: (tenant, group, chart) => {
      if (noteFails) throw new Error('no notes today');
      changes.push(`changed ${tenant}/${group}/${chart}`);
    },
    onChartPulled: (tenant, group, chart) => changes.push(`pulled ${tenant}/${group}/${chart}`),
    // oxlint-disable-next-line typescript/require-await
    async recordAudit(entry) {
      audit.push(entry);
    },
    addressOf: () => '192.0.2.1',
    log: quietLog,
  };
}

beforeEach(() => {
  charts = new MemoryCharts(reader);
  groups = new Map();
  changes = [];
  audit = [];
  isReadOnly = false;
  noteFails = false;
  isOpen = false;
  app = Fastify();
  registerTkeChartRoutes(app, portsOf());
  setGroup(group('team'));
  setGroup(group('open', { visibility: 'Public' }));
});
afterAll(() => reader.close());

interface Ask {
  readonly as?: string | undefined;
  readonly password?: string;
  readonly host?: string;
  readonly body?: Buffer;
  readonly type?: string;
}

async function ask(
  method: 'GET' | 'HEAD' | 'POST' | 'DELETE' | 'PUT',
  url: string,
  { as, password = 'secret', host = 'default.example.com', body, type }: Ask = {},
): Promise<LightMyRequestResponse> {
  const authorization = as && `Basic ${Buffer.from(`${as}:${password}`).toString('base64')}`;
  const options: InjectOptions = {
    method,
    url,
    headers: {
      host,
      ...(authorization !== undefined && { authorization }),
      ...(type !== undefined && { 'content-type': type }),
    },
    ...(body !== undefined && { payload: body }),
  };
  const answer = await app.inject(options);
  // Nothing may name the back end's project, whatever happens.
  expect(JSON.stringify(answer.headers) + answer.body).not.toMatch(/-chart-(?:team|open)/);
  return answer;
}

function form(parts: Readonly<Record<string, Buffer>>): { body: Buffer; type: string } {
  const boundary = 'x-berth-boundary';
  const chunks = Object.entries(parts).flatMap(([name, bytes]) => [
    Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"; filename="f"\r\n\r\n`,
    ),
    bytes,
    Buffer.from('\r\n'),
  ]);
  return {
    body: Buffer.concat([...chunks, Buffer.from(`--${boundary}--\r\n`)]),
    type: `multipart/form-data; boundary=${boundary}`,
  };
}

async function upload(
  name = 'app',
  version = '1.0.0',
  query = '',
): Promise<LightMyRequestResponse> {
  const chart = await packChart(name, version);
  return ask('POST', `/chart/api/team/charts${query}`, { as: 'creator', ...form({ chart }) });
}

describe('charts of a group', () => {
  it('scenario 13: are pushed, searched, pulled and deleted at /chart', async () => {
    const pushed = await upload();
    expect(pushed.statusCode).toBe(201);
    expect(pushed.json()).toEqual({ saved: true });

    const index = await ask('GET', '/chart/team/index.yaml', { as: 'listed' });
    expect(index.statusCode).toBe(200);
    expect(index.headers['content-type']).toContain('application/x-yaml');
    const parsed = parse(index.body);
    expect(parsed.serverInfo).toEqual({ contextPath: '/chart' });
    expect(parsed.entries.app[0]).toMatchObject({
      name: 'app',
      version: '1.0.0',
      urls: ['charts/app-1.0.0.tgz'],
    });

    const pulled = await ask('GET', '/chart/team/charts/app-1.0.0.tgz', { as: 'listed' });
    expect(pulled.statusCode).toBe(200);
    expect(pulled.headers['content-type']).toBe('application/x-tar');
    expect(pulled.rawPayload).toEqual(await packChart('app', '1.0.0'));

    const listed = await ask('GET', '/chart/api/team/charts', { as: 'listed' });
    expect(Object.keys(listed.json())).toEqual(['app']);
    const version = await ask('GET', '/chart/api/team/charts/app/1.0.0', { as: 'listed' });
    expect(version.json()).toMatchObject({ name: 'app', version: '1.0.0' });

    const gone = await ask('DELETE', '/chart/api/team/charts/app/1.0.0', { as: 'creator' });
    expect([gone.statusCode, gone.json()]).toEqual([200, { deleted: true }]);
    expect(changes).toEqual([
      'changed default/team/app',
      'pulled default/team/app',
      'changed default/team/app',
    ]);
    expect([...charts.projects.keys()]).toEqual(['default-chart-team']);
  });

  it('scenario 26: lose only the version that is deleted', async () => {
    await upload('app', '1.0.0');
    await upload('app', '1.0.1');
    await ask('DELETE', '/chart/api/team/charts/app/1.0.0', { as: 'creator' });
    const left = await ask('GET', '/chart/api/team/charts/app', { as: 'creator' });
    expect(left.json()).toMatchObject([{ version: '1.0.1' }]);
  });

  it('scenario 13: are not overwritten without force', async () => {
    await upload();
    const again = await upload();
    expect(again.statusCode).toBe(409);
    expect(again.json()).toHaveProperty('error');
    expect((await upload('app', '1.0.0', '?force')).statusCode).toBe(201);
    expect((await upload('app', '1.0.0', '?force=true')).statusCode).toBe(201);
    expect((await upload('app', '1.0.0', '?force=false')).statusCode).toBe(409);
  });

  it('B28: can be sent as they are, and what is no chart is refused', async () => {
    const chart = await packChart('app', '1.0.0');
    const raw = { as: 'creator', type: 'application/x-www-form-urlencoded' };
    const sent = await ask('POST', '/chart/api/team/charts', { ...raw, body: chart });
    expect([sent.statusCode, sent.json()]).toEqual([201, { saved: true }]);
    for (const bad of [
      { ...raw, body: Buffer.from('no chart') },
      { ...raw, body: Buffer.alloc(0) },
      { as: 'creator', ...form({ other: chart }) },
      { as: 'creator', ...form({ chart: Buffer.from([0x1f, 0x8b, 1, 2]) }) },
    ]) {
      const refused = await ask('POST', '/chart/api/team/charts', bad);
      expect(refused.statusCode).toBe(400);
      expect(refused.json()).toHaveProperty('error');
    }
  });

  it('B29: take a provenance file alone, and with its chart', async () => {
    await upload();
    const prov = signChart('app', '1.0.0');
    const sent = await ask('POST', '/chart/api/team/prov', { as: 'creator', ...form({ prov }) });
    expect([sent.statusCode, sent.json()]).toEqual([201, { saved: true }]);
    const file = await ask('GET', '/chart/team/charts/app-1.0.0.tgz.prov', { as: 'creator' });
    expect(file.headers['content-type']).toBe('application/pgp-signature');
    expect(file.body).toBe(prov.toString());
    const chart = await packChart('app', '1.0.0');
    const wrong = await ask('POST', '/chart/api/team/prov', { as: 'creator', ...form({ chart }) });
    expect(wrong.statusCode).toBe(400);
    expect(changes.filter((change) => change.startsWith('pulled'))).toEqual([]);
  });

  it.each([
    ['foo', '1.0.0-rc.1'],
    ['foo-1', '2.0.0'],
    ['foo', '1.0.0-1-2+build.5'],
  ])('B30: are found by the file name of %s %s', async (name, version) => {
    await upload(name, version);
    const file = `/chart/team/charts/${name}-${encodeURIComponent(version)}.tgz`;
    expect((await ask('GET', file, { as: 'creator' })).statusCode).toBe(200);
    expect(changes).toContain(`pulled default/team/${name}`);
  });

  it('answer HEAD with what GET would, and count no pull', async () => {
    await upload();
    for (const url of ['/chart/team/index.yaml', '/chart/team/charts/app-1.0.0.tgz']) {
      const head = await ask('HEAD', url, { as: 'creator' });
      const get = await ask('GET', url, { as: 'creator' });
      expect([head.statusCode, head.body]).toEqual([200, '']);
      expect(head.headers['content-length']).toBe(get.headers['content-length']);
    }
    expect(changes.filter((change) => change.startsWith('pulled'))).toHaveLength(1);
  });

  it('are not read anew when nothing has changed', async () => {
    await upload();
    const { headers } = await ask('GET', '/chart/open/index.yaml');
    const again = await app.inject({
      url: '/chart/open/index.yaml',
      headers: { host: 'default.example.com', 'if-none-match': String(headers['etag']) },
    });
    expect([again.statusCode, again.body]).toEqual([304, '']);
  });

  it('scenario 28: are those of the tenant that the host names', async () => {
    await upload();
    setGroup(group('team', { tenantID: 't2', visibility: 'Public' }));
    const other = await ask('GET', '/chart/team/index.yaml', { host: 't2.example.com' });
    expect(parse(other.body).entries).toEqual({});
    const none = await ask('GET', '/chart/team/index.yaml', { host: 't3.example.com' });
    expect([none.statusCode, none.json()]).toEqual([404, { error: 'not found' }]);
    const hostile = await ask('GET', '/chart/team/index.yaml', { host: 'a"b.example.com' });
    expect(hostile.statusCode).toBe(400);
  });
});

describe('the checks before a chart', () => {
  it('come in order: the group, its lock, the caller, its rights', async () => {
    setGroup({ ...group('locked'), status: { phase: 'Available', chartCount: 0, locked: true } });
    setGroup({ ...group('going'), status: { phase: 'Terminating', chartCount: 0 } });
    const wrong = { as: 'creator', password: 'wrong' };
    const statuses = await Promise.all(
      ['absent', 'going', 'locked', 'team', 'open'].map(
        async (name) => (await ask('GET', `/chart/${name}/index.yaml`, wrong)).statusCode,
      ),
    );
    expect(statuses).toEqual([404, 404, 423, 401, 401]);
    const locked = await ask('POST', '/chart/api/locked/charts', { as: 'admin' });
    expect(locked.json()).toEqual({ error: 'locked chart repository' });
  });

  it('B54: refuse an upload to a locked or missing group before anything is stored', async () => {
    setGroup({ ...group('locked'), status: { phase: 'Available', chartCount: 0, locked: true } });
    const chart = await packChart('app', '1.0.0');
    for (const name of ['locked', 'absent']) {
      await ask('POST', `/chart/api/${name}/charts`, { as: 'creator', ...form({ chart }) });
    }
    expect(charts.projects.size).toBe(0);
  });

  it('B27: ask a stranger to log in, with a challenge', async () => {
    for (const [method, url] of [
      ['GET', '/chart/team/index.yaml'],
      ['POST', '/chart/api/open/charts'],
      ['GET', '/chartrepo/team/index.yaml'],
      ['GET', '/api/chartrepo/team/charts'],
    ] as const) {
      const answer = await ask(method, url);
      expect([answer.statusCode, answer.json()]).toEqual([401, { error: 'unauthorized' }]);
      expect(answer.headers['www-authenticate']).toBe('Basic realm="default.example.com"');
    }
  });

  it('B61: let everybody in where that is configured', async () => {
    isOpen = true;
    expect((await ask('GET', '/chart/team/index.yaml')).statusCode).toBe(200);
  });

  it('scenario 17: refuse changes during maintenance, and nothing else', async () => {
    await upload();
    isReadOnly = true;
    expect((await upload('app', '2.0.0')).statusCode).toBe(403);
    const removed = await ask('DELETE', '/chart/api/team/charts/app/1.0.0', { as: 'creator' });
    expect(removed.statusCode).toBe(403);
    expect((await ask('GET', '/chart/team/index.yaml', { as: 'creator' })).statusCode).toBe(200);
  });
});

const PUBLIC = [200, 200, 401, 401];
const READER = [200, 200, 403, 403];
const WRITER = [200, 200, 201, 200];
const SHUT = [403, 403, 403, 403];
const ASKED = [401, 401, 401, 401];

/** Index, download, upload, delete. */
const matrix: readonly [Partial<ChartGroup['spec']>, string | undefined, readonly number[]][] = [
  [{ visibility: 'Public' }, undefined, PUBLIC],
  [{ visibility: 'Public' }, 'member', READER],
  [{ visibility: 'Public' }, 'creator', WRITER],
  [{ visibility: 'Public' }, 'outsider', READER],
  [{ visibility: 'Public' }, 'admin', WRITER],
  [{ visibility: 'User' }, undefined, ASKED],
  [{ visibility: 'User' }, 'member', SHUT],
  [{ visibility: 'User' }, 'listed', WRITER],
  [{ visibility: 'User' }, 'creator', WRITER],
  [{ visibility: 'User' }, 'outsider', SHUT],
  [{ visibility: 'User' }, 'admin', WRITER],
  [{ visibility: 'Project', projects: ['prj-0', 'prj-1'] }, undefined, ASKED],
  [{ visibility: 'Project', projects: ['prj-0', 'prj-1'] }, 'member', SHUT],
  [{ visibility: 'Project', projects: ['prj-0', 'prj-1'] }, 'owner', WRITER],
  [{ visibility: 'Project', projects: ['prj-0', 'prj-1'] }, 'outsider', SHUT],
  [{ visibility: 'Public', type: 'System' }, undefined, PUBLIC],
  [{ visibility: 'Public', type: 'System' }, 'creator', READER],
  [{ visibility: 'Public', type: 'System' }, 'admin', WRITER],
  [{ visibility: 'Public', type: 'Imported' }, 'admin', READER],
];

describe('scenario 14: the matrix of rights', () => {
  it.each(matrix)('of %j for %s', async (spec, as, expected) => {
    setGroup(group('team', { visibility: 'Public' }));
    await upload('there', '1.0.0');
    setGroup(group('team', spec));
    const chart = await packChart('mine', '1.0.0');
    const statuses = [
      await ask('GET', '/chart/team/index.yaml', { as }),
      await ask('GET', '/chart/team/charts/there-1.0.0.tgz', { as }),
      await ask('POST', '/chart/api/team/charts', { as, ...form({ chart }) }),
      await ask('DELETE', '/chart/api/team/charts/there/1.0.0', { as }),
    ].map(({ statusCode }) => statusCode);
    expect(statuses).toEqual(expected);
  });
});

describe("Harbor's routes", () => {
  it('B47: serve the same charts in shapes of their own', async () => {
    const chart = await packChart('app', '1.0.0', 'description: an app\n');
    const pushed = await ask('POST', '/api/chartrepo/team/charts', {
      as: 'creator',
      ...form({ chart, prov: signChart('app', '1.0.0') }),
    });
    expect([pushed.statusCode, pushed.json()]).toEqual([201, { saved: true }]);

    const index = await ask('GET', '/chartrepo/team/index.yaml', { as: 'creator' });
    expect(parse(index.body).serverInfo ?? {}).toEqual({});
    expect(
      (await ask('GET', '/chartrepo/team/charts/app-1.0.0.tgz', { as: 'creator' })).statusCode,
    ).toBe(200);

    const list = await ask('GET', '/api/chartrepo/team/charts', { as: 'creator' });
    expect(list.json()).toMatchObject([
      { name: 'app', total_versions: 1, latest_version: '1.0.0', deprecated: false },
    ]);
    const versions = await ask('GET', '/api/chartrepo/team/charts/app', { as: 'creator' });
    expect(versions.json()).toMatchObject([{ version: '1.0.0' }]);
    const version = await ask('GET', '/api/chartrepo/team/charts/app/1.0.0', { as: 'creator' });
    expect(version.json()).toMatchObject({
      metadata: { name: 'app', version: '1.0.0', urls: ['charts/app-1.0.0.tgz'] },
      files: { 'values.yaml': 'replicas: 1\n', 'README.md': '# app\n' },
      security: { signature: { signed: true, prov_file: 'charts/app-1.0.0.tgz.prov' } },
    });
  });

  it('delete a version, or a chart, without a word', async () => {
    await upload('app', '1.0.0');
    await upload('app', '1.0.1');
    const one = await ask('DELETE', '/api/chartrepo/team/charts/app/1.0.0', { as: 'creator' });
    expect([one.statusCode, one.body]).toEqual([200, '']);
    const all = await ask('DELETE', '/api/chartrepo/team/charts/app', { as: 'creator' });
    expect(all.statusCode).toBe(200);
    const none = await ask('DELETE', '/api/chartrepo/team/charts/app', { as: 'creator' });
    expect(none.statusCode).toBe(404);
  });

  it('tell that they are healthy', async () => {
    expect((await ask('GET', '/api/chartrepo/health')).json()).toEqual({ healthy: true });
  });
});

describe('what is nowhere', () => {
  it.each([
    ['GET', '/chart'],
    ['GET', '/chart/index.yaml'],
    ['GET', '/chart/health'],
    ['PUT', '/chart/team/index.yaml'],
    ['POST', '/chart/team/charts/x.tgz'],
    ['DELETE', '/chart/api/team/charts/app'],
    ['GET', '/chart/api/chartrepo/health'],
    ['GET', '/chartrepo/index.yaml'],
    ['POST', '/api/chartrepo/charts'],
    ['GET', '/api/chartrepo/team/charts/app/1.0.0/labels'],
    ['GET', '/chartrepo/default-chart-nobody/index.yaml'],
  ] as const)('B34: %s %s is not found, in JSON', async (method, url) => {
    const answer = await ask(method, url, { as: 'admin' });
    expect([answer.statusCode, answer.json()]).toEqual([404, { error: 'not found' }]);
  });

  it('is a chart or a version that nobody pushed', async () => {
    for (const url of [
      '/chart/team/charts/app-1.0.0.tgz',
      '/chart/api/team/charts/app',
      '/chart/api/team/charts/app/1.0.0',
      '/api/chartrepo/team/charts/app/1.0.0',
    ]) {
      expect((await ask('GET', url, { as: 'creator' })).statusCode).toBe(404);
    }
    const bad = await ask('GET', '/chart/api/team/charts?limit=x', { as: 'creator' });
    expect(bad.statusCode).toBe(400);
  });
});

describe('what is noted', () => {
  it('scenario 38: is who changed which chart, and who tried', async () => {
    await upload();
    await upload();
    const chart = await packChart('app', '1.0.0');
    await ask('POST', '/chart/api/team/charts', { as: 'outsider', ...form({ chart }) });
    await ask('POST', '/chart/api/team/charts', form({ chart }));
    await ask('DELETE', '/chart/api/team/charts/app/1.0.0', { as: 'listed' });
    await ask('GET', '/chart/team/index.yaml', { as: 'listed' });
    const base = { resourceType: 'chart', address: '192.0.2.1', requestId: expect.any(String) };
    const create = { ...base, operation: 'create' };
    expect(audit).toEqual([
      { ...create, resource: 'default/team/app:1.0.0', username: 'creator', succeeded: true },
      { ...create, resource: 'default/team', username: 'creator', succeeded: false },
      { ...create, resource: 'default/team', username: 'outsider', succeeded: false },
      {
        ...base,
        operation: 'delete',
        resource: 'default/team/app:1.0.0',
        username: 'listed',
        succeeded: true,
      },
    ]);
  });

  it('changes no answer when it cannot be noted', async () => {
    noteFails = true;
    expect((await upload()).statusCode).toBe(201);
  });
});

describe('a back end that fails', () => {
  it.each([
    ['unavailable', 503],
    ['denied', 502],
    ['conflict', 409],
    ['invalid', 400],
    ['not-found', 404],
  ] as const)('with %s is answered with %i and no name of its own', async (kind, status) => {
    app = Fastify();
    const list = () =>
      Promise.reject(new ProviderError(kind, 'https://harbor default-chart-team failed'));
    registerTkeChartRoutes(app, {
      ...portsOf(),
      museum: createChartMuseum(Object.assign(new MemoryCharts(reader), { list })),
    });
    const answer = await ask('GET', '/chart/team/index.yaml', { as: 'creator' });
    expect(answer.statusCode).toBe(status);
    expect(answer.body).not.toContain('harbor');
  });
});

describe('a large upload', () => {
  let server: FastifyInstance;
  afterAll(() => server.close());

  it('B48: is refused with 413 without being kept, over a real connection', async () => {
    server = createHttpServer({ log: quietLog, idleMs: 60_000 });
    registerTkeChartRoutes(server, portsOf());
    const url = new URL(await server.listen({ host: '127.0.0.1', port: 0 }));
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const request = httpRequest(
        {
          port: url.port,
          host: url.hostname,
          method: 'POST',
          path: '/chart/api/team/charts',
          headers: {
            host: 'default.example.com',
            authorization: `Basic ${Buffer.from('creator:secret').toString('base64')}`,
          },
        },
        (response) => {
          response.resume();
          response.on('end', () => resolve(response.statusCode));
        },
      );
      request.on('error', reject);
      const chunk = Buffer.alloc(1024 * 1024);
      let left = 24;
      const write = (): void => {
        left -= 1;
        if (left === 0) request.end(chunk);
        else if (request.write(chunk)) setImmediate(write);
        else request.once('drain', write);
      };
      write();
    });
    expect(status).toBe(413);
  });
});
