import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config } from './config/index.ts';
import {
  type BundledPostgres,
  BundledPostgresError,
  createDatabase,
  type Database,
  type DatabaseAddress,
  findRunningPostgres,
  migrate,
  openPool,
  startBundledPostgres,
} from './db/index.ts';
import type { Log } from './telemetry/index.ts';

/** A migrated database, ours or an external one. */
export interface OpenDatabase extends AsyncDisposable {
  readonly db: Database;
  readonly address: DatabaseAddress;
  /** Whether other replicas may use it too. */
  readonly shared: boolean;
  /** Absent with an external database. */
  readonly bundled: BundledPostgres | undefined;
  /** Whether a registry runs on the bundled database at this moment, as far as can be told. */
  readonly inUse: boolean;
}

export const migrationsDirectory = fileURLToPath(new URL('../migrations', import.meta.url));

/** Starts or reaches the database that the configuration names, and brings its schema up to date. */
export async function openConfiguredDatabase(config: Config, log: Log): Promise<OpenDatabase> {
  if (config.databaseUrl !== undefined) {
    return open({ url: config.databaseUrl }, config, log, { shared: true, inUse: true });
  }
  const bundled = await startBundledPostgres({ directory: bundledDirectory(config), log });
  const address = { connection: bundled.connection };
  return open(address, config, log, { shared: false, inUse: false, bundled });
}

/**
 * The same for a command beside the registry: when one runs on the bundled database, joins it
 * instead of starting a second server.
 */
export async function joinConfiguredDatabase(config: Config, log: Log): Promise<OpenDatabase> {
  try {
    return await openConfiguredDatabase(config, log);
  } catch (error) {
    const isRunning = error instanceof BundledPostgresError && error.kind === 'in-use';
    const connection = isRunning ? await findRunningPostgres(bundledDirectory(config)) : undefined;
    if (connection === undefined) throw error;
    return open({ connection }, config, log, { shared: false, inUse: true });
  }
}

function bundledDirectory(config: Config): string {
  return join(config.dataDir, 'postgres');
}

async function open(
  address: DatabaseAddress,
  config: Config,
  log: Log,
  facts: { shared: boolean; inUse: boolean; bundled?: BundledPostgres },
): Promise<OpenDatabase> {
  // An external database may stand behind a pooler that shares sessions.
  const prepare = !facts.shared;
  const pool = openPool({ ...address, poolSize: config.databasePoolSize, prepare, log });
  const db = createDatabase(pool);
  const close = async () => {
    await db.destroy();
    await facts.bundled?.stop();
  };
  try {
    await migrate(pool, migrationsDirectory, log);
  } catch (error) {
    await close();
    throw error;
  }
  return { db, address, bundled: undefined, ...facts, [Symbol.asyncDispose]: close };
}
