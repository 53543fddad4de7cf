import { sql } from 'kysely';
import type { Database } from '../db/index.ts';
import type { ImportCounts } from './import-report.ts';

export type ImportState = 'running' | 'done' | 'partial';

export interface ImportRecords {
  /** State of the import of a source; undefined when there was none. `''` is our own storage. */
  findState(source: string): Promise<ImportState | undefined>;
  /** Whether an import is at work now, by the database's clock. */
  isRunning(): Promise<boolean>;
  hasRepositories(): Promise<boolean>;
  /** Begins, or takes over from one who was not heard of for a while; false when somebody is at it. */
  claim(source: string, holder: string): Promise<boolean>;
  /** Tells that the holder lives; false when somebody else has taken over. */
  renew(source: string, holder: string, counts: ImportCounts): Promise<boolean>;
  /** Lets go, with a state that stays, or as one that was stopped. */
  release(
    source: string,
    holder: string,
    end: { readonly state: ImportState; readonly counts: ImportCounts },
  ): Promise<void>;
}

/** An import that was killed can be taken over after this; see `RENEW_MS` of the service. */
const LEASE = sql`interval '20 seconds'`;

export function createImportRecords(db: Database): ImportRecords {
  return {
    async findState(source) {
      const row = await db
        .selectFrom('storage_import')
        .select('state')
        .where('source', '=', source)
        .executeTakeFirst();
      return row?.state;
    },
    async isRunning() {
      const row = await db
        .selectFrom('storage_import')
        .select('source')
        .where('held_until', '>', sql<Date>`now()`)
        .executeTakeFirst();
      return row !== undefined;
    },
    async hasRepositories() {
      const row = await db.selectFrom('repository').select('id').limit(1).executeTakeFirst();
      return row !== undefined;
    },
    async claim(source, holder) {
      const { rows } = await sql`
        INSERT INTO storage_import (source, state, holder, held_until)
        VALUES (${source}, 'running', ${holder}, now() + ${LEASE})
        ON CONFLICT (source) DO UPDATE SET state = 'running', holder = excluded.holder,
          held_until = excluded.held_until, updated_at = now(), finished_at = NULL
        WHERE storage_import.holder IS NULL OR storage_import.held_until < now()
        RETURNING source`.execute(db);
      return rows.length > 0;
    },
    async renew(source, holder, counts) {
      const { rows } = await sql`
        UPDATE storage_import SET held_until = now() + ${LEASE}, updated_at = now(),
          counts = ${JSON.stringify(counts)}::jsonb
        WHERE source = ${source} AND holder = ${holder} RETURNING source`.execute(db);
      return rows.length > 0;
    },
    async release(source, holder, { state, counts }) {
      await sql`
        UPDATE storage_import SET state = ${state}, holder = NULL, held_until = NULL,
          updated_at = now(), counts = ${JSON.stringify(counts)}::jsonb,
          finished_at = CASE WHEN ${state} <> 'running' THEN now() END
        WHERE source = ${source} AND holder = ${holder}`.execute(db);
    },
  };
}
