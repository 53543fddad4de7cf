import { CompiledQuery, sql } from 'kysely';
import type { Pool } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { quietLog } from '../../test/log.ts';
import {
  createDatabase,
  type Database,
  type DatabaseTransaction,
  openPool,
  transact,
} from './database.ts';
import { isUnavailable } from './db.errors.ts';

let database: TestDatabase;
let pool: Pool;
let db: Database;

beforeEach(async () => {
  database = await createTestDatabase({ empty: true });
  pool = openPool({ connection: database.connection, poolSize: 4, log: quietLog });
  db = createDatabase(pool);
  await pool.query(
    'CREATE TABLE counter (id int PRIMARY KEY, n int); INSERT INTO counter VALUES (1, 0), (2, 0)',
  );
});
afterEach(async () => {
  await db.destroy();
  await database.drop();
});

function run(db: Database | DatabaseTransaction, text: string): Promise<unknown> {
  return db.executeQuery(CompiledQuery.raw(text));
}

function increment(tx: DatabaseTransaction, id: number): Promise<unknown> {
  return run(tx, `UPDATE counter SET n = n + 1 WHERE id = ${id}`);
}

async function readCounters(): Promise<unknown> {
  return (await pool.query('SELECT n FROM counter ORDER BY id')).rows.map((row) => row.n);
}

/** Resolves for everybody once `count` callers have arrived; later callers pass. */
function createBarrier(count: number): () => Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let arrived = 0;
  return () => {
    arrived += 1;
    if (arrived === count) resolve();
    return promise;
  };
}

describe('the pool', () => {
  it('reads int8 as a number, and refuses one that a number cannot hold', async () => {
    const { rows } = await pool.query('SELECT 9007199254740991::int8 AS n, now() AS at');
    expect(rows[0].n).toBe(Number.MAX_SAFE_INTEGER);
    expect(rows[0].at).toBeInstanceOf(Date);
    await expect(pool.query('SELECT 9007199254740992::int8')).rejects.toThrow('not a safe integer');
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  it('bounds statements and idle transactions', async () => {
    const { rows } = await pool.query(
      `SELECT current_setting('statement_timeout') AS statement,
        current_setting('idle_in_transaction_session_timeout') AS idle`,
    );
    expect(rows).toEqual([{ statement: '10s', idle: '30s' }]);
  });

  it('accepts a URL as well', async () => {
    const other = openPool({ url: database.url, log: quietLog });
    expect((await other.query('SELECT count(*) AS n FROM counter')).rows).toEqual([{ n: 2 }]);
    await other.end();
  });

  it('survives the loss of idle connections', async () => {
    const warned = Promise.withResolvers<string>();
    const log = { ...quietLog, warn: (_: object, message: string) => warned.resolve(message) };
    const other = openPool({ connection: database.connection, poolSize: 1, log });
    const { rows } = await other.query('SELECT pg_backend_pid() AS pid');
    await pool.query('SELECT pg_terminate_backend($1)', [rows[0].pid]);
    expect(await warned.promise).toBe('a database connection was lost');
    expect((await other.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await other.end();
  });

  it('says unavailable when nobody listens', async () => {
    const nowhere = openPool({
      connection: { ...database.connection, host: '/nowhere' },
      log: quietLog,
    });
    const error = await nowhere.query('SELECT 1').catch((error: unknown) => error);
    expect(isUnavailable(error)).toBe(true);
    await nowhere.end();
  });
});

describe('a transaction', () => {
  it('is run again after a deadlock, and counts once', async () => {
    const meet = createBarrier(2);
    let runs = 0;
    const cross = (first: number, second: number) =>
      transact(db, async (tx) => {
        runs += 1;
        await increment(tx, first);
        await meet();
        await increment(tx, second);
      });
    await Promise.all([cross(1, 2), cross(2, 1)]);
    expect(runs).toBe(3);
    expect(await readCounters()).toEqual([2, 2]);
  });

  it('is run again after a serialization failure', async () => {
    let runs = 0;
    await transact(db, async (tx) => {
      runs += 1;
      await run(tx, 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
      await run(tx, 'SELECT * FROM counter');
      if (runs === 1) await pool.query('UPDATE counter SET n = 10 WHERE id = 1');
      await increment(tx, 1);
    });
    expect(runs).toBe(2);
    expect(await readCounters()).toEqual([11, 0]);
  });

  it('gives up after three retries with the last error', async () => {
    let runs = 0;
    const outcome = transact(db, async (tx) => {
      runs += 1;
      await run(tx, `DO $$ BEGIN RAISE EXCEPTION 'conflict' USING ERRCODE = '40001'; END $$`);
    });
    await expect(outcome).rejects.toThrow('conflict');
    expect(runs).toBe(4);
  });

  it('is never run again once COMMIT was sent', async () => {
    await pool.query(`
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'late conflict' USING ERRCODE = '40001'; END $$;
      CREATE CONSTRAINT TRIGGER late AFTER UPDATE ON counter DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION refuse()`);
    let runs = 0;
    const outcome = transact(db, async (tx) => {
      runs += 1;
      await increment(tx, 1);
    });
    await expect(outcome).rejects.toThrow('late conflict');
    expect(runs).toBe(1);
  });

  it('reports its own error when the connection is lost, and the next one works', async () => {
    const outcome = transact(db, async (tx) => {
      await increment(tx, 1);
      await sql`SELECT pg_terminate_backend(pg_backend_pid())`.execute(tx);
    });
    const error = await outcome.catch((error: unknown) => error);
    expect(isUnavailable(error)).toBe(true);
    expect(String(error)).toContain('terminating connection due to administrator command');
    await transact(db, (tx) => increment(tx, 2));
    expect(await readCounters()).toEqual([0, 1]);
  });

  it('joins the transaction it is given', async () => {
    const outcome = transact(db, async (outer) => {
      await transact(outer, (inner) => increment(inner, 1));
      throw new Error('after all not');
    });
    await expect(outcome).rejects.toThrow('after all not');
    expect(await readCounters()).toEqual([0, 0]);
  });
});
