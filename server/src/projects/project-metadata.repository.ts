import { sql } from 'kysely';
import type { DatabaseTransaction } from '../db/index.ts';
import type { Metadata } from './project.ts';

/** Of a project, by key; `public` is a column of the project. */
export async function readMetadata(tx: DatabaseTransaction, projectId: number): Promise<Metadata> {
  const rows = await tx
    .selectFrom('project_metadata')
    .select(['name', 'value'])
    .where('project_id', '=', projectId)
    .execute();
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
}

/** Adds and replaces; other keys stay. */
export async function putMetadata(
  tx: DatabaseTransaction,
  projectId: number,
  entries: ReadonlyMap<string, string>,
): Promise<void> {
  if (entries.size === 0) return;
  await tx
    .insertInto('project_metadata')
    .values([...entries].map(([name, value]) => ({ project_id: projectId, name, value })))
    .onConflict((conflict) =>
      conflict.columns(['project_id', 'name']).doUpdateSet((eb) => ({
        value: eb.ref('excluded.value'),
        updated_at: sql<Date>`now()`,
      })),
    )
    .execute();
}

/** Keys that are not set are none. */
export async function dropMetadata(
  tx: DatabaseTransaction,
  projectId: number,
  names: readonly string[],
): Promise<void> {
  if (names.length === 0) return;
  await tx
    .deleteFrom('project_metadata')
    .where('project_id', '=', projectId)
    .where('name', 'in', names)
    .execute();
}
