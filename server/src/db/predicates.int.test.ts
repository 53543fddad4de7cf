import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { quietLog } from '../../test/log.ts';
import { type Database, openDatabase } from './database.ts';
import { orderBySorts, type Predicate, type Sort, wherePredicates } from './predicates.ts';

interface SampleTable {
  id: number;
  name: string;
  note: string | null;
  level: number;
  score: number;
  created_at: Date;
  enabled: boolean;
}

let database: TestDatabase;
let db: Database;

beforeAll(async () => {
  database = await createTestDatabase({ empty: true });
  db = openDatabase({ connection: database.connection, poolSize: 2, log: quietLog });
  await sql`CREATE TABLE sample (
    id bigint PRIMARY KEY, name text COLLATE "C" UNIQUE, note text, level smallint,
    score numeric, created_at timestamptz, enabled boolean
  )`.execute(db);
  await sql`INSERT INTO sample VALUES
    (1, 'Zebra', '100% of_it', 1, 7.5, '2021-01-01T00:00:00Z', true),
    (2, 'apple', 'a\\b', 2, 9.8, '2021-06-01T12:30:00Z', false),
    (3, 'äpfel', NULL, 3, 0, '2022-01-01T00:00:00Z', true),
    (4, 'it''s "4"', '100x of-it', 300, 10, '2023-01-01T00:00:00Z', false)`.execute(db);
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});

function sample() {
  return db.withTables<{ sample: SampleTable }>().selectFrom('sample').select('sample.id');
}

async function matching(...predicates: Predicate[]): Promise<number[]> {
  const rows = await wherePredicates(sample(), predicates).orderBy('sample.id').execute();
  return rows.map((row) => row.id);
}

async function ordered(...sorts: Sort[]): Promise<number[]> {
  const rows = await orderBySorts(sample(), sorts).execute();
  return rows.map((row) => row.id);
}

const name = { column: 'sample.name', type: 'text' } as const;
const note = { column: 'note', type: 'text' } as const;
const id = { column: 'sample.id', type: 'integer' } as const;
const level = { column: 'level', type: 'integer' } as const;
const score = { column: 'score', type: 'decimal' } as const;
const created = { column: 'created_at', type: 'time' } as const;
const enabled = { column: 'enabled', type: 'flag' } as const;
const june = new Date('2021-06-01T12:30:00Z');

