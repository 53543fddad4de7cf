import { buffer } from 'node:stream/consumers';
import type { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { quietLog } from '../../test/log.ts';
import { copyIn, copyOut } from './copy.ts';
import { connectClient } from './database.ts';

let database: TestDatabase;
let client: Client;

beforeEach(async () => {
  database = await createTestDatabase({ empty: true });
  client = await connectClient({ connection: database.connection, log: quietLog });
});
afterEach(async () => {
  await client.end();
  await database.drop();
});

async function* pieces(bytes: Buffer, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe('COPY', () => {
  it('gives back every value of every type as it was', async () => {
    await client.query(`
      CREATE TABLE thing (id bigint GENERATED ALWAYS AS IDENTITY, a text, b bytea, c jsonb,
        d timestamptz, e text[], f double precision, g uuid, h boolean,
        i bigint GENERATED ALWAYS AS (id * 2) STORED);
      CREATE TABLE other (LIKE thing INCLUDING ALL);
      INSERT INTO thing (a, b, c, d, e, f, g, h) VALUES
        (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
        ('', '', '{}', '-infinity', '{}', 'NaN', gen_random_uuid(), true),
        (E'tab\\t line\\n return\\r back\\\\slash \\\\N ü 🐳', decode('000a0d5c09ff', 'hex'),
         '{"a": [1, "\\\\n", null]}', '2026-11-21 12:34:56.123456+01', ARRAY['a,b', '"', NULL, ''],
         0.1::float8 + 0.2, NULL, false);
      INSERT INTO thing (a) SELECT repeat(chr(65 + n % 26), n * 40) FROM generate_series(1, 700) n`);
    const columns = 'id, a, b, c, d, e, f, g, h';
    const bytes = await buffer(copyOut(client, `COPY thing (${columns}) TO STDOUT`));
    expect(bytes.length).toBeGreaterThan(9_000_000);
    const rows = await copyIn(client, `COPY other (${columns}) FROM STDIN`, pieces(bytes, 70_001));
    expect(rows).toBe(703);
    const { rows: differences } = await client.query(`
      (SELECT thing::text FROM thing EXCEPT SELECT other::text FROM other)
      UNION ALL (SELECT other::text FROM other EXCEPT SELECT thing::text FROM thing)`);
    expect(differences).toEqual([]);
  });

  it('lets the connection be used again after an error on either side', async () => {
    await client.query('CREATE TABLE thing (id integer)');
    await expect(buffer(copyOut(client, 'COPY nothing TO STDOUT'))).rejects.toThrow(/nothing/);
    const wrong = pieces(Buffer.from('1\nx\n'.repeat(100_000)), 1000);
    await expect(copyIn(client, 'COPY thing FROM STDIN', wrong)).rejects.toThrow(/integer/);
    async function* broken() {
      yield Buffer.from('1\n');
      throw new Error('no more');
    }
    await expect(copyIn(client, 'COPY thing FROM STDIN', broken())).rejects.toThrow('no more');
    const { rows } = await client.query('SELECT count(*)::int AS count FROM thing');
    expect(rows).toEqual([{ count: 0 }]);
  });

  it('ends a reader whose connection goes', async () => {
    const source = copyOut(client, 'COPY (SELECT pg_sleep(30)) TO STDOUT');
    const read = buffer(source);
    setImmediate(() => void client.end());
    await expect(read).rejects.toThrow(/terminated/);
  });
});
