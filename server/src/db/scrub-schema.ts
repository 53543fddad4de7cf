import type { Generated } from 'kysely';
import type { JsonColumn, Timestamp } from './columns.ts';

export interface ScrubPassTable {
  singleton: Generated<boolean>;
  stage: string;
  position: Generated<string>;
  tally: JsonColumn<Readonly<Record<string, unknown>>>;
  started_at: Timestamp;
  updated_at: Timestamp;
}
