import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config } from './config/index.ts';
import {
  type BundledPostgres,
  createDatabase,
  type Database,
  type DatabaseAddress,
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
}

export const migrationsDirectory = fileURLToPath(new URL('../migrations', import.meta.url));

/** Starts or reaches the database that the configuration names, and brings its schema up to date. */
export async function openConfiguredDatabase(config: Config, log: Log): Promise<OpenDatabase> {
  const bundled =
    config.databaseUrl === undefined
      ? await startBundledPostgres({ directory: join(config.dataDir, 'postgres'), log })
      : undefined;
  const address: DatabaseAddress =
    bundled === undefined ? { url: config.databaseUrl ?? '' } : { connection: bundled.connection };
  const pool = openPool({ ...address, poolSize: config.databasePoolSize, log });
  const db = createDatabase(pool);
  const close = async () => {
    await db.destroy();
    await bundled?.stop();
  };
  try {
    await migrate(pool, migrationsDirectory, log);
  } catch (error) {
    await close();
    throw error;
  }
  return { db, address, shared: bundled === undefined, bundled, [Symbol.asyncDispose]: close };
}
