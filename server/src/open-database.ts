import { existsSync } from 'node:fs';
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
import { AppError } from './lib/index.ts';
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

/** Lies in the data directory while `berth restore` fills it. */
export const RESTORE_MARKER = 'restore-unfinished';

/** What to do about the schema: backup and restore take it as it is. */
export type SchemaWish = 'up-to-date' | 'as-it-is';

/**
 * Starts or reaches the database that the configuration names, and brings its schema up to date
 * unless told otherwise.
 *
 * @throws AppError precondition when a restore into the data directory was cut
 */
export async function openConfiguredDatabase(
  config: Config,
  log: Log,
  schema: SchemaWish = 'up-to-date',
): Promise<OpenDatabase> {
  if (schema === 'up-to-date' && existsSync(join(config.dataDir, RESTORE_MARKER))) {
    throw new AppError(
      'precondition',
      `a restore into ${config.dataDir} did not come to its end: empty the directory and restore again`,
    );
  }
  if (config.databaseUrl !== undefined) {
    return open({ url: config.databaseUrl }, config, log, { schema, shared: true, inUse: true });
  }
  const bundled = await startBundledPostgres({ directory: bundledDirectory(config), log });
  const address = { connection: bundled.connection };
  return open(address, config, log, { schema, shared: false, inUse: false, bundled });
}

/**
 * The same for a command beside the registry: when one runs on the bundled database, joins it
 * instead of starting a second server.
 */
export async function joinConfiguredDatabase(
  config: Config,
  log: Log,
  schema: SchemaWish = 'up-to-date',
): Promise<OpenDatabase> {
  try {
    return await openConfiguredDatabase(config, log, schema);
  } catch (error) {
    const isRunning = error instanceof BundledPostgresError && error.kind === 'in-use';
    const connection = isRunning ? await findRunningPostgres(bundledDirectory(config)) : undefined;
    if (connection === undefined) throw error;
    return open({ connection }, config, log, { schema, shared: false, inUse: true });
  }
}

function bundledDirectory(config: Config): string {
  return join(config.dataDir, 'postgres');
}

async function open(
  address: DatabaseAddress,
  config: Config,
  log: Log,
  options: { schema: SchemaWish; shared: boolean; inUse: boolean; bundled?: BundledPostgres },
): Promise<OpenDatabase> {
  const { schema, ...facts } = options;
  // An external database may stand behind a pooler that shares sessions.
  const prepare = !facts.shared;
  const pool = openPool({ ...address, poolSize: config.databasePoolSize, prepare, log });
  const db = createDatabase(pool);
  const close = async () => {
    await db.destroy();
    await facts.bundled?.stop();
  };
  try {
    if (schema === 'up-to-date') await migrate(pool, migrationsDirectory, log);
  } catch (error) {
    await close();
    throw error;
  }
  return { db, address, bundled: undefined, ...facts, [Symbol.asyncDispose]: close };
}
