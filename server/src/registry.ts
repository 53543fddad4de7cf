import { mkdir } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';
import { sql } from 'kysely';
import { ensureAdminAccount } from './admin-account.ts';
import { followReplicas, INVALIDATION_CHANNEL } from './artifacts/index.ts';
import type { BlobStore } from './blobstore/index.ts';
import { compose, type Services } from './compose.ts';
import type { Config } from './config/index.ts';
import { connectClient, createNotifications, type Notifications } from './db/index.ts';
import {
  basePathOf,
  createHttpServer,
  type HealthCheck,
  registerHealthRoutes,
} from './http/index.ts';
import type { KubeStore } from './kube/index.ts';
import { type Background, createBackground } from './lib/index.ts';
import { LIVE_CHANNEL } from './live/index.ts';
import { openBlobStore } from './open-blobstore.ts';
import { type OpenDatabase, openConfiguredDatabase } from './open-database.ts';
import { openRegistryConfiguration, withTkeStorage } from './open-registry-configuration.ts';
import { openSecrets, resealSecrets } from './open-secrets.ts';
import { findPortalFiles, PORTAL_DIRECTORY, registerPortal } from './portal/index.ts';
import { POLL_EVERY_MS } from './system/index.ts';
import { createMetrics, type Log } from './telemetry/index.ts';

/** A registry that serves. */
export interface Registry {
  readonly app: FastifyInstance;
  /** Where it listens, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Where a password that was generated at the first start can be read; absent otherwise. */
  readonly adminPasswordFile: string | undefined;
  /** Resolves when something the registry cannot live without has ended for good. */
  readonly failed: Promise<Error>;
  /** Stops taking requests, lets those under way end, then lets go of everything. Idempotent. */
  stop(): Promise<void>;
}

const SWEEP_EVERY_MS = 3_600_000;
const KEYS_EVERY_MS = 30_000;

/**
 * Starts everything the configuration asks for, in the order things depend on each other.
 *
 * @param portal directory that it is built in; where `npm start` builds it unless told
 */
export async function startRegistry(given: Config, log: Log, portal?: string): Promise<Registry> {
  const registryConfiguration = openRegistryConfiguration(given, log);
  const config = withTkeStorage(given, registryConfiguration);
  await mkdir(config.dataDir, { recursive: true });
  await using cleanup = new AsyncDisposableStack();
  const database = cleanup.use(await openConfiguredDatabase(config, log));
  const store = await openBlobStore(config);
  const metrics = createMetrics();
  const notifications = hearReplicas(database, log, INVALIDATION_CHANNEL, LIVE_CHANNEL);
  cleanup.defer(() => notifications?.close());
  const secrets = await openSecrets(config, database.db, log);
  const background = createBackground(log);
  cleanup.defer(() => background.stop());
  const checks = basicChecks(database, store);
  const services = await compose({
    config,
    registryConfiguration,
    store,
    secrets,
    background,
    checks,
    log,
    metrics,
    db: database.db,
    shared: database.shared,
    hearsReplicas: () => notifications?.connected ?? true,
  });
  if (notifications) followReplicas(notifications, services.invalidationTargets, log);
  if (notifications) services.live.follow(notifications);
  if (services.objects)
    await followObjects(services.objects, database, { background, log, cleanup });
  const adminPasswordFile = await ensureAdminAccount(config, services);
  await services.keys.load();

  cleanup.defer(() => services.stop());
  services.startWork();
  scheduleSweeps(background, config, services);
  background.run('reseal', (signal) => resealSecrets(database.db, secrets, log, signal));

  let isStopping = false;
  const app = await createApp(config, log, portal);
  const readiness = [...checks, ...services.checks];
  registerHealthRoutes(app, { metrics, checks: readiness, isStopping: () => isStopping });
  const settle = services.registerRoutes(app);
  const url = await app.listen({ host: config.http.host, port: config.http.port });

  const resources = cleanup.move();
  let stopped: Promise<void> | undefined;
  return {
    app,
    url,
    adminPasswordFile,
    failed: failureOf(database),
    stop() {
      isStopping = true;
      stopped ??= drain(app, config.http.drainSeconds, settle).then(() => resources.disposeAsync());
      return stopped;
    },
  };
}

async function createApp({ http }: Config, log: Log, portal = PORTAL_DIRECTORY) {
  const basePath = basePathOf(http.externalUrl);
  const app = createHttpServer({ log, basePath, idleMs: http.stallSeconds * 1000 });
  registerPortal(app, { basePath, built: await findPortalFiles(portal) });
  return app;
}

function basicChecks({ db }: OpenDatabase, store: BlobStore): HealthCheck[] {
  return [
    { name: 'database', check: async () => void (await sql`SELECT 1`.execute(db)) },
    { name: 'storage', check: () => store.probe() },
  ];
}

interface Following {
  readonly background: Background;
  readonly log: Log;
  readonly cleanup: AsyncDisposableStack;
}

/** Hears of what other replicas change in the objects of tenants. */
async function followObjects(
  objects: KubeStore,
  database: OpenDatabase,
  { background, log, cleanup }: Following,
): Promise<void> {
  const { followKube, KUBE_CHANNEL } = await import('./kube/index.ts');
  const notifications = hearReplicas(database, log, KUBE_CHANNEL);
  cleanup.defer(() => notifications?.close());
  followKube({ notifications, objects, background, log });
}

/** Undefined when no other replica can change anything. */
function hearReplicas(
  { address, shared }: OpenDatabase,
  log: Log,
  channel: string,
  ...otherChannels: readonly string[]
): Notifications | undefined {
  if (!shared) return undefined;
  const connect = () => connectClient({ ...address, log });
  return createNotifications({ connect, channel, otherChannels, log });
}

function scheduleSweeps(background: Background, config: Config, services: Services): void {
  const { uploads, keys } = services;
  background.repeat('health', POLL_EVERY_MS, () => services.pollHealth());
  background.repeat('login sweep', SWEEP_EVERY_MS, () => services.sweepLogins());
  background.repeat('upload sweep', SWEEP_EVERY_MS, async () => {
    await uploads.sweep(new Date(Date.now() - config.uploadExpirySeconds * 1000));
  });
  // Another replica, or the command line, may have rotated them.
  background.repeat('token keys', KEYS_EVERY_MS, () => keys.refresh(services.tokenSeconds()));
}

const IDLE_SWEEP_MS = 100;

/** Closes the server: no new connections, idle ones at once, busy ones when they are done. */
async function drain(
  app: FastifyInstance,
  seconds: number,
  settle: () => Promise<void>,
): Promise<void> {
  const deadline = setTimeout(() => app.server.closeAllConnections(), seconds * 1000);
  // A connection that was busy when the close began is idle, and kept alive, after its answer.
  const sweep = setInterval(() => app.server.closeIdleConnections(), IDLE_SWEEP_MS);
  try {
    await app.close();
  } finally {
    clearTimeout(deadline);
    clearInterval(sweep);
  }
  await settle();
}

async function failureOf({ bundled }: OpenDatabase): Promise<Error> {
  if (bundled === undefined) return new Promise(() => undefined);
  const exit = await bundled.exited;
  return new Error(`the bundled PostgreSQL ended: ${JSON.stringify(exit)}`);
}
