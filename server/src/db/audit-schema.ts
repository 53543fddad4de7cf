import type { Generated, GeneratedAlways } from 'kysely';
import type { Timestamp } from './columns.ts';

export interface AuditLogTable {
  id: GeneratedAlways<number>;
  project_id: number | null;
  operation: string;
  resource_type: string;
  resource: string;
  username: string;
  description: Generated<string>;
  succeeded: Generated<boolean>;
  source_ip: Generated<string>;
  request_id: Generated<string>;
  occurred_at: Timestamp;
}
