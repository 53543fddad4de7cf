import { sql } from 'kysely';
import type { Database, DatabaseTransaction } from '../db/index.ts';

/**
 * The advisory lock of garbage collection: shared by those who move bytes to the store's trash,
 * exclusive for those who empty that, and for backups. Any constant will do: "gc" in ASCII.
 */
export const GC_LOCK = 0x67_63;

/** Takes the lock until the end of the transaction; false when somebody else has it. */
export async function takeGcLock(
  tx: DatabaseTransaction,
  mode: 'shared' | 'exclusive',
): Promise<boolean> {
  const take =
    mode === 'shared'
      ? sql`pg_try_advisory_xact_lock_shared(${GC_LOCK})`
      : sql`pg_try_advisory_xact_lock(${GC_LOCK})`;
  const { rows } = await sql<{ taken: boolean }>`SELECT ${take} AS taken`.execute(tx);
  return rows[0]?.taken === true;
}

/** While it is held, no blob leaves the store. */
export interface GcHold extends AsyncDisposable {
  /** @throws when the hold was lost with its connection: blobs may have gone since */
  check(): Promise<void>;
}

/**
 * Holds all garbage collections off, of every process, and waits for batches under way. Takes a
 * connection of the pool until it is disposed of; not through a pooler that shares sessions.
 */
export async function holdGarbageCollection(db: Database): Promise<GcHold> {
  const released = Promise.withResolvers<void>();
  const held = Promise.withResolvers<GcHold>();
  const session = db.connection().execute(async (connection) => {
    await sql`SET statement_timeout = 0`.execute(connection);
    await sql`SELECT pg_advisory_lock(${GC_LOCK})`.execute(connection);
    held.resolve({
      async check() {
        await sql`SELECT 1`.execute(connection);
      },
      async [Symbol.asyncDispose]() {
        released.resolve();
        await session.catch(() => undefined);
      },
    });
    await released.promise;
    await sql`SELECT pg_advisory_unlock(${GC_LOCK})`.execute(connection);
    await sql`RESET statement_timeout`.execute(connection);
  });
  // Once held, a lost connection is told by `check`.
  session.catch((error: unknown) => held.reject(error));
  return held.promise;
}
