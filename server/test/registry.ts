import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { type Config, parseConfig } from '../src/config/index.ts';
import { startRegistry } from '../src/registry.ts';
import type { Log } from '../src/telemetry/index.ts';
import { createTestDatabase } from './database.ts';
import { quietLog } from './log.ts';

/** 32 bytes, in hexadecimal. */
export const TEST_SECRET_KEY = '5e'.repeat(16) + 'a7'.repeat(16);

export const ADMIN_PASSWORD = 'Test-password-12345';

export interface TestRegistryOverrides {
  /** Settings as the YAML file has them, over the helper's own. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly http?: Readonly<Record<string, unknown>>;
  readonly storage?: Config['storage'];
  /** Where the database is; a new one of the test run's PostgreSQL unless told. */
  readonly databaseUrl?: string;
  /** A directory that outlives the registry; a new one, deleted by `stop`, unless told. */
  readonly dataDir?: string;
  /** Undefined lets the registry generate one. */
  readonly adminPassword?: string | undefined;
  readonly log?: Log;
  /** Where the portal is built; where `npm start` does it unless told. */
  readonly portalDirectory?: string;
}

export interface TestRegistry {
  readonly url: string;
  readonly app: FastifyInstance;
  readonly config: Config;
  readonly adminPasswordFile: string | undefined;
  /** Stops it and drops what it was given by the helper. Idempotent. */
  stop(): Promise<void>;
}

/** A registry in this process on a port of its own, with storage in memory unless told. */
export async function startTestRegistry(
  overrides: TestRegistryOverrides = {},
): Promise<TestRegistry> {
  const dataDir = overrides.dataDir ?? (await mkdtemp(join(tmpdir(), 'berth-registry-')));
  const database = overrides.databaseUrl === undefined ? await createTestDatabase() : undefined;
  const config = testConfig({
    ...overrides,
    dataDir,
    databaseUrl: overrides.databaseUrl ?? database?.url ?? '',
  });
  const drop = async () => {
    await database?.drop();
    if (overrides.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
  };
  try {
    const registry = await startRegistry(
      config,
      overrides.log ?? quietLog,
      overrides.portalDirectory,
    );
    return {
      url: registry.url,
      app: registry.app,
      config,
      adminPasswordFile: registry.adminPasswordFile,
      async stop() {
        await registry.stop();
        await drop();
      },
    };
  } catch (error) {
    await drop();
    throw error;
  }
}

/** The configuration that `startTestRegistry` gives to the registry. */
export function testConfig(
  overrides: TestRegistryOverrides & { readonly dataDir: string; readonly databaseUrl: string },
): Config {
  const adminPassword = 'adminPassword' in overrides ? overrides.adminPassword : ADMIN_PASSWORD;
  return parseConfig({
    values: {
      dataDir: overrides.dataDir,
      databaseUrl: overrides.databaseUrl,
      databasePoolSize: 6,
      storage: overrides.storage ?? 'memory',
      token: {},
      gdpr: {},
      gc: {},
      scrub: {},
      // Replicas of one database share it.
      secretKey: TEST_SECRET_KEY,
      ...(adminPassword !== undefined && { adminPassword }),
      ...overrides.settings,
      http: { port: 0, drainSeconds: 2, ...overrides.http },
    },
    sources: new Map(),
    faults: [],
  });
}

/** The header of an HTTP Basic login, as the administrator unless told. */
export function basicHeader(username = 'admin', password = ADMIN_PASSWORD): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
