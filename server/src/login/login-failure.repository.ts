import { type Database, transact } from '../db/index.ts';

/** Failed logins under one key, fewer as time passes. */
export interface Failures {
  readonly count: number;
  readonly updatedAt: Date;
}

export interface LoginFailureRepository {
  /**
   * Reads the counts of the keys, missing ones as undefined, and writes what `decide` makes of
   * them; nobody else changes them in between. Rejects, and changes nothing, when `decide` throws.
   */
  update(
    keys: readonly string[],
    decide: (known: ReadonlyMap<string, Failures>) => ReadonlyMap<string, Failures | undefined>,
  ): Promise<void>;
  has(key: string, since: Date): Promise<boolean>;
  put(key: string, failures: Failures): Promise<void>;
  /** Deletes keys that begin with `prefix` and were not touched since; tells how many. */
  deleteBefore(prefix: string, before: Date): Promise<number>;
  /** Deletes the oldest beyond `maximum`; tells how many. */
  deleteSurplus(prefix: string, maximum: number): Promise<number>;
}

/** As good as no row. */
const NONE: Failures = { count: 0, updatedAt: new Date(0) };

export function createLoginFailureRepository(db: Database): LoginFailureRepository {
  return {
    update: (keys, decide) => update(db, keys, decide),
    async has(key, since) {
      const row = await db
        .selectFrom('login_failure')
        .select('key')
        .where('key', '=', key)
        .where('updated_at', '>=', since)
        .executeTakeFirst();
      return row !== undefined;
    },
    put: (key, failures) => put(db, key, failures),
    async deleteBefore(prefix, before) {
      const result = await db
        .deleteFrom('login_failure')
        .where('key', 'like', `${prefix}%`)
        .where('updated_at', '<', before)
        .executeTakeFirst();
      return Number(result.numDeletedRows);
    },
    async deleteSurplus(prefix, maximum) {
      const surplus = db
        .selectFrom('login_failure')
        .select('key')
        .where('key', 'like', `${prefix}%`)
        .orderBy('updated_at', 'desc')
        .offset(maximum);
      const result = await db
        .deleteFrom('login_failure')
        .where('key', 'in', surplus)
        .executeTakeFirst();
      return Number(result.numDeletedRows);
    },
  };
}

async function update(
  db: Database,
  keys: readonly string[],
  decide: (known: ReadonlyMap<string, Failures>) => ReadonlyMap<string, Failures | undefined>,
): Promise<void> {
  await transact(db, async (tx) => {
    // In one order, so that two logins never wait for each other; made first, to be locked at all.
    const ordered = keys.toSorted();
    await tx
      .insertInto('login_failure')
      .values(ordered.map((key) => ({ key, failures: NONE.count, updated_at: NONE.updatedAt })))
      .onConflict((conflict) => conflict.column('key').doNothing())
      .execute();
    const rows = await tx
      .selectFrom('login_failure')
      .select(['key', 'failures', 'updated_at'])
      .where('key', 'in', ordered)
      .orderBy('key')
      .forUpdate()
      .execute();
    const known = new Map(
      rows
        .filter((row) => row.updated_at.getTime() > 0)
        .map((row) => [row.key, { count: row.failures, updatedAt: row.updated_at }]),
    );
    for (const [key, failures] of decide(known)) {
      // Never deleted here: others wait for the row, and would make it anew in another order.
      await put(tx, key, failures ?? NONE);
    }
  });
}

async function put(
  db: Pick<Database, 'insertInto'>,
  key: string,
  { count, updatedAt }: Failures,
): Promise<void> {
  const values = { failures: count, updated_at: updatedAt };
  await db
    .insertInto('login_failure')
    .values({ key, ...values })
    .onConflict((conflict) => conflict.column('key').doUpdateSet(values))
    .execute();
}
