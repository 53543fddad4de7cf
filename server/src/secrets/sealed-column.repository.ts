import { sql } from 'kysely';
import type { Database } from '../db/index.ts';

/** Where sealed texts lie for long, and what each is sealed to. */
export interface SealedColumn {
  readonly table: 'configuration' | 'user_identity' | 'webhook_target';
  /** Of the row; what the context names it by. */
  readonly key: 'key' | 'id';
  readonly column: 'value' | 'cli_secret' | 'refresh_token' | 'auth_header' | 'secret';
  contextOf(key: string): string;
}

export const sealedColumns: readonly SealedColumn[] = [
  {
    table: 'configuration',
    key: 'key',
    column: 'value',
    contextOf: (key) => `configuration:${key}`,
  },
  ...(['cli_secret', 'refresh_token'] as const).map(
    (column): SealedColumn => ({
      table: 'user_identity',
      key: 'id',
      column,
      contextOf: (id) => `user_identity:${id}:${column}`,
    }),
  ),
  ...(['auth_header', 'secret'] as const).map(
    (column): SealedColumn => ({
      table: 'webhook_target',
      key: 'id',
      column,
      contextOf: (id) => `webhook_target:${id}:${column}`,
    }),
  ),
];

export interface SealedText {
  readonly key: string;
  readonly sealed: string;
}

export interface SealedColumnRepository {
  /** Texts that another key than `keyId` sealed, by key after `after`. */
  list(column: SealedColumn, keyId: string, after: string, limit: number): Promise<SealedText[]>;
  /** Nothing happens when the text is no longer `from`: somebody set a new one. */
  replace(column: SealedColumn, key: string, from: string, to: string): Promise<void>;
}

export function createSealedColumnRepository(db: Database): SealedColumnRepository {
  return {
    async list({ table, key, column }, keyId, after, limit) {
      const { rows } = await sql<SealedText>`
        SELECT ${sql.ref(key)}::text AS key, ${sql.ref(column)} AS sealed FROM ${sql.table(table)}
        WHERE starts_with(${sql.ref(column)}, '$berth$v1$')
          AND NOT starts_with(${sql.ref(column)}, ${`$berth$v1$${keyId}$`})
          AND ${sql.ref(key)}::text COLLATE "C" > ${after}
        ORDER BY ${sql.ref(key)}::text COLLATE "C" LIMIT ${limit}`.execute(db);
      return rows;
    },
    async replace({ table, key, column }, rowKey, from, to) {
      await sql`
        UPDATE ${sql.table(table)} SET ${sql.ref(column)} = ${to}
        WHERE ${sql.ref(key)}::text = ${rowKey} AND ${sql.ref(column)} = ${from}`.execute(db);
    },
  };
}
