import { join } from 'node:path';
import { connectClient, findRunningPostgres } from '../../server/src/db/index.ts';
import { quietLog } from '../../server/test/log.ts';
import { withOwnPool } from './database.ts';
import { waitFor } from './http.ts';
import type { CrashServer } from './server.ts';

/** Where a job waits: before it changes the `nth` row, by whichever statement. */
export interface Barrier {
  readonly table: string;
  /** `DELETE`, or `UPDATE OF` a column. */
  readonly operation: string;
  readonly nth: number;
}

/** First half of the advisory locks that barriers are made of. */
const LOCK = 70_110;
const REACHED_LIMIT_MS = 20_000;

/** Barriers that are down until released, or until PostgreSQL ends. */
export interface HeldBarriers {
  /** Waits until a job stands before each, or before the first `count`. */
  reached(count?: number): Promise<void>;
  release(): Promise<void>;
}

/**
 * Puts up barriers; each stops one job once. Rows are counted beyond transactions: what runs again
 * does not meet the barrier again.
 */
export async function holdBarriers(
  server: CrashServer,
  barriers: readonly Barrier[],
): Promise<HeldBarriers> {
  const connection = await findRunningPostgres(join(server.dataDir, 'postgres'));
  if (connection === undefined) throw new Error('PostgreSQL does not run');
  const holder = await connectClient({ connection, poolSize: 1, log: quietLog });
  await holder.query('SELECT pg_advisory_lock($1, n) FROM generate_series(1, $2::int) AS n', [
    LOCK,
    barriers.length,
  ]);
  await holder.query(triggerFunction);
  for (const [at, { table, operation, nth }] of barriers.entries()) {
    const name = `crash_barrier_${at + 1}`;
    await holder.query(`
      DROP TRIGGER IF EXISTS ${name} ON ${table};
      DROP SEQUENCE IF EXISTS ${name};
      CREATE SEQUENCE ${name};
      CREATE TRIGGER ${name} BEFORE ${operation} ON ${table} FOR EACH ROW
      EXECUTE FUNCTION crash_barrier('${name}', '${nth}', '${at + 1}')`);
  }
  return {
    async reached(count = barriers.length) {
      let missing: string[] = [];
      await waitFor('jobs are at their barriers', REACHED_LIMIT_MS, async () => {
        const waiting = await listWaiting(server);
        missing = barriers
          .slice(0, count)
          .flatMap(({ table }, at) => (waiting.has(at + 1) ? [] : table));
        return missing.length === 0;
      }).catch((error: unknown) => {
        throw new Error(`no job came to ${missing.join()}`, { cause: error });
      });
    },
    release: () => holder.end().catch(() => undefined),
  };
}

const triggerFunction = `
  CREATE OR REPLACE FUNCTION crash_barrier() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF nextval(TG_ARGV[0]::regclass) = TG_ARGV[1]::bigint THEN
      PERFORM pg_advisory_xact_lock_shared(${LOCK}, TG_ARGV[2]::int);
    END IF;
    IF TG_OP = 'DELETE' THEN
      RETURN OLD;
    END IF;
    RETURN NEW;
  END
  $$`;

function listWaiting(server: CrashServer): Promise<Set<number>> {
  return withOwnPool(server, async (pool) => {
    const { rows } = await pool.query<{ at: number }>(
      `SELECT DISTINCT objid::bigint::float8 AS at FROM pg_locks
       WHERE locktype = 'advisory' AND classid = ${LOCK} AND NOT granted`,
    );
    return new Set(rows.map(({ at }) => at));
  });
}
