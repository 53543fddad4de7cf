import type { GeneratedAlways } from 'kysely';
import type { JsonColumn, Timestamp } from './columns.ts';

export interface KubeClockTable {
  singleton: boolean;
  version: number;
  trimmed_version: number;
}

export interface KubeObjectTable {
  id: GeneratedAlways<number>;
  kind: string;
  namespace: string;
  name: string;
  tenant: string | null;
  unique_key: string | null;
  uid: string;
  resource_version: number;
  is_deleting: boolean;
  object: JsonColumn<object>;
}

export interface KubeChangeTable {
  resource_version: number;
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  kind: string;
  object: JsonColumn<object>;
  previous: JsonColumn<object | null>;
  changed_at: Timestamp;
}
