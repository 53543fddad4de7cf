import type { ColumnType } from 'kysely';
import type { Timestamp } from './columns.ts';

export interface StorageImportTable {
  source: string;
  state: 'running' | 'done' | 'partial';
  holder: string | null;
  held_until: Date | null;
  counts: ColumnType<Readonly<Record<string, number>>, string | undefined, string>;
  started_at: Timestamp;
  updated_at: Timestamp;
  finished_at: Date | null;
}
