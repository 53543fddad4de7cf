import type { Generated, GeneratedAlways } from 'kysely';
import type { Timestamp } from './columns.ts';

export interface WebhookPolicyTable {
  id: GeneratedAlways<number>;
  project_id: number;
  name: string;
  description: Generated<string>;
  event_types: string[];
  is_enabled: boolean;
  creator: string;
  created_at: Timestamp;
  updated_at: Timestamp;
}

export interface WebhookTargetTable {
  id: string;
  policy_id: number;
  position: number;
  type: string;
  address: string;
  payload_format: string;
  skip_cert_verify: boolean;
  auth_header: string | null;
  secret: string | null;
}

export interface WebhookTriggerTable {
  policy_id: number;
  event_type: string;
  triggered_at: Timestamp;
}
