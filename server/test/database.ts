import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { inject } from 'vitest';
import type { BundledConnection } from '../src/db/index.ts';

export interface TestDatabase {
  connection: BundledConnection;
  /** The same as a URL, for programs that take BERTH_DATABASE_URL. */
  url: string;
  /** Ends remaining connections too. Idempotent. */
  drop(): Promise<void>;
}

const TEMPLATE_DATABASE = 'berth_template';
const TEMPLATE_LOCK = 7_071;

/** A migrated, empty database of one's own in the run's PostgreSQL; `{ empty: true }`: no tables. */
export async function createTestDatabase(options: { empty?: boolean } = {}): Promise<TestDatabase> {
  const server = inject('postgres');
  const database = `test_${randomBytes(8).toString('hex')}`;
  const template = options.empty === true ? 'template1' : TEMPLATE_DATABASE;
  await withClient(server, async (client) => {
    // Two clones of one template at the same time disturb each other.
    await client.query('SELECT pg_advisory_lock($1)', [TEMPLATE_LOCK]);
    await client.query(`CREATE DATABASE ${database} TEMPLATE ${template} STRATEGY FILE_COPY`);
  });
  const connection = { ...server, database };
  return {
    connection,
    url: urlOf(connection),
    drop: () =>
      withClient(server, async (client) => {
        await client.query(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
      }),
  };
}

async function withClient(
  server: BundledConnection,
  fn: (client: Client) => Promise<void>,
): Promise<void> {
  const client = new Client(server);
  await client.connect();
  try {
    await fn(client);
  } finally {
    await client.end();
  }
}

function urlOf({ host, user, password, database }: BundledConnection): string {
  return `postgres://${user}:${password}@localhost/${database}?host=${encodeURIComponent(host)}`;
}
