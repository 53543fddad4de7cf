import type { Config } from '../config/index.ts';
import { openPool, pendingMigrations } from '../db/index.ts';
import { AppError } from '../lib/index.ts';
import { migrationsDirectory, openConfiguredDatabase } from '../open-database.ts';
import { createLogger } from '../telemetry/index.ts';

/** `berth migrate [--check]`. */
export async function migrateDatabase(config: Config, check: boolean): Promise<number> {
  const log = createLogger(check ? 'warn' : config.logLevel);
  if (!check) {
    await using _database = await openConfiguredDatabase(config, log);
    console.log('the database schema is up to date');
    return 0;
  }
  if (config.databaseUrl === undefined) {
    throw new AppError('invalid', '--check is for an external database (BERTH_DATABASE_URL)');
  }
  const pool = openPool({ url: config.databaseUrl, poolSize: 1, log });
  try {
    const pending = await pendingMigrations(pool, migrationsDirectory);
    for (const { version, name } of pending) console.log(`pending: ${version} ${name}`);
    if (pending.length === 0) console.log('the database schema is up to date');
    return pending.length === 0 ? 0 : 1;
  } finally {
    await pool.end();
  }
}