describe('predicates', () => {
  it.each<[string, Predicate, number[]]>([
    ['equal text', { ...name, op: 'equals', value: 'apple' }, [2]],
    ['equal text in its own case only', { ...name, op: 'equals', value: 'APPLE' }, []],
    ['a whole number', { ...level, op: 'equals', value: 300 }, [4]],
    ['a number that no smallint holds', { ...level, op: 'equals', value: 2 ** 53 - 1 }, []],
    ['a decimal', { ...score, op: 'equals', value: 9.8 }, [2]],
    ['a time', { ...created, op: 'equals', value: june }, [2]],
    ['a flag', { ...enabled, op: 'equals', value: true }, [1, 3]],
    ['part of a text in any case', { ...name, op: 'contains', value: 'PL' }, [2]],
    ['letters beyond ASCII in any case', { ...name, op: 'contains', value: 'ÄP' }, [3]],
    ['a literal percent sign', { ...note, op: 'contains', value: '0%' }, [1]],
    ['a literal underscore', { ...note, op: 'contains', value: 'f_i' }, [1]],
    ['a literal backslash', { ...note, op: 'contains', value: '\\' }, [2]],
    ['part of a number', { ...level, op: 'contains', value: '00' }, [4]],
    ['part of a time, read in UTC', { ...created, op: 'contains', value: '2021-06-01 12:30' }, [2]],
    ['a range with both ends', { ...id, op: 'range', min: 2, max: 3 }, [2, 3]],
    ['a range from below', { ...score, op: 'range', min: 9.8 }, [2, 4]],
    ['a range to above', { ...created, op: 'range', max: june }, [1, 2]],
    ['a range without ends', { ...id, op: 'range' }, [1, 2, 3, 4]],
    ['a range of text, bytewise', { ...name, op: 'range', min: 'Z', max: 'b' }, [1, 2]],
    ['what is above', { ...id, op: 'above', value: 3 }, [4]],
    ['what is below', { ...created, op: 'below', value: june }, [1]],
    ['any of some numbers', { ...id, op: 'in', values: [1, 4, 9] }, [1, 4]],
    ['any of some texts', { ...name, op: 'in', values: ['apple', 'it\'s "4"'] }, [2, 4]],
    ['any of some times', { ...created, op: 'in', values: [june] }, [2]],
    ['any of some flags', { ...enabled, op: 'in', values: [false] }, [2, 4]],
    ['nothing for an empty list', { ...id, op: 'in', values: [] }, []],
  ])('match %s', async (_what, predicate, ids) => {
    expect(await matching(predicate)).toEqual(ids);
  });

  it('read part of a time in UTC, wherever the session is', async () => {
    const ids = await db.transaction().execute(async (tx) => {
      await sql`SET LOCAL TIME ZONE 'Asia/Tokyo'`.execute(tx);
      const query = tx.withTables<{ sample: SampleTable }>().selectFrom('sample').select('id');
      return wherePredicates(query, [{ ...created, op: 'contains', value: '01 12:30' }]).execute();
    });
    expect(ids).toEqual([{ id: 2 }]);
  });

  it('must all hold', async () => {
    const flagged: Predicate = { ...enabled, op: 'equals', value: true };
    expect(await matching(flagged, { ...id, op: 'above', value: 1 })).toEqual([3]);
  });

  it.each(injections())('take %j for a value like any other', async (value) => {
    expect(await matching({ ...name, op: 'equals', value })).toEqual([]);
    expect(await matching({ ...name, op: 'contains', value })).toEqual([]);
    expect(await matching({ ...name, op: 'in', values: [value, value] })).toEqual([]);
    expect(await matching({ ...name, op: 'range', min: value, max: value })).toEqual([]);
    expect(await matching()).toEqual([1, 2, 3, 4]);
  });

  it.each(['id"; DROP TABLE sample; --', 'id) OR (1=1', 'sample.id" IS NOT NULL OR "id'])(
    'take the column %j for one name, which there is not',
    async (column) => {
      for (const type of ['integer', 'text'] as const) {
        const outcome = matching({ column, type, op: 'above', value: '1' });
        await expect(outcome).rejects.toThrow(/does not exist|missing FROM-clause/);
      }
      expect(await matching()).toEqual([1, 2, 3, 4]);
    },
  );
});

describe('sorts', () => {
  it('order text bytewise', async () => {
    expect(await ordered({ ...name, descending: false })).toEqual([1, 2, 4, 3]);
  });

  it('apply one after the other, each in its direction', async () => {
    const sorts = [
      { ...enabled, descending: true },
      { ...id, descending: true },
    ];
    expect(await ordered(...sorts)).toEqual([3, 1, 4, 2]);
  });

  it('are served by an index of a bytewise column', async () => {
    const plan = await db.transaction().execute(async (tx) => {
      await sql`SET LOCAL enable_seqscan = off`.execute(tx);
      const query = tx.withTables<{ sample: SampleTable }>().selectFrom('sample').select('name');
      const narrowed = wherePredicates(query, [{ ...name, op: 'range', min: 'a' }]);
      return orderBySorts(narrowed, [{ ...name, descending: false }]).explain('text');
    });
    const text = JSON.stringify(plan);
    expect(text).toContain('Index Cond');
    expect(text).not.toContain('Sort');
  });
});

/** Classic probes, each in every kind of quoting. */
function injections(): string[] {
  const probes = [
    'OR 1=1',
    'OR true --',
    'AND 1=2 UNION SELECT id FROM sample',
    '; DROP TABLE sample; --',
    '; SELECT pg_sleep(5); --',
    '|| (SELECT note FROM sample LIMIT 1) ||',
    ') OR EXISTS (SELECT 1 FROM pg_shadow) OR (1=1',
    '::int',
    "::text) OR (name LIKE '%",
    '/**/OR/**/1=1',
    '$1',
    '${1}',
    '?',
    ':name',
    '\\x00',
    '%s%s%n',
    "chr(65) || ' ",
    "E'\\'' OR 1=1 --",
    '$$ OR 1=1 $$',
    'COLLATE "de_DE"',
    'ESCAPE NULL',
    '\u2028--',
    '\ud800',
    'ʼ OR 1=1',
    '{1,2}',
    '","',
  ];
  const quotes = ["'", '"', "\\'", "''", '`', ')', "'))", '%', '_%', '\\', '{', '}', ' '];
  return probes.flatMap((probe) => quotes.map((quote) => `${quote}x ${probe}`));
}
