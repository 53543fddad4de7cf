import { join } from 'node:path';
import { findRunningPostgres, openPool } from '../../server/src/db/index.ts';
import { quietLog } from '../../server/test/log.ts';
import { waitFor } from './http.ts';
import type { CrashServer } from './server.ts';

async function openOwnPool({ dataDir }: Pick<CrashServer, 'dataDir'>) {
  const connection = await findRunningPostgres(join(dataDir, 'postgres'));
  if (connection === undefined) throw new Error('PostgreSQL does not run');
  return openPool({ connection, poolSize: 1, log: quietLog });
}

/** Does the work with a connection of its own to the registry's database. */
export async function withOwnPool<T>(
  server: Pick<CrashServer, 'dataDir'>,
  work: (pool: Awaited<ReturnType<typeof openOwnPool>>) => Promise<T>,
): Promise<T> {
  const pool = await openOwnPool(server);
  try {
    return await work(pool);
  } finally {
    await pool.end();
  }
}

/** Lets no row about a blob be written until released. */
export async function holdBlobRows(server: CrashServer): Promise<() => Promise<void>> {
  const pool = await openOwnPool(server);
  const client = await pool.connect();
  await client.query('BEGIN');
  await client.query('LOCK TABLE repository_blob IN EXCLUSIVE MODE');
  return async () => {
    client.release(true);
    await pool.end();
  };
}

/**
 * Runs `work`, whose one commit takes effect, and breaks the connection before the registry is
 * told: the commit waits for a standby that does not exist, and then its backend is ended.
 */
export async function loseCommitAnswer<T>(server: CrashServer, work: () => Promise<T>): Promise<T> {
  const pool = await openOwnPool(server);
  try {
    await pool.query("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
    await pool.query('SELECT pg_reload_conf()');
    await waitFor('commits wait for the standby', 5_000, async () => {
      const { rows } = await pool.query('SHOW synchronous_standby_names');
      return JSON.stringify(rows).includes('nobody');
    });
    let isOver = false;
    const result = work().finally(() => {
      isOver = true;
    });
    // Commits of background work wait as well: until ours is among those that are ended.
    await waitFor('the commit is lost', 10_000, async () => {
      await pool.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'",
      );
      return isOver;
    });
    return await result;
  } finally {
    await pool.query('ALTER SYSTEM RESET synchronous_standby_names');
    await pool.query('SELECT pg_reload_conf()');
    await pool.end();
  }
}
