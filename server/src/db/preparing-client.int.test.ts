import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { quietLog } from '../../test/log.ts';
import { openPool } from './index.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

async function preparedStatements(prepare: boolean): Promise<string[]> {
  const { connection } = database;
  const pool = openPool({ connection, poolSize: 1, prepare, log: quietLog });
  try {
    for (const value of [1, 2]) await pool.query('SELECT $1::int AS value', [value]);
    const { rows } = await pool.query<{ statement: string }>(
      'SELECT statement FROM pg_prepared_statements',
    );
    return rows.map((row) => row.statement);
  } finally {
    await pool.end();
  }
}

describe('a pool that prepares', () => {
  it('prepares a statement with parameters once for all its calls', async () => {
    expect(await preparedStatements(true)).toEqual(['SELECT $1::int AS value']);
  });

  it('answers prepared and plain statements right', async () => {
    const pool = openPool({ connection: database.connection, prepare: true, log: quietLog });
    const values = await Promise.all(
      [1, 2, 3].map(async (value) => {
        const { rows } = await pool.query<{ value: number }>('SELECT $1::int AS value', [value]);
        return rows[0]?.value;
      }),
    );
    const { rows } = await pool.query<{ one: number }>('SELECT 1 AS one');
    await pool.end();
    expect([values, rows]).toEqual([[1, 2, 3], [{ one: 1 }]]);
  });

  it('prepares nothing unless it is asked to', async () => {
    expect(await preparedStatements(false)).toEqual([]);
  });
});
