import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { statusOf } from '../../http/index.ts';
import type { KubeCaller } from '../../kube/index.ts';
import { AppError } from '../../lib/index.ts';
import type { RegistryConfiguration } from '../config/registry-configuration.ts';
import { tenantOf } from '../config/tenant.ts';
import type { ProviderHealth } from '../providers/provider.ts';
import { guidanceFor } from './guidance.ts';

export interface GatewayPorts {
  readonly configuration: RegistryConfiguration;
  /** Who calls, as at the Kubernetes-style API. @throws AppError */
  openDoor(request: IncomingMessage): Promise<KubeCaller>;
  /** Scheme and host that the client used: `https://t1.example.com`. @throws AppError invalid */
  originOf(request: IncomingMessage): string;
  /** Where the back end keeps charts, as it last said; undefined while nobody knows. */
  chartsKept(): ProviderHealth['charts'] | undefined;
}

const BASE = '/apis/gateway.tkestack.io/v1';
const API_VERSION = 'gateway.tkestack.io/v1';

/** What TKE's console asks its gateway about the registry and about who is logged in. */
export function registerGatewayRoutes(app: FastifyInstance, ports: GatewayPorts): void {
  void app.register((scope, _options, done) => {
    scope.setErrorHandler((error, _request, reply) => {
      if (!(error instanceof AppError)) throw error;
      return refuse(reply, error);
    });
    scope.get(`${BASE}/sysinfo`, async ({ raw }, reply) => {
      const caller = await openTo(ports, raw);
      void reply.header('cache-control', 'no-store');
      return presentSysinfo(ports, caller, raw);
    });
    scope.get(`${BASE}/tokens/info`, async ({ raw }, reply) => {
      const caller = await openTo(ports, raw);
      void reply.header('cache-control', 'no-store');
      return presentCaller(caller, ports.configuration.defaultTenant);
    });
    done();
  });
}

async function openTo(ports: GatewayPorts, request: IncomingMessage): Promise<KubeCaller> {
  const caller = await ports.openDoor(request);
  if (caller.principal.kind === 'anonymous') {
    throw new AppError('unauthenticated', 'log in first');
  }
  return caller;
}

function presentSysinfo(ports: GatewayPorts, caller: KubeCaller, request: IncomingMessage) {
  const { configuration } = ports;
  const { defaultTenant, domainSuffix, harbor, enableAnonymous } = configuration;
  const used = URL.parse(ports.originOf(request));
  const tenant = caller.tenantId ?? tenantOf(request.headers.host, configuration);
  return {
    kind: 'SysInfo',
    apiVersion: API_VERSION,
    registry: {
      defaultTenant,
      domainSuffix,
      backend: harbor === undefined ? 'builtin' : 'harbor',
      login: harbor?.login ?? 'tke',
      enableAnonymous,
      readOnly: configuration.isReadOnly,
      charts: harbor === undefined ? 'oci' : (ports.chartsKept() ?? harbor.charts),
      guidance: guidanceFor(configuration, tenant, {
        scheme: used?.protocol === 'https:' ? 'https' : 'http',
        host: used?.host ?? domainSuffix,
      }),
    },
  };
}

/** Kubernetes' UserInfo, with the tenant where TKE's console looks for it. */
function presentCaller(caller: KubeCaller, defaultTenant: string) {
  const { principal, username, tenantId, role, isPrivileged, projects } = caller;
  return {
    name: username,
    uid: principal.kind === 'anonymous' ? '' : String(principal.id),
    groups: [...projects.keys()].map((project) => `project:${project}`),
    extra: {
      tenantid: [tenantId ?? defaultTenant],
      ...(role !== undefined && { role: [role] }),
      ...(isPrivileged && { privileged: ['true'] }),
    },
  };
}

const REASONS: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  429: 'TooManyRequests',
  503: 'ServiceUnavailable',
};

function refuse(reply: FastifyReply, { kind, message }: AppError): FastifyReply {
  const code = statusOf(kind);
  const status = { status: 'Failure', message, reason: REASONS[code] ?? 'Unknown', code };
  return reply.code(code).send({ kind: 'Status', apiVersion: 'v1', metadata: {}, ...status });
}
