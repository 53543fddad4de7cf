import { hostname } from 'node:os';
import { sql } from 'kysely';
import type { Database } from '../db/index.ts';

/** A process with a worker that is gone for so long has died. */
export const POOL_LIFE_SECONDS = 60;

/** Which processes run tasks. */
export interface WorkerPoolRepository {
  /** A sign of life of this process. Removes processes that give none any more. */
  beat(id: string, concurrency: number): Promise<void>;
  remove(id: string): Promise<void>;
}

export function createWorkerPoolRepository(db: Database): WorkerPoolRepository {
  return {
    async beat(id, concurrency) {
      await sql`
        INSERT INTO worker_pool (id, host, pid, concurrency)
        VALUES (${id}, ${hostname()}, ${process.pid}, ${concurrency})
        ON CONFLICT (id) DO UPDATE SET heartbeat_at = now()`.execute(db);
      await sql`
        DELETE FROM worker_pool
        WHERE heartbeat_at < now() - ${POOL_LIFE_SECONDS} * interval '1 s'`.execute(db);
    },
    async remove(id) {
      await sql`DELETE FROM worker_pool WHERE id = ${id}`.execute(db);
    },
  };
}
