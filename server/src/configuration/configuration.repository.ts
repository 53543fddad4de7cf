import { sql } from 'kysely';
import { type Database, type DatabaseTransaction, transact } from '../db/index.ts';

/** Texts by key; secrets are sealed. */
export type StoredValues = ReadonlyMap<string, string>;

export interface ConfigurationRepository {
  list(): Promise<StoredValues>;
  /**
   * Puts all changes or none; undefined deletes a key. No other change comes between `check`, which
   * sees what is stored and may throw to refuse, and the commit. `check` may run more than once.
   */
  put(
    changes: ReadonlyMap<string, string | undefined>,
    check: (stored: StoredValues) => void,
  ): Promise<void>;
}

export function createConfigurationRepository(db: Database): ConfigurationRepository {
  return {
    list: () => listAll(db),
    put: (changes, check) =>
      transact(db, async (tx) => {
        // Readers go on; a second change waits, since rules span several rows.
        await sql`LOCK TABLE configuration IN SHARE ROW EXCLUSIVE MODE`.execute(tx);
        check(await listAll(tx));
        for (const [key, value] of changes) await putOne(tx, key, value);
      }),
  };
}

async function listAll(db: Database | DatabaseTransaction): Promise<StoredValues> {
  const rows = await db.selectFrom('configuration').select(['key', 'value']).execute();
  return new Map(rows.map(({ key, value }) => [key, value]));
}

async function putOne(
  tx: DatabaseTransaction,
  key: string,
  value: string | undefined,
): Promise<void> {
  if (value === undefined) {
    await tx.deleteFrom('configuration').where('key', '=', key).execute();
    return;
  }
  await tx
    .insertInto('configuration')
    .values({ key, value })
    .onConflict((conflict) =>
      conflict.column('key').doUpdateSet({ value, updated_at: sql<Date>`now()` }),
    )
    .execute();
}
