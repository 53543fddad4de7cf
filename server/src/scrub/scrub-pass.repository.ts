import { sql } from 'kysely';
import type { Database, DatabaseTransaction } from '../db/index.ts';
import type { VendorType } from '../jobs/index.ts';
import { emptyTally, type ScrubPass, type Stage, stages, type Tally } from './scrub-pass.ts';

/** Keeps how far the pass is, so that whoever goes on with it knows. */
export interface ScrubPassRepository {
  /** The pass that has begun and not ended. */
  find(): Promise<ScrubPass | undefined>;
  put(pass: ScrubPass): Promise<void>;
  /** The pass is over. */
  delete(): Promise<void>;
}

/** Whether work of this kind waits or runs. */
export async function isUnderWay(tx: DatabaseTransaction, vendorType: VendorType) {
  const row = await tx
    .selectFrom('execution')
    .select('id')
    .where('vendor_type', '=', vendorType)
    .where('status', '=', 'Running')
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

export function createScrubPassRepository(db: Database): ScrubPassRepository {
  return {
    async find() {
      const row = await db
        .selectFrom('scrub_pass')
        .select(['stage', 'position', 'tally'])
        .executeTakeFirst();
      const stage = stages.find((name) => name === row?.stage);
      return row && stage && { stage, position: row.position, tally: toTally(row.tally) };
    },
    async put({ stage, position, tally }) {
      const values = { stage: stage satisfies Stage, position, tally: JSON.stringify(tally) };
      await db
        .insertInto('scrub_pass')
        .values(values)
        .onConflict((conflict) =>
          conflict.column('singleton').doUpdateSet({ ...values, updated_at: sql<Date>`now()` }),
        )
        .execute();
    },
    async delete() {
      await db.deleteFrom('scrub_pass').execute();
    },
  };
}

/** Another version may have kept other counts. */
function toTally(stored: Readonly<Record<string, unknown>>): Tally {
  const tally = emptyTally();
  for (const [name, value] of Object.entries(stored)) {
    if (isCount(tally, name) && typeof value === 'number') tally[name] = value;
  }
  return tally;
}

function isCount(tally: Tally, name: string): name is keyof Tally {
  return Object.hasOwn(tally, name);
}
