import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pool } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { quietLog } from '../../test/log.ts';
import { openPool } from './database.ts';
import { migrate, pendingMigrations } from './migrate.ts';

let database: TestDatabase;
let pool: Pool;
let directory = '';

beforeEach(async () => {
  database = await createTestDatabase({ empty: true });
  pool = openPool({ connection: database.connection, log: quietLog });
  directory = await mkdtemp(join(tmpdir(), 'berth-migrations-'));
  await writeMigration(
    '0001_init.sql',
    'CREATE TABLE thing (id int); INSERT INTO thing VALUES (1)',
  );
});
afterEach(async () => {
  await pool.end();
  await database.drop();
  await rm(directory, { recursive: true });
});

function writeMigration(name: string, sql: string): Promise<void> {
  return writeFile(join(directory, name), sql);
}

async function countThings(): Promise<unknown> {
  const { rows } = await pool.query('SELECT count(*) AS count FROM thing');
  return rows[0]?.count;
}

describe('migrating', () => {
  it('applies each file once', async () => {
    expect(await pendingMigrations(pool, directory)).toHaveLength(1);
    expect(await migrate(pool, directory, quietLog)).toHaveLength(1);
    await writeMigration('0002_more.sql', 'INSERT INTO thing VALUES (2)');
    const applied = await migrate(pool, directory, quietLog);
    expect(applied.map(({ name }) => name)).toEqual(['more']);
    expect(await migrate(pool, directory, quietLog)).toEqual([]);
    expect(await pendingMigrations(pool, directory)).toEqual([]);
    expect(await countThings()).toBe(2);
  });

  it('lets replicas that start together take turns', async () => {
    const applied = await Promise.all([1, 2, 3].map(() => migrate(pool, directory, quietLog)));
    expect(applied.flat()).toHaveLength(1);
    expect(await countThings()).toBe(1);
  });

  it('leaves nothing of a migration that fails, and applies it when it is mended', async () => {
    await writeMigration('0002_more.sql', 'INSERT INTO thing VALUES (2); SELECT 1/0');
    const failing = migrate(pool, directory, quietLog);
    await expect(failing).rejects.toThrow(
      'Migration 2 (more) failed and was rolled back: division',
    );
    expect(await countThings()).toBe(1);
    await writeMigration('0002_more.sql', 'INSERT INTO thing VALUES (2)');
    await migrate(pool, directory, quietLog);
    expect(await countThings()).toBe(2);
  });

  it('keeps the changes of a migration only together with its record', async () => {
    await writeMigration(
      '0002_more.sql',
      `INSERT INTO thing VALUES (2);
       INSERT INTO schema_migration (version, name, checksum) VALUES (2, 'more', '')`,
    );
    const failing = migrate(pool, directory, quietLog);
    await expect(failing).rejects.toThrow(
      'Migration 2 (more) failed and was rolled back: duplicate',
    );
    expect(await countThings()).toBe(1);
  });

  it('starts cleanly after it was killed in the middle', async () => {
    await writeMigration(
      '0002_more.sql',
      'INSERT INTO thing VALUES (2); SELECT pg_terminate_backend(pg_backend_pid())',
    );
    await expect(migrate(pool, directory, quietLog)).rejects.toThrow('Migration 2 (more) failed');
    await writeMigration('0002_more.sql', 'INSERT INTO thing VALUES (2)');
    await migrate(pool, directory, quietLog);
    expect(await countThings()).toBe(2);
  });

  it('is not bound by the statement timeout of the pool', async () => {
    const hasty = openPool({
      connection: database.connection,
      statementTimeoutMs: 20,
      log: quietLog,
    });
    try {
      await writeMigration('0002_slow.sql', 'SELECT pg_sleep(0.1)');
      expect(await migrate(hasty, directory, quietLog)).toHaveLength(2);
      await expect(hasty.query('SELECT pg_sleep(1)')).rejects.toThrow('statement timeout');
    } finally {
      await hasty.end();
    }
  });

  it('refuses a changed file, a newer database, a gap and a strange name', async () => {
    await writeMigration('0002_more.sql', 'SELECT 1');
    await migrate(pool, directory, quietLog);
    await rm(join(directory, '0002_more.sql'));
    await expect(migrate(pool, directory, quietLog)).rejects.toThrow('newer Berth');
    await writeMigration('0002_more.sql', 'SELECT 2');
    await expect(migrate(pool, directory, quietLog)).rejects.toThrow('was changed after');
    await writeMigration('0004_gap.sql', 'SELECT 1');
    await expect(migrate(pool, directory, quietLog)).rejects.toThrow('expected 3, found 4 (gap)');
    await writeMigration('5.sql', 'SELECT 1');
    await expect(migrate(pool, directory, quietLog)).rejects.toThrow('5.sql is not named like');
  });
});
