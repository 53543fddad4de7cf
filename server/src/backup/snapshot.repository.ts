import type { Readable } from 'node:stream';
import type { Client } from 'pg';
import { copyOut } from '../db/index.ts';
import { AppError } from '../lib/index.ts';
import type { BackupManifest, BackupSequence } from './manifest.ts';

export interface TableShape {
  readonly name: string;
  /** Those that hold data: none that are computed. */
  readonly columns: readonly string[];
}

/** One moment of the database, as long as its connection's transaction is open. */
export interface Snapshot {
  readonly takenAt: Date;
  readonly migrations: BackupManifest['migrations'];
  readonly tables: readonly TableShape[];
  readonly leftOut: readonly string[];
  readonly sequences: readonly BackupSequence[];
  /** Id of the key that sealed last. */
  readonly secretKeyId: string | undefined;
  /** Rows in PostgreSQL's text format. One of these at a time. */
  readTable(table: TableShape): Readable;
  /** `digest TAB size` of each blob that must be in storage, by digest. */
  readBlobs(): Readable;
}

/** Restored by running the migrations. */
const MIGRATIONS_TABLE = 'schema_migration';

/**
 * Tables whose rows mean nothing in another place or at another time: who is logged in, uploads
 * whose bytes are not in the backup, processes. Unlogged tables are left out as well.
 */
const TRANSIENT_TABLES = ['session', 'oidc_onboarding', 'blob_upload', 'worker_pool'];

/**
 * Begins a snapshot that sees everything committed before, and holds off changes of the schema.
 * The client is of this alone, without limits of time; closing it ends the snapshot.
 *
 * @throws AppError not-found when the database has no registry in it
 */
export async function openSnapshot(client: Client): Promise<Snapshot> {
  const before = await listTables(client);
  if (!before.some(({ name }) => name === MIGRATIONS_TABLE)) {
    throw new AppError('not-found', 'there is no registry in this database');
  }
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const names = before.map(({ name }) => quote(name)).join(', ');
  await client.query(`LOCK TABLE ${names} IN ACCESS SHARE MODE`);
  const all = await listTables(client);
  if (all.length !== before.length) {
    throw new AppError('conflict', 'the database is being migrated: back it up again afterwards');
  }
  return {
    takenAt: await getTime(client),
    migrations: await listMigrations(client),
    tables: all.filter(isKept).map(({ name, columns }) => ({ name, columns })),
    leftOut: all.filter(({ isTransient }) => isTransient).map(({ name }) => name),
    sequences: await listSequences(client),
    secretKeyId: await findSecretKeyId(client),
    readTable: ({ name, columns }) =>
      copyOut(client, `COPY ${quote(name)} (${columns.map(quote).join(', ')}) TO STDOUT`),
    readBlobs: () =>
      copyOut(
        client,
        `COPY (SELECT digest, size FROM blob
               WHERE content IS NULL AND missing_since IS NULL ORDER BY digest) TO STDOUT`,
      ),
  };
}

function isKept({ name, isTransient }: ListedTable): boolean {
  return !isTransient && name !== MIGRATIONS_TABLE;
}

export function quote(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}

interface ListedTable extends TableShape {
  readonly isTransient: boolean;
}

async function listTables(client: Client): Promise<ListedTable[]> {
  const { rows } = await client.query<{ name: string; columns: string[]; unlogged: boolean }>(`
    SELECT relation.relname AS name, relation.relpersistence <> 'p' AS unlogged,
      array_agg(attname::text ORDER BY attnum) AS columns
    FROM pg_class relation
    JOIN pg_attribute ON attrelid = relation.oid
      AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
    WHERE relation.relkind = 'r' AND relation.relnamespace = current_schema()::regnamespace
      AND NOT EXISTS (SELECT FROM pg_depend
        WHERE classid = 'pg_class'::regclass AND objid = relation.oid AND deptype = 'e')
    GROUP BY relation.oid, relation.relname, relation.relpersistence
    ORDER BY relation.relname`);
  return rows.map(({ name, columns, unlogged }) => ({
    name,
    columns,
    isTransient: unlogged || TRANSIENT_TABLES.includes(name),
  }));
}

async function getTime(client: Client): Promise<Date> {
  const { rows } = await client.query<{ at: Date }>('SELECT now() AS at');
  return rows[0]?.at ?? new Date();
}

async function listMigrations(client: Client): Promise<BackupManifest['migrations']> {
  const { rows } = await client.query<BackupManifest['migrations'][number]>(
    `SELECT version, name, checksum FROM ${MIGRATIONS_TABLE} ORDER BY version`,
  );
  return rows;
}

/** Sequences stand outside of transactions: these are at least as far as the snapshot's rows. */
async function listSequences(client: Client): Promise<BackupSequence[]> {
  const { rows } = await client.query<{ name: string }>(`
    SELECT relname AS name FROM pg_class
    WHERE relkind = 'S' AND relpersistence = 'p' AND relnamespace = current_schema()::regnamespace
    ORDER BY relname`);
  const sequences: BackupSequence[] = [];
  for (const { name } of rows) {
    const found = await client.query<{ value: string; isCalled: boolean }>(
      `SELECT last_value::text AS value, is_called AS "isCalled" FROM ${quote(name)}`,
    );
    const [state] = found.rows;
    if (state !== undefined) sequences.push({ name, ...state });
  }
  return sequences;
}

async function findSecretKeyId(client: Client): Promise<string | undefined> {
  const { rows } = await client.query<{ id: string }>(
    'SELECT key_id AS id FROM secret_key_check ORDER BY created_at DESC, key_id LIMIT 1',
  );
  return rows[0]?.id;
}
