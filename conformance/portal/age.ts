import { withOwnPool } from '../crash/database.ts';

/**
 * Makes what was pushed and done some days old, as nobody does everything in a minute: each row
 * some hours older than the next.
 */
export async function ageRegistry(dataDir: string): Promise<void> {
  await withOwnPool({ dataDir }, async (pool) => {
    for (const [table, column] of [
      ['artifact', 'pushed_at'],
      ['tag', 'pushed_at'],
      ['repository', 'created_at'],
      ['project', 'created_at'],
      ['audit_log', 'occurred_at'],
    ]) {
      await pool.query(
        `UPDATE ${table} SET ${column} = now() - (
           SELECT 5 * (1 + count(*)) * interval '17 minutes' FROM ${table} AS later
           WHERE later.id > ${table}.id)`,
      );
    }
  });
}
