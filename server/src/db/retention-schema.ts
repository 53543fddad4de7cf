import type { Generated, GeneratedAlways } from 'kysely';
import type { JsonColumn, Timestamp } from './columns.ts';

interface SelectorJson {
  readonly kind: string;
  readonly decoration: string;
  readonly pattern: string;
  readonly extras?: string | undefined;
}

interface RuleJson {
  readonly id: number;
  readonly priority: number;
  readonly isDisabled: boolean;
  readonly template: string;
  readonly parameter?: number | undefined;
  readonly tags: readonly SelectorJson[];
  readonly repositories: readonly SelectorJson[];
}

export interface RetentionPolicyTable {
  id: GeneratedAlways<number>;
  project_id: number;
  rules: JsonColumn<readonly RuleJson[]>;
  per_tag: Generated<boolean>;
  trigger_kind: Generated<string>;
  revision: Generated<number>;
  created_at: Timestamp;
  updated_at: Timestamp;
}
