import { sql } from 'kysely';
import type { Database } from '../db/index.ts';

export interface GcStateRepository {
  /** Links made before this moment have been looked at. */
  getLinksSeenUntil(): Promise<Date>;
  /** Moves it on, but never to less than `ageMs` ago, nor back. */
  putLinksSeenUntil(moment: Date, ageMs: number): Promise<void>;
}

export function createGcStateRepository(db: Database): GcStateRepository {
  return {
    async getLinksSeenUntil() {
      const row = await db.selectFrom('gc_state').select('links_seen_until').executeTakeFirst();
      return row?.links_seen_until ?? new Date(0);
    },
    async putLinksSeenUntil(moment, ageMs) {
      await sql`
        UPDATE gc_state SET links_seen_until = seen.at
        FROM (SELECT least(${moment}::timestamptz,
                           now() - make_interval(secs => ${ageMs / 1000})) AS at) AS seen
        WHERE links_seen_until < seen.at`.execute(db);
    },
  };
}
