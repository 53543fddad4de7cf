import type { Client } from 'pg';
import { copyIn } from '../db/index.ts';
import { AppError } from '../lib/index.ts';
import { BackupDamagedError } from './backup.errors.ts';
import type { BackupSequence, BackupTable } from './manifest.ts';
import { quote } from './snapshot.repository.ts';

/**
 * Refuses a database that a registry has used. One that a restore has migrated and not filled is
 * fine.
 *
 * @throws AppError precondition
 */
export async function ensureUnused(client: Client): Promise<void> {
  for (const name of ['app_user', 'project', 'signing_key']) {
    const { rows } = await client.query<{ present: boolean }>(
      'SELECT to_regclass($1) IS NOT NULL AS present',
      [quote(name)],
    );
    if (rows[0]?.present !== true) continue;
    const used = await client.query(`SELECT FROM ${quote(name)} LIMIT 1`);
    if (used.rowCount === 0) continue;
    throw new AppError(
      'precondition',
      'the database has a registry in it: restore into an empty database',
    );
  }
}

export interface Load {
  readonly tables: readonly BackupTable[];
  readonly sequences: readonly BackupSequence[];
  /** The rows of a table; what it throws undoes the load. */
  readonly read: (table: BackupTable) => AsyncIterable<Uint8Array>;
  readonly onTable: (table: BackupTable) => void;
}

/**
 * Replaces all rows by those of the backup, in one transaction. Works for any owner of the tables:
 * foreign keys and indexes are taken away and made again afterwards, so that PostgreSQL checks
 * every reference once more, and triggers do not run.
 */
export async function loadTables(client: Client, load: Load): Promise<void> {
  await client.query('BEGIN');
  const dependents = await takeAway(client);
  const names = load.tables.map(({ name }) => quote(name)).join(', ');
  if (names !== '') await client.query(`TRUNCATE ${names}`);
  for (const table of load.tables) {
    await loadTable(client, table, load.read(table));
    load.onTable(table);
  }
  for (const { name, value, isCalled } of load.sequences) {
    await client.query('SELECT setval($1::regclass, $2::bigint, $3)', [
      quote(name),
      value,
      isCalled,
    ]);
  }
  for (const statement of dependents) await client.query(statement);
  await client.query('COMMIT');
}

async function loadTable(
  client: Client,
  { name, columns, lines }: BackupTable,
  source: AsyncIterable<Uint8Array>,
): Promise<void> {
  const table = quote(name);
  const list = columns.map(quote).join(', ');
  await client.query(`ALTER TABLE ${table} DISABLE TRIGGER USER`);
  const rows = await copyIn(client, `COPY ${table} (${list}) FROM STDIN`, source);
  await client.query(`ALTER TABLE ${table} ENABLE TRIGGER USER`);
  if (rows !== lines) {
    throw new BackupDamagedError(`${name} has ${rows} rows and should have ${lines}`);
  }
}

/** Drops what would slow down or hinder the load. @returns the statements that make it again */
async function takeAway(client: Client): Promise<string[]> {
  const keys = await client.query<{ owner: string; name: string; definition: string }>(`
    SELECT conrelid::regclass::text AS owner, conname AS name,
      pg_get_constraintdef(oid) AS definition
    FROM pg_constraint
    WHERE contype = 'f' AND conparentid = 0 AND connamespace = current_schema()::regnamespace
    ORDER BY conrelid::regclass::text, conname`);
  const indexes = await client.query<{ name: string; definition: string }>(`
    SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
    FROM pg_index
    JOIN pg_class relation ON relation.oid = indrelid
    WHERE relation.relnamespace = current_schema()::regnamespace AND relation.relkind = 'r'
      AND NOT EXISTS (SELECT FROM pg_constraint
        WHERE conindid = indexrelid AND contype IN ('p', 'u', 'x'))
    ORDER BY indexrelid::regclass::text`);
  for (const { owner, name } of keys.rows) {
    await client.query(`ALTER TABLE ${owner} DROP CONSTRAINT ${quote(name)}`);
  }
  for (const { name } of indexes.rows) await client.query(`DROP INDEX ${name}`);
  return [
    ...indexes.rows.map(({ definition }) => definition),
    ...keys.rows.map(
      ({ owner, name, definition }) =>
        `ALTER TABLE ${owner} ADD CONSTRAINT ${quote(name)} ${definition}`,
    ),
  ];
}

/** Counts what was loaded for the planner. */
export async function analyze(client: Client): Promise<void> {
  await client.query('ANALYZE');
}
