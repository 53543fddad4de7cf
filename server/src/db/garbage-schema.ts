import type { Digest } from '@berth/oci';
import type { Generated, GeneratedAlways } from 'kysely';
import type { Timestamp } from './columns.ts';

export interface GcCandidateTable {
  id: GeneratedAlways<number>;
  digest: Digest;
  due_at: Timestamp;
}

export interface GcStateTable {
  id: Generated<boolean>;
  links_seen_until: Timestamp;
}
