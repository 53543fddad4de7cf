import { z } from 'zod';
import {
  type ApiRoute,
  anyone,
  authenticated,
  defineRoute,
  ok,
  raw,
  system,
} from '../api/index.ts';
import type { Settings } from '../configuration/index.ts';
import { AppError } from '../lib/index.ts';
import { findCaCertificate } from './ca-certificate.ts';
import type { HealthMonitor } from './health-monitor.ts';
import type { Icons } from './icons.ts';
import {
  presentHealth,
  presentInfo,
  presentPublicInfo,
  presentStatistics,
} from './system.presenter.ts';
import {
  healthModel,
  iconModel,
  iconParams,
  infoModel,
  statisticsModel,
  volumesModel,
} from './system.schema.ts';
import type { SystemService } from './system.service.ts';
import type { VolumeSpace } from './volume.ts';

export interface SystemRoutesPorts {
  readonly system: SystemService;
  readonly health: HealthMonitor;
  readonly icons: Icons;
  settings(): Settings;
  /** Of the volume that blobs are on. */
  readVolume(): Promise<VolumeSpace>;
  /** PEM that clients must trust, for the download. */
  readonly caFile: string | undefined;
  /** Harbor's name of the blob store, such as `filesystem`. */
  readonly storageKind: string;
  readonly version: string;
  /** Names of what works in this server, for pages that hide the rest. */
  readonly features: readonly string[];
  /** The file with the generated password of the administrator, while that is in force. */
  findInitialPassword(): Promise<string | undefined>;
}

/** Harbor's small system endpoints (its §1.1). */
export function systemRoutes(ports: SystemRoutesPorts): ApiRoute[] {
  return [...probeRoutes(ports), ...infoRoutes(ports), ...overviewRoutes(ports), iconRoute(ports)];
}

function probeRoutes({ health }: SystemRoutesPorts): ApiRoute[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/ping',
      operationId: 'getPing',
      tag: 'ping',
      summary: 'Whether the API answers',
      can: anyone,
      responses: { 200: z.literal('Pong') },
      handle: () => ok('Pong'),
    }),
    defineRoute({
      method: 'GET',
      path: '/api/version',
      operationId: 'getApiVersion',
      tag: 'ping',
      summary: 'Version of the API',
      can: anyone,
      responses: { 200: z.object({ version: z.literal('v2.0') }) },
      handle: () => ok({ version: 'v2.0' }),
    }),
    defineRoute({
      method: 'GET',
      path: '/health',
      operationId: 'getHealth',
      tag: 'health',
      summary: 'Health of all components, 10 s old at most',
      can: anyone,
      responses: { 200: healthModel },
      handle: async () => ok(presentHealth(await health.listComponents())),
    }),
  ];
}

function infoRoute(ports: SystemRoutesPorts): ApiRoute {
  return defineRoute({
    method: 'GET',
    path: '/systeminfo',
    operationId: 'getSystemInfo',
    tag: 'systeminfo',
    summary: 'What a client must know of this registry; more when logged in',
    can: anyone,
    responses: { 200: infoModel },
    async handle({ principal, externalUrl }) {
      const settings = ports.settings();
      const initialPassword = await ports.findInitialPassword();
      const known = presentPublicInfo(settings, initialPassword);
      if (principal.kind === 'anonymous') return ok(known);
      const certificate = await findCaCertificate(ports.caFile);
      return ok({
        ...known,
        ...presentInfo({
          settings,
          externalUrl,
          berthVersion: ports.version,
          storageKind: ports.storageKind,
          hasCaCertificate: certificate !== undefined,
          features: ports.features,
          now: new Date(),
        }),
      });
    },
  });
}

function infoRoutes(ports: SystemRoutesPorts): ApiRoute[] {
  return [
    infoRoute(ports),
    defineRoute({
      method: 'GET',
      path: '/systeminfo/volumes',
      operationId: 'getVolumes',
      tag: 'systeminfo',
      summary: 'Space on the volume that blobs are on, in bytes',
      can: system('system-volumes', 'read'),
      responses: { 200: volumesModel },
      async handle() {
        const { total, free } = await ports.readVolume();
        return ok({ storage: [{ total, free }] });
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/systeminfo/getcert',
      operationId: 'getCert',
      tag: 'systeminfo',
      summary: 'The certificate that clients must trust',
      can: anyone,
      responses: { 200: z.string() },
      produces: 'application/octet-stream',
      async handle() {
        const certificate = await findCaCertificate(ports.caFile);
        if (certificate === undefined) throw new AppError('not-found', 'there is no certificate');
        return {
          ...raw('application/octet-stream', certificate),
          headers: { 'content-disposition': 'attachment; filename=ca.crt' },
        };
      },
    }),
  ];
}

function overviewRoutes({ system }: SystemRoutesPorts): ApiRoute[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/statistics',
      operationId: 'getStatistic',
      tag: 'statistic',
      summary: 'How many projects and repositories the caller sees; totals for administrators',
      can: authenticated,
      responses: { 200: statisticsModel },
      handle: async ({ principal }) => ok(presentStatistics(await system.getStatistics(principal))),
    }),
  ];
}

function iconRoute({ icons }: SystemRoutesPorts): ApiRoute {
  return defineRoute({
    method: 'GET',
    path: '/icons/{digest}',
    operationId: 'getIcon',
    tag: 'icon',
    summary: 'The icon of an artifact',
    can: anyone,
    params: iconParams,
    responses: { 200: iconModel },
    handle({ params }) {
      const png = icons.find(params.digest);
      if (png === undefined) throw new AppError('not-found', `icon ${params.digest} not found`);
      return ok({ 'content-type': 'image/png', content: png.toString('base64') });
    },
  });
}
