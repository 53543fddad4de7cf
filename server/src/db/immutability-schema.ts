import type { Generated, GeneratedAlways } from 'kysely';
import type { JsonColumn, Timestamp } from './columns.ts';

interface SelectorJson {
  readonly kind: string;
  readonly decoration: string;
  readonly pattern: string;
}

export interface ImmutableTagRuleTable {
  id: GeneratedAlways<number>;
  project_id: number;
  priority: Generated<number>;
  disabled: Generated<boolean>;
  tag_selectors: JsonColumn<readonly SelectorJson[]>;
  scope_selectors: JsonColumn<{ readonly repository: readonly SelectorJson[] }>;
  fingerprint: string;
  created_at: Timestamp;
}
