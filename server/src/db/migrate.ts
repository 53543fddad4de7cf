import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pool, PoolClient } from 'pg';
import type { Log } from '../telemetry/index.ts';

/** Why the migrations and the database do not fit together; the message is for the operator. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

export interface Migration {
  version: number;
  name: string;
  /** Lower-case hex SHA-256 of the file. */
  checksum: string;
  sql: string;
}

interface AppliedMigration {
  version: number;
  name: string;
  checksum: string;
}

/** Any constant will do, as long as every replica uses the same one: "berth" in ASCII. */
const MIGRATION_LOCK = 0x62_65_72_74_68;

/**
 * Applies the files `NNNN_name.sql` of `directory` that the database lacks, each in a transaction
 * of its own together with its record, and returns them. Replicas that start at the same time take
 * turns. Throws MigrationError when a file was changed after it was applied, a number is missing,
 * or the database is newer than this program.
 *
 * @param options `upTo`: the last version to apply; all of them unless told
 */
export async function migrate(
  pool: Pool,
  directory: string,
  log: Log,
  options: { readonly upTo?: number } = {},
): Promise<Migration[]> {
  const { upTo = Number.POSITIVE_INFINITY } = options;
  const migrations = await listMigrations(directory);
  const client = await pool.connect();
  try {
    // Migrations take their time, and so may waiting for another replica's.
    await client.query('SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0');
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await client.query(`CREATE TABLE IF NOT EXISTS schema_migration (
      version integer PRIMARY KEY,
      name text NOT NULL,
      checksum text NOT NULL,
      applied_at timestamptz NOT NULL DEFAULT now()
    )`);
    const pending = selectPending(migrations, await listApplied(client)).filter(
      ({ version }) => version <= upTo,
    );
    for (const migration of pending) {
      await applyMigration(client, migration);
      log.info({ version: migration.version, name: migration.name }, 'migration applied');
    }
    return pending;
  } finally {
    // Closing the session frees the lock and forgets its settings, whatever happened.
    client.release(true);
  }
}

/** What `migrate` would apply. Changes nothing; throws MigrationError as `migrate` does. */
export async function pendingMigrations(pool: Pool, directory: string): Promise<Migration[]> {
  const migrations = await listMigrations(directory);
  const { rows } = await pool.query<{ present: boolean }>(
    `SELECT to_regclass('schema_migration') IS NOT NULL AS present`,
  );
  const applied = rows[0]?.present === true ? await listApplied(pool) : [];
  return selectPending(migrations, applied);
}

/** The migrations of a directory, by version; throws MigrationError unless they run 1, 2, 3 …. */
export async function listMigrations(directory: string): Promise<Migration[]> {
  const files = (await readdir(directory)).filter((file) => file.endsWith('.sql')).toSorted();
  const migrations = await Promise.all(
    files.map(async (file) => parseMigration(file, await readFile(join(directory, file)))),
  );
  for (const [index, { version, name }] of migrations.entries()) {
    if (version === index + 1) continue;
    throw new MigrationError(
      `Migrations must be numbered without gaps or doubles: expected ${index + 1}, found ` +
        `${version} (${name}).`,
    );
  }
  return migrations;
}

function parseMigration(file: string, content: Buffer): Migration {
  const match = /^(\d{4})_([a-z0-9_]+)\.sql$/.exec(file);
  if (match === null) {
    throw new MigrationError(`${file} is not named like a migration, NNNN_name.sql.`);
  }
  return {
    version: Number(match[1]),
    name: match[2] ?? '',
    checksum: createHash('sha256').update(content).digest('hex'),
    sql: content.toString('utf8'),
  };
}

async function listApplied(client: Pool | PoolClient): Promise<AppliedMigration[]> {
  const { rows } = await client.query<AppliedMigration>(
    'SELECT version, name, checksum FROM schema_migration ORDER BY version',
  );
  return rows;
}

/** The migrations after the last applied one; throws MigrationError when histories disagree. */
export function selectPending(
  migrations: readonly Migration[],
  applied: readonly AppliedMigration[],
): Migration[] {
  for (const [index, { version, name, checksum }] of applied.entries()) {
    const known = migrations[version - 1];
    if (known === undefined) {
      throw new MigrationError(
        `The database has migration ${version} (${name}), which this version of Berth does not ` +
          `know (its last is ${migrations.length}). It was used by a newer Berth; run that one, ` +
          'or restore a backup made before the upgrade.',
      );
    }
    if (version !== index + 1) {
      throw new MigrationError(
        `The database lacks migration ${index + 1} but has ${version} (${name}). Restore its ` +
          'table schema_migration from a backup.',
      );
    }
    if (known.checksum !== checksum) {
      throw new MigrationError(
        `Migration ${version} (${name}) was changed after it was applied to this database. ` +
          'Restore the original file; changes belong in a new migration.',
      );
    }
  }
  return migrations.slice(applied.length);
}

async function applyMigration(client: PoolClient, migration: Migration): Promise<void> {
  const { version, name, checksum, sql } = migration;
  await client.query('BEGIN');
  try {
    await client.query(sql);
    await client.query(
      'INSERT INTO schema_migration (version, name, checksum) VALUES ($1, $2, $3)',
      [version, name, checksum],
    );
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    const reason = error instanceof Error ? error.message : String(error);
    throw new MigrationError(
      `Migration ${version} (${name}) failed and was rolled back: ${reason}`,
      { cause: error },
    );
  }
}
