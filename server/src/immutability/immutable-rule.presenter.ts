import type { z } from 'zod';
import type { ImmutableRule, RuleSelector } from './immutable-rule.ts';
import type { ruleModel } from './immutable-rules.schema.ts';

/** Harbor's ImmutableRule, without what is false or zero. */
export function presentRule(rule: ImmutableRule): z.output<typeof ruleModel> {
  return {
    id: rule.id,
    ...(rule.priority !== 0 && { priority: rule.priority }),
    ...(rule.isDisabled && { disabled: true }),
    action: 'immutable',
    template: 'immutable_template',
    tag_selectors: rule.tags.map(presentSelector),
    scope_selectors: { repository: rule.repositories.map(presentSelector) },
  };
}

function presentSelector({ kind, decoration, pattern }: RuleSelector) {
  return { kind, decoration, ...(pattern !== '' && { pattern }) };
}
