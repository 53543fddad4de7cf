import Fastify, { type FastifyInstance } from 'fastify';
import { beforeEach, describe, expect, it } from 'vitest';
import { anonymous } from '../../access/index.ts';
import type { KubeCaller } from '../../kube/index.ts';
import { AppError } from '../../lib/index.ts';
import type { RegistryConfiguration } from '../config/registry-configuration.ts';
import { type GatewayPorts, registerGatewayRoutes } from './gateway.routes.ts';

const configuration: RegistryConfiguration = {
  defaultTenant: 'default',
  domainSuffix: 'registry.tke.com',
  enableAnonymous: false,
  tokenSeconds: 1800,
  isReadOnly: false,
  harbor: undefined,
  systemChartGroups: [],
};

const harbor: NonNullable<RegistryConfiguration['harbor']> = {
  url: 'https://harbor.internal',
  username: 'service',
  password: 'hidden',
  ca: undefined,
  verifyTls: true,
  login: 'harbor',
  adopt: false,
  charts: 'auto',
  manifestCacheSeconds: 1,
};

const jane: KubeCaller = {
  principal: { kind: 'user', id: 7, username: 'jane', isAdmin: false, groupIds: [] },
  username: 'jane',
  tenantId: 't1',
  isPrivileged: false,
  role: 'member',
  projects: new Map([['prj-1', 'owner']]),
};

let caller: KubeCaller | AppError = jane;
let app: FastifyInstance;

function serve(more: Partial<GatewayPorts> = {}): void {
  app = Fastify();
  registerGatewayRoutes(app, {
    configuration,
    openDoor: () => (caller instanceof AppError ? Promise.reject(caller) : Promise.resolve(caller)),
    originOf: ({ headers }) => `https://${headers.host}`,
    chartsKept: () => undefined,
    ...more,
  });
}

beforeEach(() => {
  caller = jane;
  serve();
});

function get(path: string) {
  return app.inject({
    url: `/apis/gateway.tkestack.io/v1/${path}`,
    headers: { host: 't1.registry.tke.com:8443' },
  });
}

describe('the gateway', () => {
  it('tells who is logged in, and in which tenant', async () => {
    const answer = await get('tokens/info');
    expect([answer.statusCode, answer.headers['cache-control']]).toEqual([200, 'no-store']);
    expect(answer.json()).toEqual({
      name: 'jane',
      uid: '7',
      groups: ['project:prj-1'],
      extra: { tenantid: ['t1'], role: ['member'] },
    });
  });

  it('gives the default tenant to one who is across tenants', async () => {
    caller = { ...jane, tenantId: undefined, role: undefined, isPrivileged: true };
    expect((await get('tokens/info')).json().extra).toEqual({
      tenantid: ['default'],
      privileged: ['true'],
    });
  });

  it('scenario 30: tells what keeps the images, how to log in, and what to type', async () => {
    expect((await get('sysinfo')).json().registry).toMatchObject({
      defaultTenant: 'default',
      domainSuffix: 'registry.tke.com',
      backend: 'builtin',
      login: 'tke',
      charts: 'oci',
      guidance: { registry: 't1.registry.tke.com:8443', login: 'tke' },
    });
    serve({ configuration: { ...configuration, harbor }, chartsKept: () => 'chartmuseum' });
    const answer = await get('sysinfo');
    expect(answer.json().registry).toMatchObject({
      backend: 'harbor',
      login: 'harbor',
      charts: 'chartmuseum',
      guidance: { login: 'harbor' },
    });
    expect(answer.body).not.toMatch(/internal|service|hidden/);
  });

  it.each(['sysinfo', 'tokens/info'])('shows %s to nobody who has not logged in', async (path) => {
    caller = { ...jane, principal: anonymous };
    const answer = await get(path);
    expect(answer.statusCode).toBe(401);
    expect(answer.json()).toMatchObject({ kind: 'Status', reason: 'Unauthorized', code: 401 });
    caller = new AppError('unauthenticated', 'the user name or the password is wrong');
    expect((await get(path)).json()).toMatchObject({ code: 401, message: caller.message });
  });
});
